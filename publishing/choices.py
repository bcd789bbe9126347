"""What only a person can say: which document in KashFlow is the item's, that there is none, and to look now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.history.events import Change, Who, record
from capture.models import Item, ItemState
from capture.service import get_item
from core.db import LONDON, now, snapshot, transaction
from core.errors import Conflict, Incomplete
from kashflow.ledger import Kind, Ledger, LedgerDocument
from publishing import outcomes
from publishing.effects import Done, noun
from publishing.models import Step, StepKind, StepState
from publishing.progress import document_of, reopen, show, steps_of
from publishing.rows import SqlRows

LONGEST_NUMBER = 9  # digits


class NotOpen(Conflict):
    """There is nothing of this kind to be decided for this item."""

    code = "PUB-11"


class NotTheOne(Conflict):
    """The document that was named cannot be the item's."""

    code = "PUB-9"


@dataclass(frozen=True)
class Question:
    """What KashFlow is asked for a decision."""

    kind: Kind
    number: int
    contact_id: int


def link_item(open_ledger: Callable[[], Ledger], connection_id: int, item_id: int, number: str, who: Who) -> None:
    """Take the document of this number in KashFlow for the item's, because a person says so; the rest goes on.

    Raises:
        NotFound: this connection has no such item.
        NotOpen: there is nothing to decide.
        Incomplete: it is no number.
        NotTheOne: KashFlow has no such document, or it is another supplier's, customer's or item's.
    """
    with snapshot() as session:
        item = get_item(session, connection_id, item_id)
        step = _decidable(session, item)
        asked = Question(item.kind, _read_number(number), SqlRows(session).contact_id(step))
    found = open_ledger().find_document(asked.kind, asked.number)
    if found is None:
        raise NotTheOne(f"KashFlow has no {noun(asked.kind).lower()} {number}. Nothing was changed.")
    if found.contact_id != asked.contact_id:
        raise NotTheOne(f"{noun(asked.kind)} {number} in KashFlow is somebody else's. Nothing was changed.")
    with transaction() as session:
        item = get_item(session, connection_id, item_id)
        step = _decidable(session, item)
        other = _linked_to(session, step, found)
        if other is not None:
            raise NotTheOne(f"{noun(asked.kind)} {number} belongs to item {other} already. Nothing was changed.")
        outcomes.finish(step, now, Done(found.number, found.remote_id))
        if found.is_paid:
            _leave_out_payment(session, step)
        item.state = ItemState.QUEUED
        record(session, item, who, "linked", change=Change("document"), detail={"number": found.number})
        show(session, item)


def deny_item(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Take it that the item is not in KashFlow, because a person looked; it opens again.

    Raises:
        NotFound: this connection has no such item.
        NotOpen: there is nothing to decide, or it is not quiet yet.
    """
    item = get_item(session, connection_id, item_id)
    _decidable(session, item)
    reopen(session, item)
    record(session, item, who, "said that it is not in KashFlow")
    return item


def look_now(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Let KashFlow be asked at once; not finding it before the quiet time is over proves nothing.

    Raises:
        NotFound: this connection has no such item.
        NotOpen: nothing of it is in doubt or waits.
    """
    item = get_item(session, connection_id, item_id)
    waiting = [each for each in steps_of(session, item) if each.state in {StepState.UNCONFIRMED, StepState.QUEUED}]
    if not waiting:
        raise NotOpen("Nothing of this item waits for KashFlow.")
    for step in waiting:
        step.not_before = now()
    connection = SqlRows(session).connection(waiting[0])
    connection.retry_at = None
    record(session, item, who, "asked to look now")
    session.flush()
    return item


def _read_number(given: str) -> int:
    if not given.isdecimal() or len(given) > LONGEST_NUMBER:
        raise Incomplete("Give the number that the document has in KashFlow.", field="number")
    return int(given)


def _decidable(session: Session, item: Item) -> Step:
    step = document_of(steps_of(session, item))
    if step is not None and step.state is StepState.UNCONFIRMED and step.quiet_until:
        when = f"{step.quiet_until.astimezone(LONDON):%H:%M:%S}"
        raise NotOpen(f"It may still come in: KashFlow is asked at {when}. Nothing was changed. Look now, or wait.")
    if step is None or step.state is not StepState.NEEDS_PERSON:
        raise NotOpen("There is nothing to decide for this item.")
    return step


def _linked_to(session: Session, step: Step, found: LedgerDocument) -> int | None:
    if not SqlRows(session).others(step)([found.remote_id]).linked:
        return None
    linked = select(Step.item_id).where(Step.remote_id == found.remote_id, Step.kind == StepKind.DOCUMENT)
    return session.scalars(linked.limit(1)).first()


def _leave_out_payment(session: Session, step: Step) -> None:
    same = select(Step).where(Step.item_id == step.item_id, Step.group == step.group, Step.kind == StepKind.PAYMENT)
    for payment in session.scalars(same):
        outcomes.withdraw(payment, now)
