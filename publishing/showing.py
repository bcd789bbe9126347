"""How far an item's publication is, as the item page and the HTTP interface show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from capture.models import Item, ItemState
from core.db import LONDON
from core.errors import CounterfoilError
from kashflow.models import Connection, ConnectionState
from publishing.changes import changed_document
from publishing.due import place_in_queue
from publishing.models import OPEN, Step, StepState
from publishing.progress import ON_ITS_WAY, document_of, steps_of


@dataclass(frozen=True)
class Publication:
    """How far one item is. ``next_at`` is when KashFlow is asked or tried next; ``place`` counts from 1."""

    document: Step
    steps: tuple[Step, ...]
    problem_code: str | None
    problem: str | None
    is_held: bool
    next_at: datetime | None
    place: int | None
    has_changes: bool

    @property
    def is_in(self) -> bool:
        """Tell whether the document is in KashFlow."""
        return self.document.state is StepState.PUBLISHED

    @property
    def lacks(self) -> list[Step]:
        """The steps that the item stays published without."""
        return [step for step in self.steps if step.state is StepState.GIVEN_UP]


def find_publication(session: Session, item: Item) -> Publication | None:
    """Give how far an item's latest publication is, None when it has none or it was taken back."""
    steps = steps_of(session, item)
    document = document_of(steps)
    if document is None or document.state is StepState.WITHDRAWN:
        return None
    connection = session.get_one(Connection, item.connection_id)
    waiting = next((step for step in steps if step.state in OPEN), None) if item.state in ON_ITS_WAY else None
    code, problem = item.problem_code, item.problem
    is_held = waiting is not None and connection.state is not ConnectionState.CONNECTED
    if is_held and connection.problem:
        code, problem = connection.problem_code, connection.problem
    elif waiting is not None and connection.unreachable_since is not None:
        code, problem = "CON-7", tell_outage(connection)
    is_queued = waiting is not None and waiting.state is StepState.QUEUED
    return Publication(
        document=document,
        steps=tuple(steps),
        problem_code=code,
        problem=problem,
        is_held=is_held,
        next_at=_next_look(waiting, connection) if waiting is not None and not is_held else None,
        place=place_in_queue(session, document) if is_queued and document.state is not StepState.PUBLISHED else None,
        has_changes=_was_touched(item) and _has_changes(session, item, connection),
    )


def tell_outage(connection: Connection) -> str:
    """Say that KashFlow cannot be reached, since when and until when (CON-7)."""
    if connection.unreachable_since is None:
        return ""
    since = connection.unreachable_since.astimezone(LONDON)
    then = (
        f"next try at {connection.retry_at.astimezone(LONDON):%H:%M:%S}" if connection.retry_at else "tried again now"
    )
    return f"KashFlow could not be reached since {since:%-d %b, %H:%M}; nothing was sent; {then}."


def warn_of_outage(session: Session, connection: Connection) -> str:
    """Say on every page that KashFlow cannot be reached and how much waits; nothing while it can (CON-7)."""
    if connection.state is not ConnectionState.CONNECTED or connection.unreachable_since is None:
        return ""
    wanted = select(func.count()).where(Item.connection_id == connection.id, Item.state.in_(ON_ITS_WAY))
    waiting = session.scalar(wanted) or 0
    items = "1 item waits" if waiting == 1 else f"{waiting:,} items wait"
    return f"CON-7: {tell_outage(connection)} {items}, nothing is lost."


def describe_publication(session: Session, item: Item) -> dict[str, Any]:
    """Give how far an item's latest publication is as the HTTP interface shows it; without one its state is None."""
    publication = find_publication(session, item)
    if publication is None:
        return {"state": None, "number": None, "remote_id": None, "problem": None, "steps": []}
    document = publication.document
    return {
        "state": item.state,
        "held": publication.is_held,
        "number": document.remote_number if publication.is_in else None,
        "remote_id": document.remote_id if publication.is_in else None,
        "problem": _problem(publication.problem_code, publication.problem),
        "place": publication.place,
        "next_look": publication.next_at.isoformat() if publication.next_at else None,
        "found": document.found,
        "changed": publication.has_changes,
        "steps": [
            {"step": step.kind, "state": step.state, "problem": _problem(step.problem_code, step.problem)}
            for step in publication.steps
        ],
    }


def _problem(code: str | None, message: str | None) -> dict[str, str | None] | None:
    return {"code": code, "message": message} if code else None


def _next_look(waiting: Step, connection: Connection) -> datetime | None:
    if waiting.state is StepState.UNCONFIRMED:
        return max(waiting.not_before, connection.retry_at or waiting.not_before)
    return waiting.not_before if waiting.tries else connection.retry_at


def _was_touched(item: Item) -> bool:
    """Tell whether anything was done to a published item since; only then it is worth comparing."""
    is_in = item.state is ItemState.PUBLISHED and item.published_at is not None
    return is_in and item.changed_at != item.published_at


def _has_changes(session: Session, item: Item, connection: Connection) -> bool:
    try:
        return changed_document(session, item, connection) is not None
    except CounterfoilError:  # what it has become cannot be sent; sending says why
        return True
