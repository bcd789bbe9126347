"""Suppliers and customers that KashFlow has not yet: made once, found where somebody else made them, or refused."""

from __future__ import annotations

from capture.models import ItemState, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, put_value, settle
from kashflow.ledger import Kind, Listed, ListKind
from publishing.service import queue_item
from tests.publishing.conftest import PERSON, Desk


def test_ten_receipts_of_a_new_supplier_make_one_supplier(desk: Desk) -> None:
    items = [desk.item(supplier="Newly Made Ltd", reference=f"R-{number}") for number in range(10)]
    for item in items:
        queue_item(desk.session, desk.connection.id, item.id, PERSON)

    desk.work()

    first = items[0].supplier
    made = [each for each in desk.ledger.contacts[Kind.COST] if each.name == "Newly Made Ltd"]
    assert (len(made), {item.state for item in items}) == (1, {ItemState.PUBLISHED})
    assert first is not None
    assert first.remote_id == str(made[0].remote_id)


def test_items_that_wait_for_review_learn_of_the_supplier_another_one_made(desk: Desk) -> None:
    item, waiting = desk.item(supplier="Newly Made Ltd"), desk.item(reference="R-2")
    waiting.values = [each for each in waiting.values if each.field != "supplier"]
    put_value(desk.session, waiting, "supplier", Edit("Newly Made Ltd"), Evidence(Layer.READING, Origin.OCR))
    settle(desk.session, waiting)

    desk.publish(item.id)

    assert waiting.supplier_id == item.supplier_id is not None


def test_pub_6_a_supplier_that_somebody_made_meanwhile_is_linked_and_not_made_again(desk: Desk) -> None:
    item = desk.item(supplier="Newly Made Ltd")
    desk.ledger.lists[ListKind.SUPPLIERS] = [Listed("4800", "NEWLY MADE LTD."), Listed("4801", "Other")]

    desk.publish(item.id)

    assert (item.state, desk.ledger.purchases[0].contact_id) == (ItemState.PUBLISHED, 4800)
    assert "insert_contact" not in desk.ledger.calls


def test_pub_7_a_refused_supplier_fails_every_item_and_one_retry_lets_all_go_on(desk: Desk) -> None:
    items = [desk.item(supplier="Newly Made Ltd", reference=f"R-{number}") for number in range(3)]
    for item in items:
        queue_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.ledger.rejects = "Supplier Code is not valid"
    desk.work()
    assert {(item.state, item.problem_code) for item in items} == {(ItemState.FAILED, "PUB-7")}

    desk.publish(items[0].id)

    assert {item.state for item in items} == {ItemState.PUBLISHED}
    assert len(desk.ledger.contacts[Kind.COST]) == 2
