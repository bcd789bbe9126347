"""Where corrected values stand: looked for in the words that are kept of an item's pages. Safe to run twice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.history.events import WORKER, Change, record
from capture.lessons.models import Lesson
from capture.lessons.telling import say_spot
from capture.models import Item, ItemValue, Layer
from capture.paper.sheets import pages_of, sheet_of
from capture.reading.anchors import learn_spot
from capture.reading.model import Box, Spot
from capture.reading.wire import to_plain
from capture.store import FileLost
from core.db import now, snapshot, transaction
from core.log import get_logger

log = get_logger(__name__)


@dataclass(frozen=True)
class _Sought:
    """A corrected value, and where a person pointed at it, if they did."""

    lesson_id: int
    field: str
    value: str
    near: Spot | None


def due_items() -> list[int]:
    """Give the items with corrections whose place was not looked for yet."""
    with snapshot() as session:
        wanted = select(Lesson.item_id).where(Lesson.sought_at.is_(None), Lesson.forgotten_at.is_(None))
        return list(session.scalars(wanted.distinct().limit(100)))


def place_lessons(item_id: int) -> None:
    """Find where the values that a person corrected on an item stand, so that they are found there the next time."""
    with snapshot() as session:
        sought = _sought(session, item_id)
        sheets = [sheet_of(page) for page in session.get_one(Item, item_id).pages]
    if not sought:
        return
    try:
        pages = pages_of(sheets)
    except FileLost:
        pages = ()
    spots = {each: learn_spot(pages, each.field, each.value, near=each.near) for each in sought}
    with transaction() as session:
        for each, spot in spots.items():
            lesson = session.get_one(Lesson, each.lesson_id)
            if lesson.value == each.value and lesson.forgotten_at is None:
                lesson.spot = None if spot is None else as_list(spot)
                lesson.sought_at = now()
                if spot is not None:
                    said = {"reason": f"it stands {say_spot(spot)}"}
                    record(session, lesson.item, WORKER, "learned", change=Change(each.field), detail=said)
    log.info("learned", item=item_id, fields=[each.field for each, spot in spots.items() if spot is not None])


def _sought(session: Session, item_id: int) -> list[_Sought]:
    wanted = select(Lesson).where(Lesson.item_id == item_id, Lesson.sought_at.is_(None), Lesson.forgotten_at.is_(None))
    pointed = select(ItemValue).where(ItemValue.item_id == item_id, ItemValue.layer == Layer.PERSON)
    near = {
        value.field: Spot("", under=False, page=value.page, box=Box(*value.box))
        for value in session.scalars(pointed)
        if value.page is not None and value.box is not None
    }
    return [_Sought(each.id, each.field, each.value, near.get(each.field)) for each in session.scalars(wanted)]


def as_list(spot: Spot) -> list[object]:
    """Give a spot as it is kept."""
    kept = to_plain(spot)
    assert isinstance(kept, list)  # noqa: S101 - what it makes of every dataclass
    return kept
