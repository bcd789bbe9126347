"""What comes after publishing: sending changes, undoing, and looking at night for what was changed in KashFlow."""

from __future__ import annotations

from auth.trail import first_break, list_entries
from capture.models import ItemState
from kashflow.ledger import Kind
from publishing.changes import resend_item, undo_item
from publishing.drift import accept_theirs, compare_connection
from publishing.service import Anyway
from tests.publishing.conftest import PERSON, Desk


def test_g20_changes_of_a_published_item_update_its_document(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)
    desk.edit(item, net="110.00", tax="22.00", total="132.00")

    resend_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()

    [purchase] = desk.ledger.purchases
    assert (item.state, purchase.net, item.problem) == (ItemState.PUBLISHED, 11000, None)


def test_pub_18_changes_are_not_sent_over_what_somebody_changed_in_kashflow(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)
    desk.ledger.alter_last(Kind.COST, net=12345)
    desk.edit(item, reference="R-2")
    resend_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()
    assert (item.state, item.problem_code, desk.ledger.purchases[0].net) == (ItemState.PUBLISHED, "PUB-18", 12345)

    resend_item(desk.session, desk.connection.id, item.id, PERSON, anyway=Anyway("ours is right"))
    desk.work()

    assert (desk.ledger.purchases[0].net, desk.ledger.purchases[0].reference, item.problem) == (10000, "R-2", None)


def test_pub_20_a_refused_update_says_that_kashflow_keeps_it(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)
    desk.edit(item, reference="R-2")
    desk.ledger.rejects = "This receipt is paid"

    resend_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()

    assert (item.state, item.problem_code) == (ItemState.PUBLISHED, "PUB-20")


def test_undo_deletes_by_id_and_the_item_can_be_published_again(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)

    undo_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()
    assert (item.state, item.ledger_number, desk.ledger.purchases) == (ItemState.READY, None, [])

    desk.publish(item.id)
    assert (item.state, len(desk.ledger.purchases)) == (ItemState.PUBLISHED, 1)


def test_the_audit_trail_tells_of_approval_publish_and_undo(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)
    number = item.ledger_number
    undo_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()

    lines = list_entries(desk.session, desk.connection.organisation_id)[::-1]
    assert [(line.actor, line.what) for line in lines] == [
        ("Ann", "item approved"),
        ("Counterfoil", "item published"),
        ("Ann", "undo asked for"),
        ("Counterfoil", "publish undone"),
    ]
    assert lines[1].detail == f"item {item.id}, number {number}"
    assert first_break(desk.session, desk.connection.organisation_id) is None


def test_an_undo_whose_answer_was_lost_is_settled_by_looking(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)
    undo_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.ledger.loses_answer = True
    desk.work()

    desk.wait()

    assert (item.state, desk.ledger.purchases) == (ItemState.READY, [])


def test_the_nightly_look_tells_what_was_changed_and_accept_theirs_takes_it_over(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)
    desk.ledger.alter_last(Kind.COST, net=12000, tax=2400)
    desk.session.commit()

    assert compare_connection(desk.ledger, desk.connection.id) == 1
    desk.session.expire_all()
    assert item.problem_code == "PUB-18"
    accept_theirs(desk.session, desk.connection.id, item.id, PERSON)
    desk.session.commit()

    assert (item.total, item.problem, compare_connection(desk.ledger, desk.connection.id)) == (14400, None, 0)


def test_the_nightly_look_tells_what_was_deleted(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)
    desk.ledger.purchases.clear()
    desk.session.commit()

    compare_connection(desk.ledger, desk.connection.id)
    desk.session.expire_all()

    assert "no longer in KashFlow" in (item.problem or "")
