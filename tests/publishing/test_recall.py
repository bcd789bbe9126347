"""Taking back what is queued before a connection turns to another organisation (CON-8)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from capture.history.events import WORKER
from capture.models import Item, ItemState
from publishing.models import Step, StepKind, StepState
from publishing.recall import OnItsWay, recall_queued
from tests.factories.capture import ItemFactory


def queue(session: Session, state: StepState = StepState.QUEUED) -> tuple[Item, Step]:
    item: Item = ItemFactory.create(ready=True, state=ItemState.QUEUED)
    step = Step(connection_id=item.connection_id, item=item, kind=StepKind.DOCUMENT, payload={"kind": "cost"})
    step.payload_hash, step.state = "0" * 64, state
    session.add(step)
    session.flush()
    return item, step


def test_con_8_what_is_queued_goes_back_to_review(session: Session) -> None:
    item, step = queue(session)

    assert recall_queued(session, item.connection_id, WORKER) == 1
    assert (item.state, step.state) == (ItemState.TO_REVIEW, StepState.WITHDRAWN)


@pytest.mark.parametrize("state", [StepState.SENDING, StepState.UNCONFIRMED])
def test_con_8_what_may_have_arrived_keeps_the_connection_where_it_is(session: Session, state: StepState) -> None:
    item, step = queue(session, state)

    with pytest.raises(OnItsWay):
        recall_queued(session, item.connection_id, WORKER)

    assert step.state is state


def test_another_connections_queue_is_left_alone(session: Session) -> None:
    (item, _), (_, theirs) = queue(session), queue(session)

    recall_queued(session, item.connection_id, WORKER)

    assert theirs.state is StepState.QUEUED
