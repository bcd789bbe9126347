"""Publishing through the database: what becomes of an item, whatever KashFlow does."""

from __future__ import annotations

import pytest

from capture.models import ItemState
from kashflow.ledger import Kind, NewDocument
from publishing.changes import cancel_item, resend_item
from publishing.choices import NotOpen, deny_item, link_item
from publishing.mapping import to_document
from publishing.models import StepKind, StepState
from publishing.service import AlreadyQueued, FieldMissing, InDoubt, queue_item
from tests.publishing.conftest import PERSON, Desk


def test_d25_a_cost_becomes_a_purchase_that_is_read_back(desk: Desk) -> None:
    item = desk.item()

    desk.publish(item.id)

    [purchase] = desk.ledger.purchases
    assert (item.state, item.ledger_number) == (ItemState.PUBLISHED, purchase.number)
    assert (purchase.net, purchase.tax, purchase.reference, purchase.contact_id) == (10000, 2000, "R-1", 4711)
    assert desk.history(item) == ["queued", "began to send", "published"]


def test_h34_a_sale_becomes_an_invoice_of_the_same_customer(desk: Desk) -> None:
    item = desk.item(kind="sale", customer="Calder", supplier="", category="Sales")

    desk.publish(item.id)

    [invoice] = desk.ledger.sales
    assert (item.state, invoice.contact_id, invoice.lines[0].category_id) == (ItemState.PUBLISHED, 4712, 40)


def test_a_lost_answer_is_looked_for_after_the_quiet_time_and_nothing_is_entered_twice(desk: Desk) -> None:
    item = desk.item()
    desk.ledger.loses_answer = True
    desk.publish(item.id)
    unconfirmed = item.state

    desk.wait()

    assert (unconfirmed, item.state, len(desk.ledger.purchases)) == (ItemState.UNCONFIRMED, ItemState.PUBLISHED, 1)
    assert item.problem_code is None


def test_a_lost_request_is_sent_again_once_it_is_proven_absent(desk: Desk) -> None:
    item = desk.item()
    desk.ledger.loses_request = True
    desk.publish(item.id)

    desk.wait()

    assert (item.state, len(desk.ledger.purchases)) == (ItemState.PUBLISHED, 1)


def test_pub_16_a_refusal_is_quoted_and_a_corrected_item_can_be_published(desk: Desk) -> None:
    item = desk.item()
    desk.ledger.rejects = "There is no nominal with that id"
    desk.publish(item.id)
    assert (item.state, item.problem_code) == (ItemState.FAILED, "PUB-16")
    assert "There is no nominal with that id" in (item.problem or "")

    desk.publish(item.id)

    assert (item.state, item.problem) == (ItemState.PUBLISHED, None)


def test_pub_10_a_published_item_is_not_published_again(desk: Desk) -> None:
    item = desk.item()
    desk.publish(item.id)

    with pytest.raises(AlreadyQueued, match=r"^Sent .* as purchase 1 by Ann\. .* Send the changes"):
        desk.publish(item.id)


def test_pub_9_the_same_document_in_kashflow_stops_and_can_be_linked(desk: Desk) -> None:
    first, second = desk.item(), desk.item()
    desk.publish(first.id)

    cancel_number = first.ledger_number
    desk.publish(second.id)
    assert (second.state, second.problem_code, len(desk.ledger.purchases)) == (ItemState.FAILED, "PUB-9", 1)

    with pytest.raises(Exception, match="belongs to item"):
        link_item(lambda: desk.ledger, desk.connection.id, second.id, str(cancel_number), PERSON)


def test_pub_9_link_takes_the_one_that_was_entered_by_hand(desk: Desk) -> None:
    first = desk.item()
    desk.publish(first.id)
    number = first.ledger_number
    for step in desk.steps():  # as if it had been entered by hand
        step.remote_id = step.remote_key = None
    item = desk.item()
    desk.publish(item.id)

    link_item(lambda: desk.ledger, desk.connection.id, item.id, str(number), PERSON)
    desk.work()

    assert (item.state, item.ledger_number, len(desk.ledger.purchases)) == (ItemState.PUBLISHED, number, 1)


def test_pub_9_anyway_needs_a_reason_that_the_history_keeps(desk: Desk) -> None:
    first, second = desk.item(), desk.item()
    desk.publish(first.id)
    desk.publish(second.id)

    desk.publish(second.id, "two true twins")

    assert (second.state, len(desk.ledger.purchases)) == (ItemState.PUBLISHED, 2)


def test_pub_9_cancel_opens_the_item_again(desk: Desk) -> None:
    first, second = desk.item(), desk.item()
    desk.publish(first.id)
    desk.publish(second.id)

    cancel_item(desk.session, desk.connection.id, second.id, PERSON)

    assert (second.state, second.problem, len(desk.ledger.purchases)) == (ItemState.READY, None, 1)


