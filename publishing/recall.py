"""Taking back what is queued, before a connection turns to another organisation."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.history.events import Who, record
from capture.models import Item, ItemState
from capture.review import settle
from core.db import now
from core.errors import Conflict
from publishing.models import Step, StepState


class OnItsWay(Conflict):
    """Something may have reached the ledger, and only that ledger can tell (PUB-11)."""

    code = "PUB-11"


def recall_queued(session: Session, connection_id: int, who: Who) -> int:
    """Withdraw every unsent step of a connection and give its items back to review; tell how many items that were.

    Raises:
        OnItsWay: a step was sent and nobody knows yet whether it arrived.
    """
    steps = select(Step).where(Step.connection_id == connection_id).with_for_update(of=Step)
    if session.scalars(steps.where(Step.state.in_([StepState.SENDING, StepState.UNCONFIRMED])).limit(1)).first():
        raise OnItsWay(
            "An item may have reached the old organisation, and only there it can be looked up. Nothing was changed. "
            "Connect the old login again and let it settle first."
        )
    items: dict[int, Item] = {}
    for step in session.scalars(steps.where(Step.state == StepState.QUEUED)):
        step.state, step.ended_at = StepState.WITHDRAWN, now()
        if step.item is not None and step.item.state is ItemState.QUEUED:
            items[step.item.id] = step.item
    for item in items.values():
        item.state = ItemState.TO_REVIEW
        settle(session, item)
        record(session, item, who, "taken back", detail={"reason": "the connection has another organisation"})
    session.flush()
    return len(items)
