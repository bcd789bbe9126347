"""What was learned about a supplier or customer, in plain words for their page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from capture.fields import SPECS
from capture.lessons.models import Lesson
from capture.lessons.service import SIDES, Tally, lessons_of
from capture.models import Layer
from capture.reading.model import Spot
from capture.reading.wire import from_plain
from lists.models import Entry

MIDDLE = (1 / 3, 2 / 3)


@dataclass(frozen=True)
class ToldLesson:
    """One lesson: of which field, what it says, on which item and by whom it was taught, and how it fared."""

    id: int
    label: str
    says: str
    item_id: int
    who: str
    at: datetime
    fared: str


def told_lessons(session: Session, party: Entry) -> list[ToldLesson]:
    """Give what was learned about a supplier or customer, the newest first."""
    return [
        ToldLesson(
            id=lesson.id,
            label=SPECS[lesson.field].label,
            says=_says(lesson, party),
            item_id=lesson.item_id,
            who=lesson.who,
            at=lesson.at,
            fared=_fared(counts),
        )
        for lesson, counts in lessons_of(session, party)
    ]


def _says(lesson: Lesson, party: Entry) -> str:
    if lesson.field in SIDES.values():
        read = (each for each in lesson.item.values if (each.field, each.layer) == (lesson.field, Layer.READING))
        return f"“{next((each.value for each in read), lesson.read_as)}” on a document means {party.name}"
    return f"it stands {say_spot(from_plain(Spot, lesson.spot))}"


def say_spot(spot: Spot) -> str:
    """Say where a value stands: beside its words, or in which part of the page."""
    across, down = (
        0 if at < MIDDLE[0] else 1 if at < MIDDLE[1] else 2
        for at in (spot.box.x + spot.box.width / 2, spot.box.y + spot.box.height / 2)
    )
    part = f"{('at the top', 'in the middle', 'at the foot')[down]}, {('left', 'centre', 'right')[across]}"
    where = (
        f"{'under' if spot.under else 'beside'} “{spot.words}”" if spot.words else f"{part}, with no words beside it"
    )
    return f"{where}, month first" if spot.month_first else where


def _fared(counts: Tally) -> str:
    if not counts.used:
        return "Not used yet"
    said = f"Used on {counts.used} {'item' if counts.used == 1 else 'items'}"
    if counts.confirmed:
        said += f", right on {counts.confirmed}"
    if counts.corrected:
        said += f", corrected on {counts.corrected}"
    if counts.is_set_aside:
        return f"{said}: used no more"
    return f"{said}: believed" if counts.is_proven else said
