"""A connection that is refused or does not answer: its queue waits, and nothing is tried against its will."""

from __future__ import annotations

from capture.models import ItemState
from kashflow.models import ConnectionState
from publishing.service import queue_item
from tests.publishing.conftest import PERSON, Desk


def test_a_refused_login_holds_the_queue_and_is_not_tried_again(desk: Desk) -> None:
    items = [desk.item(reference=f"R-{number}") for number in range(3)]
    for item in items:
        queue_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.ledger.refuses_login = True

    desk.work()

    assert desk.connection.state is ConnectionState.NEEDS_RECONNECT
    assert {item.state for item in items} == {ItemState.QUEUED}
    assert len(desk.ledger.calls) == 1
    desk.ledger.refuses_login, desk.connection.state = False, ConnectionState.CONNECTED
    desk.work()
    assert {item.state for item in items} == {ItemState.PUBLISHED}


def test_con_1_a_login_refused_while_reading_back_is_not_tried_again(desk: Desk) -> None:
    items = [desk.item(reference=f"R-{number}") for number in range(3)]
    for item in items:
        queue_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.ledger.refuses_login_afterwards = True

    desk.work()

    asked = desk.ledger.calls.copy()
    assert (desk.connection.state, desk.connection.problem_code) == (ConnectionState.NEEDS_RECONNECT, "CON-1")
    assert asked.index("insert_document") == len(asked) - 2  # one question after it, and no more
    desk.ledger.refuses_login = desk.ledger.refuses_login_afterwards = False
    desk.connection.state = ConnectionState.CONNECTED
    desk.wait()
    assert {item.state for item in items} == {ItemState.PUBLISHED}
    assert len(desk.ledger.purchases) == len(items)


def test_con_7_an_outage_pauses_the_whole_queue_and_heals_by_itself(desk: Desk) -> None:
    item = desk.item()
    desk.ledger.is_unreachable = True
    desk.publish(item.id)
    assert (item.state, item.problem) == (ItemState.QUEUED, None)
    assert desk.connection.retry_at is not None

    desk.ledger.is_unreachable = False
    desk.wait(60)

    assert (item.state, desk.connection.unreachable_since) == (ItemState.PUBLISHED, None)
