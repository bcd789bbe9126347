"""How far an item's publication is, told from its steps: the item shows the first step that has not ended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from capture.models import Item, ItemState
from core.db import now
from publishing.models import OPEN, STUCK, Step, StepKind, StepState

ORDER = (StepKind.CONTACT, StepKind.DOCUMENT, StepKind.PAYMENT, StepKind.ATTACHMENT, StepKind.NOTE)
_SHOWN = {
    StepState.QUEUED: ItemState.QUEUED,
    StepState.SENDING: ItemState.SENDING,
    StepState.UNCONFIRMED: ItemState.UNCONFIRMED,
}


def current_group(session: Session, item_id: int) -> int:
    """Give the number of an item's latest publication, 0 when it has none."""
    return session.scalar(select(func.max(Step.group)).where(Step.item_id == item_id)) or 0


def steps_of(session: Session, item: Item) -> list[Step]:
    """Give the steps of an item's latest publication in order, the newest try of each, with its contact's first."""
    group = current_group(session, item.id)
    wanted = select(Step).where(Step.item_id == item.id, Step.group == group).order_by(Step.attempt)
    latest = {step.kind: step for step in session.scalars(wanted)}
    contact = _contact_step(session, latest.get(StepKind.DOCUMENT))
    steps = [*([contact] if contact else []), *latest.values()]
    return sorted((step for step in steps if step.kind in ORDER), key=lambda step: ORDER.index(step.kind))


def before(session: Session, step: Step) -> Sequence[Step]:
    """Give the steps that have to end before this one may begin."""
    if step.item is None or step.kind is StepKind.CONTACT:
        return ()
    return [each for each in steps_of(session, step.item) if ORDER.index(each.kind) < ORDER.index(step.kind)]


def reflect(session: Session, step: Step) -> None:
    """Let the items that wait for a step show how far they are."""
    session.flush()
    if step.item is not None:
        show(session, step.item)
        return
    waiting = select(Step).where(
        Step.entry_id == step.entry_id, Step.kind == StepKind.DOCUMENT, Step.state == StepState.QUEUED
    )
    for each in session.scalars(waiting):
        if each.item is not None:
            show(session, each.item)


def show(session: Session, item: Item) -> None:
    """Set an item's state from its steps."""
    steps = steps_of(session, item)
    if not steps:
        return
    document = next((step for step in steps if step.kind is StepKind.DOCUMENT), None)
    if document is not None and document.state is StepState.PUBLISHED:
        item.ledger_number = document.remote_number
    first = next((step for step in steps if step.state in OPEN or step.state in STUCK), None)
    troubled = first or next((step for step in steps if step.state is StepState.GIVEN_UP), None)
    item.problem_code = troubled.problem_code if troubled else None
    item.problem = troubled.problem if troubled else None
    if first is None:
        if item.state is not ItemState.PUBLISHED:
            item.published_at = now()
        item.state = ItemState.PUBLISHED
    else:
        item.state = _SHOWN.get(first.state, ItemState.FAILED)
    item.changed_at = now()
    session.flush()


def _contact_step(session: Session, document: Step | None) -> Step | None:
    if document is None or document.entry_id is None:
        return None
    wanted = select(Step).where(Step.entry_id == document.entry_id, Step.kind == StepKind.CONTACT)
    return session.scalars(wanted.order_by(Step.id.desc()).limit(1)).first()
