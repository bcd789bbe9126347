"""What workers run for lists of items: actions on many of them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from capture.bulk.deeds import DEEDS
from capture.bulk.models import Action, Bulk
from capture.bulk.service import Deed, NothingToDo, Task, open_bulks
from capture.bulk.service import run_bulk as run_with
from core.db import snapshot
from publishing.changes import attach_again, cancel_item
from publishing.jobs import send_due
from publishing.service import AlreadyQueued, queue_item
from worker import Due, enqueue


def run_bulk(bulk_id: int) -> None:
    """Do what is left of an action on many items."""
    run_with(bulk_id, EVERY)
    with snapshot() as session:
        bulk = session.get(Bulk, bulk_id)
    if bulk is not None and bulk.action.sends:
        enqueue(send_due, bulk.connection_id)


def find_due() -> Iterable[Due]:
    """Find the actions that are not done."""
    with snapshot() as session:
        return [Due("capture.bulk.jobs.run_bulk", (bulk_id,)) for bulk_id in open_bulks(session)]


def _publish(session: Session, task: Task) -> None:
    try:
        queue_item(session, task.connection_id, task.item_id, task.who)
    except AlreadyQueued as error:
        raise NothingToDo(str(error)) from error


def _cancel(session: Session, task: Task) -> None:
    cancel_item(session, task.connection_id, task.item_id, task.who)


def _attach(session: Session, task: Task) -> None:
    attach_again(session, task.connection_id, task.item_id, task.who)


EVERY = DEEDS | {Action.PUBLISH: Deed(_publish, _cancel), Action.ATTACH: Deed(_attach)}
