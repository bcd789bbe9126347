"""Queueing items for the ledger, with one step for each remote effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from capture.checking import Problem, needs
from capture.editing import get_party
from capture.history.events import Who, record
from capture.history.models import Event
from capture.models import Item, ItemState
from capture.review import settle
from capture.service import check_in_use, get_item
from core.db import now, take_turn
from core.errors import Conflict, Incomplete, NotFound
from kashflow.ledger import Kind
from kashflow.models import Connection, ConnectionState
from lists.models import Entry
from lists.service import PARTY_LISTS, find_by_name
from publishing.checks import find_obstacles
from publishing.mapping import payload_hash
from publishing.models import OPEN, Step, StepKind, StepState
from publishing.payloads import freeze_contact, freeze_document, freeze_rest, new_mark
from publishing.progress import ON_ITS_WAY, document_of, show, steps_of, waiting_for

REST = (StepKind.PAYMENT, StepKind.ATTACHMENT, StepKind.NOTE)  # what follows a document


class FieldMissing(Incomplete):
    """The item lacks something the ledger insists on (PUB-1), its sums disagree (PUB-2), or a choice does not fit."""

    code = "PUB-1"

    def __init__(self, message: str, problems: Iterable[Problem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.code = self.problems[0].code if self.problems else "PUB-1"


class AlreadyQueued(Conflict):
    """The item is on its way or published; a second publish would double it (PUB-10)."""

    code = "PUB-10"


class InDoubt(Conflict):
    """It may be in KashFlow already: a person has to say so before anything is sent again (PUB-11)."""

    code = "PUB-11"


class NotConnectedYet(Conflict):
    """There is no KashFlow to publish to."""

    code = "CON-1"


class NothingToSend(Conflict):
    """KashFlow has all of the item as it is."""

    code = "PUB-10"


@dataclass(frozen=True)
class Anyway:
    """That a person wants it sent although KashFlow's side speaks against it, and why."""

    reason: str


def queue_item(session: Session, connection_id: int, item_id: int, who: Who, *, anyway: Anyway | None = None) -> Item:
    """Queue one item for publishing, with one step for each remote effect.

    Raises:
        NotFound: this connection has no such item.
        AlreadyQueued: it is on its way or published (PUB-10).
        InDoubt: it may be in KashFlow from before (PUB-11).
        FieldMissing: something is missing, does not fit or does not add up (PUB-1 to PUB-8, PUB-13, PUB-14).
        NotConnectedYet: KashFlow was never connected.
    """
    item = get_item(session, connection_id, item_id)
    connection = session.get_one(Connection, connection_id)
    before = steps_of(session, item)
    _check_state(session, item, connection, document_of(before))
    held = _entries_of(session, item)  # so that whoever asks for one of them finds it in the session
    with session.no_autoflush:  # each question would write what was settled so far
        _link_by_name(session, item)
        settle(session, item)
        check_fit(session, item, connection)
        party = get_party(session, item)
    if before:
        withdraw(session, item)
    mark, group = new_mark(), max((step.group for step in before), default=0) + 1
    document = freeze_document(session, item, connection, mark)
    if anyway is not None:
        document["anyway"] = anyway.reason
    if party.remote_id is None:
        _queue_contact(session, item, party)
    rest = freeze_rest(session, item, document, mark)
    session.add(_make_step(item, StepKind.DOCUMENT, document, group=group, entry_id=party.id))
    session.add_all([_make_step(item, kind, payload, group=group) for kind, payload in rest])
    del held
    item.approved_by_id, item.approved_at, item.asked_by_id = who.user_id, now(), None
    item.state = ItemState.QUEUED
    show(session, item)
    record(session, item, who, "queued", detail={"reason": anyway.reason} if anyway else None)
    return item


def _entries_of(session: Session, item: Item) -> list[Entry]:
    """Give the list entries that an item and its lines name."""
    named = {item.supplier_id, item.customer_id, item.category_id, item.project_id, item.product_id}
    named |= {item.payment_method_id, item.bank_account_id}
    named |= {each for line in item.lines for each in (line.category_id, line.project_id, line.product_id)}
    return list(session.scalars(select(Entry).where(Entry.id.in_(named - {None}))))


def _link_by_name(session: Session, item: Item) -> None:
    """Let an item that only names its supplier or customer have the one of that name, made meanwhile by another item.

    Raises:
        SameNameTwice: several are called so (LST-5).
    """
    if item.party is not None or not item.party_name:
        return
    known = find_by_name(session, item.connection_id, PARTY_LISTS[item.kind], item.party_name, item.kind)
    side = "supplier" if item.kind is Kind.COST else "customer"
    for value in item.values if known is not None else ():
        if value.field == side and value.value == item.party_name and known is not None:
            value.entry_id = known.id


