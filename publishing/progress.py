"""How far an item's publication is, told from its steps: the item shows the first step that has not ended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from capture.history.events import WORKER
from capture.models import Item, ItemState
from capture.review import settle
from capture.status import archive_after
from core.db import now
from publishing.models import OPEN, STUCK, Step, StepKind, StepState

ORDER = tuple(StepKind)
ON_ITS_WAY = (ItemState.QUEUED, ItemState.SENDING, ItemState.UNCONFIRMED)
TAKEN_BACK = (ItemState.TO_REVIEW, ItemState.READY)  # by an edit, after it had failed
_SHOWN = {
    StepState.QUEUED: ItemState.QUEUED,
    StepState.SENDING: ItemState.SENDING,
    StepState.UNCONFIRMED: ItemState.UNCONFIRMED,
}


_own = Step.item_id == bindparam("item_id")
_parties = select(Step.entry_id).where(_own, Step.kind == StepKind.DOCUMENT)
_contacts = and_(Step.kind == StepKind.CONTACT, Step.entry_id.in_(_parties))
_STEPS = select(Step).where(or_(_own, _contacts)).order_by(Step.group, Step.attempt, Step.id)


def current_group(session: Session, item_id: int) -> int:
    """Give the number of an item's latest publication, 0 when it has none."""
    return session.scalar(select(func.max(Step.group)).where(Step.item_id == item_id)) or 0


def steps_of(session: Session, item: Item) -> list[Step]:
    """Give the steps of an item's latest publication in order, the newest try of each, with its contact's first."""
    found = session.scalars(_STEPS, {"item_id": item.id}).all()
    own = [step for step in found if step.kind is not StepKind.CONTACT]
    latest = {step.kind: step for step in own if step.group == own[-1].group}
    document = latest.get(StepKind.DOCUMENT)
    made = [step for step in found if document is not None and step.entry_id == document.entry_id and step not in own]
    if made and made[-1].state is not StepState.WITHDRAWN:
        latest[StepKind.CONTACT] = made[-1]
    return sorted(latest.values(), key=lambda step: ORDER.index(step.kind))


def document_of(steps: Sequence[Step]) -> Step | None:
    """Give the document step among the steps of a publication."""
    return next((step for step in steps if step.kind is StepKind.DOCUMENT), None)


def waiting_for(session: Session, contact: Step) -> list[Item]:
    """Give the items whose documents wait for this supplier or customer."""
    waiting = select(Step).where(
        Step.entry_id == contact.entry_id, Step.kind == StepKind.DOCUMENT, Step.state == StepState.QUEUED
    )
    return [step.item for step in session.scalars(waiting) if step.item and step.item.state not in TAKEN_BACK]


def show(session: Session, item: Item) -> None:
    """Set an item's state from its steps."""
    steps = steps_of(session, item)
    document = document_of(steps)
    if document is None or item.state in TAKEN_BACK:
        return
    if document.state is StepState.PUBLISHED:
        item.ledger_number = document.remote_number
    first = next((step for step in steps if step.state in OPEN or step.state in STUCK), None)
    troubled = first or next((step for step in steps if step.state is StepState.GIVEN_UP), None)
    item.problem_code = troubled.problem_code if troubled else None
    item.problem = troubled.problem if troubled else None
    moment = now()
    if first is None and document.state is StepState.PUBLISHED:
        if item.state is not ItemState.PUBLISHED:
            item.published_at = moment
        item.state = ItemState.PUBLISHED
        if troubled is None:
            archive_after(session, [item], "published", WORKER)
    elif first is not None:
        item.state = _SHOWN.get(first.state, ItemState.FAILED)
    item.changed_at = moment


def reopen(session: Session, item: Item) -> None:
    """Make an item one that was never published, once its document is gone or is known not to be there."""
    left = update(Step).where(Step.item_id == item.id, Step.state != StepState.WITHDRAWN)
    session.execute(left.values(state=StepState.WITHDRAWN, ended_at=now(), remote_key=None))
    item.ledger_number = item.published_at = None
    item.state = ItemState.TO_REVIEW
    settle(session, item)
