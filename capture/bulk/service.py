"""One action on many items: each in a transaction of its own, with a result of its own, and undone where it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, contains_eager

from auth.models import User
from auth.service import name_in
from capture.bulk.models import Action, Bulk, BulkItem, Outcome
from capture.history.events import Who
from capture.history.models import Actor
from capture.models import Item, ItemState
from core.db import LockTaken, now, process_lock, transaction
from core.errors import Conflict, CounterfoilError, NotFound
from core.log import get_logger
from kashflow.ledger import Kind
from kashflow.models import Connection

log = get_logger(__name__)
MOST = 10_000  # items of one bulk
AT_ONCE = 30  # so many are done while one waits; more by a worker
SHOWN = 200


class NothingToDo(Conflict):
    """The item is already as the action would leave it."""

    code = "as-it-is"


class CannotUndo(Conflict):
    """This was undone already, or cannot be."""

    code = "undo"


@dataclass(frozen=True)
class Order:
    """What is asked of many items."""

    connection_id: int
    user_id: int
    action: Action
    kind: Kind
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One item of a bulk on its turn; ``before`` is what undoing puts back."""

    connection_id: int
    item_id: int
    given: Mapping[str, Any]
    before: Mapping[str, Any]
    who: Who


Act = Callable[[Session, Task], dict[str, Any] | None]  # gives what undoing it needs


@dataclass(frozen=True)
class Deed:
    """How an action is done and undone."""

    do: Act
    undo: Act | None = None


@dataclass(frozen=True)
class Counts:
    """How far a bulk is."""

    waiting: int
    done: int
    skipped: int
    failed: int

    @property
    def total(self) -> int:
        """All items of it."""
        return self.waiting + self.done + self.skipped + self.failed


def start_bulk(session: Session, order: Order, ids: Sequence[int]) -> Bulk:
    """Write down what is to be done, for run_bulk.

    Raises:
        NothingToDo: no item is named.
    """
    if not ids:
        raise NothingToDo("Tick one item or more.")
    bulk = Bulk(
        connection_id=order.connection_id,
        user_id=order.user_id,
        action=order.action,
        kind=order.kind,
        given=dict(order.given),
    )
    session.add(bulk)
    session.flush()
    session.execute(insert(BulkItem), [{"bulk_id": bulk.id, "item_id": each} for each in ids[:MOST]])
    return bulk


def start_undo(session: Session, connection_id: int, bulk_id: int, user_id: int) -> Bulk:
    """Write down that a bulk is to be taken back, for the items that it changed.

    Raises:
        NotFound: this connection has no such bulk.
        CannotUndo: it was undone, or nothing of it can be.
    """
    bulk = get_bulk(session, connection_id, bulk_id)
    taken = session.scalar(select(Bulk.id).where(Bulk.undo_of_id == bulk.id))
    done = select(BulkItem).where(BulkItem.bulk_id == bulk.id, BulkItem.outcome == Outcome.DONE)
    rows = list(session.scalars(done))
    if taken is not None or bulk.undo_of_id is not None or not rows:
        raise CannotUndo("There is nothing left to undo here.")
    undo = Bulk(
        connection_id=connection_id, user_id=user_id, action=bulk.action, kind=bulk.kind, undo_of_id=bulk.id, given={}
    )
    session.add(undo)
    session.flush()
    again = [{"bulk_id": undo.id, "item_id": row.item_id, "before": row.before} for row in rows]
    session.execute(insert(BulkItem), again)
    return undo


def get_bulk(session: Session, connection_id: int, bulk_id: int) -> Bulk:
    """Give one bulk.

    Raises:
        NotFound: this connection has no such bulk.
    """
    bulk = session.get(Bulk, bulk_id)
    if bulk is None or bulk.connection_id != connection_id:
        raise NotFound("There is no such work.")
    return bulk


