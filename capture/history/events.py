"""The history: what happened to an item or a submission, who did it, from what to what. Append-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.trail import record as note
from capture.history.models import Actor, Event
from capture.models import Item
from capture.submissions.models import Submission
from kashflow.models import Connection


@dataclass(frozen=True)
class Who:
    """Who does something: a person (with the user's id), a rule, or the worker."""

    actor: Actor
    name: str = ""
    user_id: int | None = None


@dataclass(frozen=True)
class Change:
    """Which field changed, from what to what, as text."""

    field: str | None = None
    before: str | None = None
    after: str | None = None


_ON_THE_TRAIL = {  # what concerns KashFlow's books is told there, too
    "queued": "item approved",
    "published": "item published",
    "sent changes": "item sent again",
    "tried again": "item sent again",
    "linked": "item linked",
    "said that it is not in KashFlow": "item said to be absent",
    "accepted what KashFlow has": "item taken as it is in KashFlow",
    "asked to undo the publish": "undo asked for",
    "undid": "publish undone",
}
_OF_THE_BOOKS = {None, "document", "changes", "publish"}
WORKER = Who(Actor.WORKER, "Counterfoil")


def record(
    session: Session,
    about: Item | Submission,
    who: Who,
    what: str,
    *,
    change: Change = Change(),
    detail: Mapping[str, Any] | None = None,
) -> Event:
    """Write one line of history."""
    item = about if isinstance(about, Item) else None
    event = Event(
        organisation_id=session.get_one(Connection, about.connection_id).organisation_id,
        item_id=item.id if item is not None else None,
        submission_id=item.submission_id if item is not None else about.id,
        actor=who.actor,
        who=who.name,
        what=what,
        field=change.field,
        before=change.before,
        after=change.after,
        detail=dict(detail or {}),
    )
    session.add(event)
    if item is not None and what in _ON_THE_TRAIL and change.field in _OF_THE_BOOKS:
        number = event.detail.get("number")
        told = f"item {item.id}" + (f", number {number}" if number else "")
        note(session, event.organisation_id, who.name, _ON_THE_TRAIL[what], told)
    return event


def history_of(session: Session, item: Item) -> list[Event]:
    """Give an item's history, the newest first."""
    return list(session.scalars(select(Event).where(Event.item_id == item.id).order_by(Event.id.desc())))
