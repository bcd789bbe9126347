"""Edits are taken back one by one, by whoever reviews, and the history says so."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.amounts.totals import Line
from capture.editing import Edits, edit_item, parse_edit
from capture.fields import SPECS
from capture.history.events import Who, history_of
from capture.history.models import Actor, Event
from capture.history.telling import sentence_of
from capture.history.undoing import NothingToUndo, last_edit, undo_edit
from capture.models import Item, ItemState, Layer
from kashflow.ledger import ListKind
from kashflow.models import Connection
from rules.lookup import Lookup
from rules.parsing import parse_rule
from rules.service import make_rule
from tests.pages import PageClient, text_of
from tests.rules.making import entry, read_item, read_lines

JO = Who(Actor.PERSON, "Jo")


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    found = session.query(Connection).filter_by(organisation_id=membership.organisation_id).one()
    entry(session, found, ListKind.CATEGORIES, "Fuel", "7300")
    return found


@pytest.fixture
def item(session: Session, connection: Connection) -> Item:
    return read_item(session, connection)


def edit(session: Session, item: Item, **given: str) -> None:
    values = {name: parse_edit(session, item, SPECS[name], value) for name, value in given.items()}
    edit_item(session, item, Edits(values=values), JO)


def undo(session: Session, item: Item) -> None:
    undo_edit(session, item.connection_id, item.id, JO)


def test_edits_are_taken_back_the_newest_first_down_to_what_was_read(session: Session, item: Item) -> None:
    edit(session, item, total="130.00")
    edit(session, item, date="2026-03-05")
    undo(session, item)
    assert (item.issued_on, item.total) == (date(2026, 3, 2), 13000)
    undo(session, item)

    assert (item.total, item.net) == (12000, 10000)
    assert [value for value in item.values if value.layer is Layer.PERSON] == []
    with pytest.raises(NothingToUndo):
        undo(session, item)


def test_an_edit_after_an_undo_can_be_taken_back_too(session: Session, item: Item) -> None:
    edit(session, item, reference="A-1")
    undo(session, item)
    edit(session, item, reference="B-2")
    undo(session, item)

    assert item.reference is None


def test_lines_come_back_as_they_were_read(session: Session, connection: Connection) -> None:
    item = read_lines(session, connection, "60.00", "60.00")
    edit_item(session, item, Edits(lines=[Line("Desk", 12000, vat_rate="20")]), JO)
    undo(session, item)

    assert [(line.description, line.amount, line.layer) for line in item.lines] == [
        ("Line 60.00", 6000, Layer.READING),
        ("Line 60.00", 6000, Layer.READING),
    ]


def test_lines_that_another_total_drove_away_come_back_with_the_old_one(
    session: Session, connection: Connection
) -> None:
    item = read_lines(session, connection, "60.00", "60.00")
    edit(session, item, total="130.00", net="108.33", tax="21.67")
    assert item.lines == []
    undo(session, item)

    assert len(item.lines) == 2


def test_with_the_supplier_go_the_rules_it_brought(session: Session, connection: Connection) -> None:
    supplier = entry(session, connection, ListKind.SUPPLIERS, "Larkrise Service Station")
    rule = {"name": "Fuel", "when": {"supplier": supplier.name}, "set": {"category": 7300}}
    make_rule(session, connection.id, parse_rule(rule, Lookup(session, connection.id)), who="Jo")
    item = read_item(session, connection, supplier="Nobody Known")
    edit(session, item, supplier=supplier.name)
    assert item.category_id is not None
    undo(session, item)

    assert item.supplier_name == "Nobody Known"
    assert item.category_id is None


def test_what_was_queued_since_is_not_taken_apart(session: Session, item: Item) -> None:
    edit(session, item, reference="A-1")
    session.add(Event(organisation_id=1, item_id=item.id, actor=Actor.PERSON, who="Jo", what="queued"))
    session.flush()
    assert last_edit(session, item) is None
    edit(session, item, reference="A-2")
    item.state = ItemState.SENDING

    with pytest.raises(NothingToUndo):
        undo(session, item)


def test_the_page_offers_it_and_the_history_tells_it(signed_in: PageClient, session: Session, item: Item) -> None:
    edit(session, item, document_type="invoice", date="2026-03-05")
    session.commit()
    assert "Undo type" in text_of(signed_in.get(f"/items/{item.id}"))
    signed_in.submit(f"/items/{item.id}/edits/undo")
    session.expire_all()

    assert item.issued_on == date(2026, 3, 2)
    said = [sentence_of(event).partition(" ")[2] for event in history_of(session, item)][:4]
    assert said == [
        "put Date back from 5 March 2026 to 2 March 2026",
        "put Type back from invoice to receipt",
        "changed Date from 2 March 2026 to 5 March 2026",
        "changed Type from receipt to invoice",
    ]