def can_undo(session: Session, bulk: Bulk) -> bool:
    """Tell whether a bulk can be taken back."""
    if bulk.undo_of_id is not None or bulk.action is Action.ATTACH:
        return False
    return session.scalar(select(Bulk.id).where(Bulk.undo_of_id == bulk.id)) is None


def count_outcomes(session: Session, bulk: Bulk) -> Counts:
    """Count what became of a bulk's items."""
    counted = select(BulkItem.outcome, func.count()).where(BulkItem.bulk_id == bulk.id).group_by(BulkItem.outcome)
    found = {outcome: number for outcome, number in session.execute(counted)}  # noqa: C416 - a result is not yet pairs
    return Counts(*(found.get(each, 0) for each in Outcome))


def count_states(session: Session, bulk: Bulk) -> dict[ItemState, int]:
    """Count how far the items are by now that were sent on their way."""
    done = BulkItem.bulk_id == bulk.id, BulkItem.outcome == Outcome.DONE
    counted = select(Item.state, func.count()).join(BulkItem, BulkItem.item_id == Item.id).where(*done)
    return {state: number for state, number in session.execute(counted.group_by(Item.state))}  # noqa: C416


def list_outcomes(session: Session, bulk: Bulk) -> list[BulkItem]:
    """Give what became of a bulk's items, failures first."""
    order = BulkItem.outcome.in_([Outcome.DONE, Outcome.WAITING]), Item.state != ItemState.FAILED, BulkItem.id
    wanted = select(BulkItem).join(BulkItem.item).where(BulkItem.bulk_id == bulk.id)
    wanted = wanted.options(contains_eager(BulkItem.item))
    return list(session.scalars(wanted.order_by(*order).limit(SHOWN)))


def open_bulks(session: Session) -> Iterable[int]:
    """Give the bulks that are not done."""
    return session.scalars(select(Bulk.id).where(Bulk.ended_at.is_(None)).order_by(Bulk.id))


def run_bulk(bulk_id: int, deeds: Mapping[Action, Deed]) -> None:
    """Do what is left of a bulk, item by item. Safe to run twice; another process at it is left alone."""
    try:
        with process_lock(f"bulk:{bulk_id}"):
            has_more = True
            while has_more:
                has_more = _step(bulk_id, deeds)
    except LockTaken:
        log.info("the bulk is being done", bulk=bulk_id)


def _step(bulk_id: int, deeds: Mapping[Action, Deed]) -> bool:
    """Do the next item; tell whether there was one."""
    with transaction() as session:
        bulk = session.get(Bulk, bulk_id)
        waiting = select(BulkItem.id).where(BulkItem.bulk_id == bulk_id, BulkItem.outcome == Outcome.WAITING)
        row_id = session.scalars(waiting.order_by(BulkItem.id).limit(1)).first()
        if bulk is None or row_id is None:
            if bulk is not None and bulk.ended_at is None:
                bulk.ended_at = now()
            return False
    try:
        with transaction() as session:
            row = session.get_one(BulkItem, row_id)
            row.before = _act(session, session.get_one(Bulk, bulk_id), row, deeds)
            row.outcome = Outcome.DONE
    except CounterfoilError as error:  # whatever is wrong with this item is said beside it
        with transaction() as session:
            row = session.get_one(BulkItem, row_id)
            row.outcome = Outcome.SKIPPED if isinstance(error, NothingToDo) else Outcome.FAILED
            row.code, row.message = error.code, str(error)
    return True


def _act(session: Session, bulk: Bulk, row: BulkItem, deeds: Mapping[Action, Deed]) -> dict[str, Any]:
    user = session.get_one(User, bulk.user_id)
    organisation_id = session.get_one(Connection, bulk.connection_id).organisation_id
    who = Who(Actor.PERSON, name_in(session, organisation_id, user), user.id)
    deed = deeds[bulk.action]
    act = deed.do if bulk.undo_of_id is None else deed.undo
    if act is None:
        raise CannotUndo("This cannot be undone.")
    return act(session, Task(bulk.connection_id, row.item_id, bulk.given, row.before, who)) or {}
