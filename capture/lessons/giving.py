"""What reading is given of the lessons: anchors for a connection's documents, and who is meant by a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session, selectinload

from capture.fields import SPECS
from capture.lessons.models import Lesson
from capture.lessons.service import SIDES, Tally, learned, tally
from capture.models import Item
from capture.reading.anchors import UNPROVEN, key_of
from capture.reading.model import Anchor, Spot
from capture.reading.wire import from_plain
from kashflow.ledger import Kind
from lists.matching import Match, party_of, vat_digits

MOST = 2000  # anchors that go with a document
PROVEN_NAME = 0.97  # the confidence in a name that was linked by hand and confirmed often enough


@dataclass(frozen=True)
class TaughtName:
    """Whom a lesson says that a name means, under the name in the list."""

    lesson_id: int
    name: str
    match: Match


def anchors_of(session: Session, connection_id: int) -> tuple[Anchor, ...]:
    """Give what was learned about where a connection's suppliers and customers print things, the latest first."""
    wanted = learned(connection_id).where(Lesson.spot.is_not(None)).order_by(Lesson.id.desc()).limit(MOST)
    both = selectinload(Lesson.item)
    found = session.scalars(wanted.options(both.selectinload(Item.supplier), both.selectinload(Item.customer)))
    return tuple(_anchor(lesson, counts) for lesson, counts in _useful(session, found))


def _useful(session: Session, lessons: Iterable[Lesson]) -> list[tuple[Lesson, Tally]]:
    found = list(lessons)
    tallies = tally(session, found)
    rated = [(each, tallies.get(each.id, Tally())) for each in found]
    return [(lesson, counts) for lesson, counts in rated if not counts.is_set_aside]


def _anchor(lesson: Lesson, counts: Tally) -> Anchor:
    names, party = {lesson.read_as}, lesson.item.party
    if party is not None:
        names |= {key_of(party.name), vat_digits(party_of(party.id, party.name, party.details))}
    known_as = tuple(sorted(names - {""}))
    spot = from_plain(Spot, lesson.spot)
    return Anchor(lesson.id, known_as, lesson.field, spot, reason_of(lesson), counts.is_proven)


def reason_of(lesson: Lesson) -> str:
    """Say which correction taught it."""
    return f"where {lesson.who or 'somebody'} corrected {SPECS[lesson.field].label} on item {lesson.item_id}"


def find_taught(session: Session, connection_id: int, kind: Kind, name: str) -> TaughtName | None:
    """Find whom a person linked to a name that was read as this one."""
    wanted = learned(connection_id).where(
        Lesson.field == SIDES[kind], Lesson.read_as == key_of(name), Item.kind == kind
    )
    for lesson, counts in _useful(session, session.scalars(wanted.order_by(Lesson.id.desc()))):
        party = lesson.item.party
        if party is not None and party.active:
            sure = PROVEN_NAME if counts.is_proven else UNPROVEN
            return TaughtName(lesson.id, party.name, Match(party.id, sure, reason_of(lesson)))
    return None
