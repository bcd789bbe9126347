"""Items as the reading makes them, for tests of what rules do with them."""

from __future__ import annotations

from datetime import date
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.coding.making import make_item
from capture.editing import Edits, edit_item
from capture.history.events import Who
from capture.history.models import Actor
from capture.intake.service import get_channel
from capture.models import Item
from capture.reading.model import Found, Origin, Reading, ReadLine
from capture.review import Edit
from capture.submissions.models import Document, Submission
from capture.ways.models import ChannelKind
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.matching import plain
from lists.models import Entry
from rules.conditions import Facts
from rules.models import Rule
from rules.service import list_rules

_numbers = count(1)
FIELDS = {"date": "2026-03-02", "net": "100.00", "tax": "20.00", "total": "120.00", "currency": "GBP"}

FUEL = Facts(
    supplier_id=7,
    supplier_name="Shell UK Ltd",
    total=4999,
    tax=833,
    issued_on=date(2026, 3, 2),
    text="Unleaded PETROL pump 3",
    fields={"reference": "INV-77"},
)


def read_item(session: Session, connection: Connection, text: str = "", /, **fields: str) -> Item:
    """Give an item of a document that says this; what is not told is the dullest there is."""
    said = {"supplier": "Larkrise Service Station", **FIELDS, **fields}
    found = {name: Found(value, 0.99, Origin.TEXT_LAYER, 1) for name, value in said.items() if value}
    return make_item(session, submitted(session, connection), Reading(fields=found), text)


def read_lines(session: Session, connection: Connection, *amounts: str) -> Item:
    """Give an item of a document with these lines."""
    found = {name: Found(value, 0.99, Origin.TEXT_LAYER, 1) for name, value in FIELDS.items()}
    lines = tuple(ReadLine(f"Line {amount}", amount=amount) for amount in amounts)
    return make_item(session, submitted(session, connection), Reading(fields=found, lines=lines), "")


def submitted(session: Session, connection: Connection) -> Submission:
    """Give a submission of one file by the HTTP interface."""
    number = next(_numbers)
    document = Document(
        organisation_id=connection.organisation_id, sha256=f"{number:064x}", media_type="application/pdf", size=1
    )
    submission = Submission(
        organisation_id=connection.organisation_id,
        connection_id=connection.id,
        channel=get_channel(session, connection.organisation_id, ChannelKind.API),
        filename=f"{number}.pdf",
        size=1,
        document=document,
    )
    session.add(submission)
    session.flush()
    return submission


def entry(session: Session, connection: Connection, list_kind: ListKind, name: str, code: str | None = None) -> Entry:
    """Give an entry of a list, made when there is none of this name."""
    wanted = select(Entry).where(Entry.connection_id == connection.id, Entry.list_kind == list_kind, Entry.name == name)
    found = session.scalar(wanted)
    if found is None:
        side = {ListKind.SUPPLIERS: Kind.COST, ListKind.CUSTOMERS: Kind.SALE}.get(list_kind)
        found = Entry(
            connection_id=connection.id,
            list_kind=list_kind,
            remote_id=str(next(_numbers)),
            name=name,
            code=code,
            search_name=plain(name),
            is_cost=side is not Kind.SALE,
            is_sale=side is not Kind.COST,
        )
        session.add(found)
        session.flush()
    return found


def only_rule(session: Session, connection: Connection) -> Rule:
    """Give the connection's only rule, as it is kept."""
    session.expire_all()
    [rule] = list_rules(session, connection.id)
    return rule


def corrected(session: Session, connection: Connection, times: int, category: str = "Vehicle fuel") -> Item:
    """Give the last of so many items whose category a person set."""
    wanted = entry(session, connection, ListKind.CATEGORIES, category)
    for number in range(times):
        item = read_item(session, connection, reference=f"R{number}")
        edit_item(session, item, Edits({"category": Edit(wanted.name, wanted.id)}), Who(Actor.PERSON, "Jo"))
    return item