def test_pub_11_other_amounts_ask_a_person_and_nothing_is_sent_before_the_answer(desk: Desk) -> None:
    item = desk.item()
    desk.ledger.loses_answer = True
    desk.publish(item.id)
    desk.ledger.alter_last(Kind.COST, net=9999)
    desk.wait()
    assert (item.state, item.problem_code) == (ItemState.FAILED, "PUB-11")

    with pytest.raises(InDoubt):
        desk.publish(item.id)
    link_item(lambda: desk.ledger, desk.connection.id, item.id, str(desk.ledger.purchases[0].number), PERSON)
    desk.work()

    assert (item.state, len(desk.ledger.purchases)) == (ItemState.PUBLISHED, 1)


def test_pub_11_nobody_may_say_that_it_is_not_there_before_it_is_quiet(desk: Desk) -> None:
    item = desk.item()
    desk.ledger.loses_request = True
    desk.publish(item.id)

    with pytest.raises(NotOpen, match="may still come in"):
        deny_item(desk.session, desk.connection.id, item.id, PERSON)


def test_pub_12_a_refused_payment_leaves_the_item_published_and_only_that_is_tried_again(desk: Desk) -> None:
    item = desk.item(paid="yes", payment_method="Card", bank_account="Current")
    desk.ledger.rejects_only("insert_payment", "No such account")
    desk.publish(item.id)
    assert (item.state, item.problem_code, desk.ledger.paid) == (ItemState.PUBLISHED, "PUB-12", {})

    resend_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()

    assert (item.problem, len(desk.ledger.purchases), len(desk.ledger.paid)) == (None, 1, 1)


def test_payment_goes_with_its_document_once(desk: Desk) -> None:
    item = desk.item(paid="yes", payment_method="Card", bank_account="Current")

    desk.publish(item.id)

    [[payment]] = desk.ledger.paid.values()
    assert (payment.amount, payment.method_id, payment.account_id) == (12000, 91, 81)


def test_a_credit_note_goes_as_negative_lines_with_a_negative_payment(desk: Desk) -> None:
    item = desk.item(document_type="credit_note", paid="yes", payment_method="Card", bank_account="Current")

    desk.publish(item.id)

    [purchase], [[payment]] = desk.ledger.purchases, desk.ledger.paid.values()
    assert (item.state, purchase.net, purchase.tax, payment.amount) == (ItemState.PUBLISHED, -10000, -2000, -12000)


def test_a_database_from_a_backup_looks_before_it_sends(desk: Desk) -> None:
    item = desk.item()
    queue_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.session.commit()
    desk.ledger.insert_document(Kind.COST, wanted_of(desk))  # it was sent after the backup
    desk.note.write(desk.connection.id, 7)

    desk.work()
    doubted = item.state
    desk.wait()

    assert (doubted, item.state, len(desk.ledger.purchases)) == (ItemState.UNCONFIRMED, ItemState.PUBLISHED, 1)
    assert desk.connection.epoch == 7


def wanted_of(desk: Desk) -> NewDocument:
    return to_document(desk.steps(StepKind.DOCUMENT)[0].payload, 4711)


def test_an_edit_takes_a_failed_publication_back_with_all_that_waited(desk: Desk) -> None:
    item = desk.item(paid="yes", payment_method="Card", bank_account="Current")
    desk.ledger.rejects = "No."
    desk.publish(item.id)
    desk.edit(item, reference="R-9")

    desk.wait()

    assert {step.state for step in desk.steps(StepKind.PAYMENT)} == {StepState.QUEUED}
    assert desk.ledger.paid == {}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("category", "", "PUB-1"),
        ("total", "119.99", "PUB-2"),
        ("vat_rate", "17.5", "PUB-4"),
        ("currency", "USD", "PUB-1"),
    ],
)
def test_what_cannot_be_published_is_said_before_anything_is_sent(desk: Desk, name: str, value: str, code: str) -> None:
    item = desk.item(**{name: value})

    with pytest.raises(FieldMissing) as refusal:
        desk.publish(item.id)

    assert (refusal.value.code, desk.ledger.calls) == (code, [])


def test_pub_3_a_category_that_is_inactive_is_refused(desk: Desk) -> None:
    item = desk.item()
    assert item.category is not None
    item.category.active = False

    with pytest.raises(FieldMissing, match="was removed or archived"):
        desk.publish(item.id)


def test_pub_8_a_date_before_the_start_is_refused(desk: Desk) -> None:
    item = desk.item()
    desk.connection.publishes_from = item.issued_on.replace(month=4) if item.issued_on else None

    with pytest.raises(FieldMissing) as refusal:
        desk.publish(item.id)

    assert refusal.value.code == "PUB-8"
