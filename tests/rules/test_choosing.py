"""A person who says whom a document is from, or for, has it coded by what is known of them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from capture.history.events import history_of
from capture.history.models import Actor
from capture.models import Item, ItemState
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.service import defaults_of
from rules.lookup import Lookup
from rules.parsing import parse_rule, parse_sets
from rules.service import keep_party_default, make_rule
from tests.pages import Call
from tests.rules.making import entry, read_item

UNKNOWN = "Hollin Clough Traders"


@pytest.fixture
def coded(session: Session, connection: Connection) -> None:
    """Larkrise has a rule for its category, and a payment method of its own by default."""
    lookup = Lookup(session, connection.id)
    rule = {
        "name": "Fuel",
        "when": {"supplier": "Larkrise Service Station"},
        "set": {"category": 7300, "vat_rate": "5"},
    }
    make_rule(session, connection.id, parse_rule(rule, lookup), who="Jo")
    own = parse_sets({"payment_method": "Debit card", "category": 7504}, lookup)
    supplier = entry(session, connection, ListKind.SUPPLIERS, "Larkrise Service Station")
    keep_party_default(session, connection.id, supplier.id, own, who="Jo")


@pytest.fixture
def item(session: Session, connection: Connection, coded: None) -> Item:
    del coded
    return read_item(session, connection, supplier=UNKNOWN)


def test_d31_choosing_the_supplier_codes_the_item_and_the_answer_shows_it(call: Call, item: Item) -> None:
    status, now = call("PATCH", f"/items/{item.id}", {"supplier": {"name": "Larkrise Service Station"}})

    assert status == 200
    assert (now["category"]["code"], now["vat_rate"], now["payment_method"]["name"]) == (7300, "5", "Debit card")
    assert now["readings"]["category"]["reason"] == "rule “Fuel”, because the supplier is Larkrise Service Station"


def test_what_a_person_has_set_stays_when_the_supplier_is_chosen(call: Call, item: Item) -> None:
    call("PATCH", f"/items/{item.id}", {"category": {"code": 7400}})
    sent = {"supplier": {"name": "Larkrise Service Station"}, "payment_method": {"name": "Cash"}}

    _, now = call("PATCH", f"/items/{item.id}", sent)

    assert (now["category"]["code"], now["payment_method"]["name"], now["vat_rate"]) == (7400, "Cash", "5")


def test_the_history_tells_the_persons_choice_from_what_followed(call: Call, session: Session, item: Item) -> None:
    call("PATCH", f"/items/{item.id}", {"supplier": {"name": "Larkrise Service Station"}})

    told = {event.field: (event.actor, event.who) for event in history_of(session, item) if event.what == "changed"}

    assert told["supplier"][0] is Actor.PERSON
    assert told["category"] == (Actor.RULE, "rule “Fuel”, because the supplier is Larkrise Service Station")
    assert told["payment_method"] == (Actor.RULE, "Larkrise Service Station's own default")


def test_another_supplier_takes_the_coding_of_the_first_with_it(call: Call, item: Item) -> None:
    call("PATCH", f"/items/{item.id}", {"supplier": {"name": "Larkrise Service Station"}})

    _, now = call("PATCH", f"/items/{item.id}", {"supplier": {"name": "Bracken Office Supplies Ltd"}})

    assert (now["category"], now["payment_method"], now["vat_rate"]) == (None, None, "20")


def test_a_cost_that_turns_into_a_sale_is_coded_as_one(
    call: Call, session: Session, connection: Connection, item: Item
) -> None:
    travel = entry(session, connection, ListKind.CATEGORIES, "Travel")
    defaults_of(session, connection.id, Kind.SALE).category_id = travel.id
    session.flush()

    _, now = call("PATCH", f"/items/{item.id}", {"kind": "sale"})

    assert now["category"]["name"] == "Travel"
    assert "kind" in {event.field for event in history_of(session, item)}


def test_a_published_items_coding_is_not_touched(call: Call, session: Session, item: Item) -> None:
    item.state = ItemState.PUBLISHED
    session.flush()

    _, now = call("PATCH", f"/items/{item.id}", {"supplier": {"name": "Larkrise Service Station"}})

    assert now["category"] is None