def add_step(
    session: Session, item: Item, kind: StepKind, payload: dict[str, Any], *, group: int, entry_id: int | None = None
) -> Step:
    """Add a step to an item's publication, as the next try of its kind."""
    same = select(func.max(Step.attempt)).where(Step.item_id == item.id, Step.group == group, Step.kind == kind)
    step = _make_step(item, kind, payload, group=group, entry_id=entry_id)
    step.attempt = 1 + (session.scalar(same) or 0)
    session.add(step)
    session.flush()
    return step


def _make_step(item: Item, kind: StepKind, payload: dict[str, Any], *, group: int, entry_id: int | None = None) -> Step:
    return Step(
        connection_id=item.connection_id,
        item_id=item.id,
        entry_id=entry_id,
        kind=kind,
        group=group,
        payload=payload,
        payload_hash=payload_hash(payload),
    )


def check_fit(session: Session, item: Item, connection: Connection) -> None:
    """Insist that nothing speaks against publishing this item.

    Raises:
        FieldMissing: something does; the problems say what.
    """
    problems = find_obstacles(session, item, connection)
    if problems:
        missing = [problem.field for problem in problems if problem.code == "PUB-1"]
        raise FieldMissing(needs(missing) if missing else problems[0].message, problems)


def check_connected(connection: Connection) -> None:
    """Insist that there is a KashFlow; one that is held will have its queue.

    Raises:
        NotConnectedYet: there is none.
    """
    if connection.state in {ConnectionState.NOT_CONNECTED, ConnectionState.DISABLED}:
        raise NotConnectedYet(f"{connection.name} is not connected. Nothing was sent. Connect KashFlow first.")


def _check_state(session: Session, item: Item, connection: Connection, document: Step | None) -> None:
    check_in_use(item)
    if item.deleted_at is not None:
        raise NotFound("This item was deleted. Restore it first.")
    if item.state is ItemState.PUBLISHED:
        sent = _how_sent(session, item)
        raise AlreadyQueued(f"{sent}. A second publish would double it. Send the changes, or undo the publish first.")
    if item.state in ON_ITS_WAY:
        raise AlreadyQueued("This item is on its way to KashFlow already. Nothing more was queued.")
    if document is not None and document.state is StepState.NEEDS_PERSON and document.problem_code == "PUB-11":
        text = f"{document.problem} Nothing was sent again: first say which number it has, or that it is not there."
        raise InDoubt(text)
    check_connected(connection)


def _how_sent(session: Session, item: Item) -> str:
    """Say when, as what and by whom: "Sent 3 Mar as purchase 1042 by Jo"."""
    queued = select(Event.who).where(Event.item_id == item.id, Event.what == "queued").order_by(Event.id.desc())
    who = session.scalar(queued.limit(1))
    when = f" {item.published_at:%-d %b}" if item.published_at else ""
    what = "purchase" if item.kind is Kind.COST else "sales invoice"
    return f"Sent{when} as {what} {item.ledger_number}{f' by {who}' if who else ''}"


def withdraw(session: Session, item: Item) -> None:
    """Take back what an earlier publication of the item left unsent."""
    unsent = (StepState.QUEUED, StepState.NEEDS_PERSON, StepState.REFUSED)
    left = update(Step).where(Step.item_id == item.id, Step.state.in_(unsent))
    session.execute(left.values(state=StepState.WITHDRAWN, ended_at=now()))


def _queue_contact(session: Session, item: Item, party: Entry) -> None:
    """Queue the creation of a supplier or customer, once, whatever number of items wait for it."""
    take_turn(session, f"contact {party.id}")  # two items may need it at once
    wanted = select(Step).where(Step.entry_id == party.id, Step.kind == StepKind.CONTACT, Step.state.in_(OPEN))
    if session.scalar(wanted) is not None:
        return
    payload = freeze_contact(item, party)
    if item.source_id is not None and item.kind is Kind.SALE:
        source = session.get(Entry, item.source_id)
        payload["source_id"] = int(source.remote_id or 0) if source is not None else 0
    contact = Step(
        connection_id=item.connection_id,
        entry_id=party.id,
        kind=StepKind.CONTACT,
        payload=payload,
        payload_hash=payload_hash(payload),
    )
    session.add(contact)
    session.flush()
    for other in waiting_for(session, contact):
        show(session, other)
