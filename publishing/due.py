"""Which steps may be taken up now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from capture.models import Item
from core.db import now
from kashflow.models import Connection, ConnectionState
from lists.models import Entry
from publishing.models import IN_DOUBT, OPEN, Step, StepKind, StepState
from publishing.progress import ON_ITS_WAY


def due_connections(session: Session) -> list[int]:
    """Give the connections with a step that is due, or that was being sent when its process died."""
    return list(session.scalars(_due(now(), Step.connection_id).distinct()))


def due_steps(session: Session, connection_id: int, *, most: int, but: Collection[int] = ()) -> list[int]:
    """Give the steps of a connection that may be taken up now, in the order in which they were queued."""
    wanted = _due(now(), Step.id).where(Step.connection_id == connection_id, Step.id.not_in(but))
    return list(session.scalars(wanted.order_by(Step.queued_at, Step.id).limit(most)))


def place_in_queue(session: Session, step: Step) -> int:
    """Count the documents that are sent before this one, itself included."""
    waiting = select(func.count()).where(
        Step.connection_id == step.connection_id,
        Step.kind == StepKind.DOCUMENT,
        Step.state.in_(OPEN),
        Step.id <= step.id,
    )
    return session.scalar(waiting) or 1


def _due(moment: datetime, what: InstrumentedAttribute[int]) -> Select[int]:
    """Select what of the steps that are due: those in doubt, and those that are wanted and have what comes before."""
    document = aliased(Step)
    entered = exists().where(
        document.item_id == Step.item_id,
        document.group == Step.group,
        document.kind == StepKind.DOCUMENT,
        document.state == StepState.PUBLISHED,
    )
    may_go = or_(
        Step.state.in_(IN_DOUBT),
        Step.kind == StepKind.CONTACT,
        and_(
            Item.state.in_(ON_ITS_WAY),
            or_(and_(Step.kind == StepKind.DOCUMENT, Entry.remote_id.is_not(None)), entered),
        ),
    )
    return (
        select(what)
        .join(Connection, Connection.id == Step.connection_id)
        .outerjoin(Item, Item.id == Step.item_id)
        .outerjoin(Entry, Entry.id == Step.entry_id)
        .where(Connection.state == ConnectionState.CONNECTED)
        .where(or_(Connection.retry_at.is_(None), Connection.retry_at <= moment))
        .where(Step.state.in_(OPEN), Step.not_before <= moment, may_go)
    )
