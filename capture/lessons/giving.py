"""What reading is given of the lessons: anchors for a connection's documents, and who is meant by a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case
from sqlalchemy.orm import Session

from capture.fields import SPECS
from capture.lessons.models import Lesson
from capture.lessons.service import SIDES, Tally, learned, tally
from capture.models import Item
from capture.reading.anchors import UNPROVEN, key_of
from capture.reading.model import Anchor, Spot
from capture.reading.wire import from_plain
from kashflow.ledger import Kind
from lists.matching import Match, party_of, vat_digits
from lists.models import Entry

MOST = 1000  # anchors that go with a document
PROVEN_NAME = 0.97  # the confidence in a name that was linked by hand and confirmed often enough


@dataclass(frozen=True)
class TaughtName:
    """Whom a lesson says that a name means, under the name in the list."""

    lesson_id: int
    name: str
    match: Match


def anchors_of(session: Session, connection_id: int) -> tuple[Anchor, ...]:
    """Give what was learned about where a connection's suppliers and customers print things, the latest first."""
    meant = case((Item.kind == Kind.COST, Item.supplier_id), else_=Item.customer_id)
    wanted = learned(connection_id).where(Lesson.spot.is_not(None)).order_by(Lesson.id.desc()).limit(MOST)
    columns = (Lesson.id, Lesson.field, Lesson.read_as, Lesson.spot, Lesson.who, Lesson.item_id)
    party = (Entry.id.label("party_id"), Entry.name, Entry.details)
    rows = session.execute(wanted.outerjoin(Entry, Entry.id == meant).with_only_columns(*columns, *party)).all()
    tallies = tally(session, [row.id for row in rows])
    rated = ((row, tallies.get(row.id, Tally())) for row in rows)
    return tuple(_anchor(row, counts) for row, counts in rated if not counts.is_set_aside)


def _anchor(row: Row[*tuple[Any, ...]], counts: Tally) -> Anchor:
    names = {row.read_as}
    if row.party_id is not None:
        names |= {key_of(row.name), vat_digits(party_of(row.party_id, row.name, row.details))}
    known_as = tuple(sorted(names - {""}))
    reason = say_taught(row.who, row.field, row.item_id)
    return Anchor(row.id, known_as, row.field, from_plain(Spot, row.spot), reason, counts.is_proven)


def say_taught(who: str, field: str, item_id: int) -> str:
    """Say which correction taught it."""
    return f"where {who or 'somebody'} corrected {SPECS[field].label} on item {item_id}"


def find_taught(session: Session, connection_id: int, kind: Kind, name: str) -> TaughtName | None:
    """Find whom a person linked to a name that was read as this one."""
    wanted = learned(connection_id).where(
        Lesson.field == SIDES[kind], Lesson.read_as == key_of(name), Item.kind == kind
    )
    found = list(session.scalars(wanted.order_by(Lesson.id.desc())))
    tallies = tally(session, [each.id for each in found])
    for lesson in found:
        party, counts = lesson.item.party, tallies.get(lesson.id, Tally())
        if party is not None and party.active and not counts.is_set_aside:
            sure = PROVEN_NAME if counts.is_proven else UNPROVEN
            return TaughtName(
                lesson.id, party.name, Match(party.id, sure, say_taught(lesson.who, lesson.field, lesson.item_id))
            )
    return None
