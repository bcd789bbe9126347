"""Finding what arrived: one page by keyset with what became of each file; every read is of one connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from capture.models import Item
from capture.submissions.items import items_by_file
from capture.submissions.models import OPEN, Submission, SubmissionState
from core.db import LARGEST_ID, LONDON

PAGE = 50
LONGEST = 120
FATES = {
    "waiting": "Waiting to be read",
    "read": "Read",
    "duplicate": "Duplicate",
    "rejected": "Rejected",
    "unreadable": "Unreadable",
    "put_away": "Archived or deleted",
}


@dataclass(frozen=True)
class Ask:
    """Which files are asked for; days as in the United Kingdom. ``after`` is the id where the page before ended."""

    fate: str = ""
    channel: int | None = None
    owner: int | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""
    after: int | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the page was chosen."""
        return replace(self, after=None) != Ask()


@dataclass(frozen=True)
class Row:
    """A file with the items made from it; of a duplicate without any, those of the file that came first."""

    submission: Submission
    own: Sequence[Item]
    first: Sequence[Item]

    @property
    def is_settled(self) -> bool:
        """Whether there is an item of its own that was not deleted."""
        return any(item.deleted_at is None for item in self.own)

    @property
    def is_put_away(self) -> bool:
        """Whether there is something to bring back."""
        return any(item.archived_at or item.deleted_at for item in self.own)


def read_ask(given: Mapping[str, str]) -> Ask:
    """Read an address; what cannot be used there is as if it was not given."""
    fate = given.get("fate", "")
    return Ask(
        fate=fate if fate in FATES else "",
        channel=_id(given.get("channel")),
        owner=_id(given.get("owner")),
        since=_day(given.get("since")),
        until=_day(given.get("until")),
        text=given.get("text", "").replace("\0", "").strip()[:LONGEST],
        after=_id(given.get("after")),
    )


def write_ask(ask: Ask, **changes: int | None) -> dict[str, str]:
    """Give the parts of an address that ask for this, or for this with changes."""
    changed = replace(ask, **changes)  # type: ignore[arg-type]
    return {each.name: str(value) for each in fields(changed) if (value := getattr(changed, each.name))}


def find_page(session: Session, connection_id: int, ask: Ask, *, limit: int = PAGE) -> tuple[list[Row], int | None]:
    """Give one page of what is asked, the newest first, and the id after which the next page begins."""
    wanted = select(Submission).where(Submission.connection_id == connection_id, *_filters(ask))
    loaded = wanted.options(joinedload(Submission.channel)).order_by(Submission.id.desc()).limit(limit + 1)
    found = list(session.scalars(loaded))
    shown = found[:limit]
    made = items_by_file(session, shown)
    rows = [Row(each, made.get(each.id, []), made.get(each.duplicate_of_id, [])) for each in shown]
    return rows, shown[-1].id if len(found) > limit else None


def _filters(ask: Ask) -> list[ColumnElement[bool]]:
    pairs: tuple[tuple[object, Callable[[Any], ColumnElement[bool]]], ...] = (
        (ask.channel, lambda given: Submission.channel_id == given),
        (ask.owner, lambda given: Submission.owner_id == given),
        (ask.since, lambda given: Submission.received_at >= _begin(given)),
        (ask.until, lambda given: Submission.received_at < _begin(given + timedelta(days=1))),
        (ask.text or None, lambda given: Submission.filename.icontains(given, autoescape=True)),
        (ask.fate or None, _fate),
        (ask.after, lambda given: Submission.id < given),
    )
    return [condition(given) for given, condition in pairs if given is not None]


def _fate(fate: str) -> ColumnElement[bool]:
    if fate == "put_away":
        away = select(Item.submission_id).where(or_(Item.archived_at.is_not(None), Item.deleted_at.is_not(None)))
        return Submission.id.in_(away.where(Item.submission_id.is_not(None)))
    if fate == "waiting":
        return Submission.state.in_(OPEN)
    return Submission.state == SubmissionState(fate)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def _id(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdecimal() and int(given) <= LARGEST_ID else None


def _day(given: str | None) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(given or "")
    return None
