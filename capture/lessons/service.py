"""Corrections are kept as lessons, listed, and forgotten: when a person wants it, and when the correction is undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, case, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from capture.history.events import Who
from capture.lessons.models import Lesson, LessonUse
from capture.models import Item, ItemState, ItemValue, Layer
from capture.reading.anchors import TEACHABLE, key_of
from core.db import now
from core.errors import NotFound
from kashflow.ledger import Kind
from lists.models import Entry

SIDES = {Kind.COST: "supplier", Kind.SALE: "customer"}
OTHER_SIDE = {Kind.COST: "customer", Kind.SALE: "supplier"}
PROVEN = 3  # confirmed so often, what a lesson says is believed


@dataclass(frozen=True)
class Tally:
    """On how many items a lesson was used, on how many of them it was published as right, on how many corrected."""

    used: int = 0
    confirmed: int = 0
    corrected: int = 0

    @property
    def is_proven(self) -> bool:
        """Tell whether what it says needs no doubt any more."""
        return self.confirmed - self.corrected >= PROVEN

    @property
    def is_set_aside(self) -> bool:
        """Tell whether it was wrong more often than right, and is used no more."""
        return self.corrected > self.confirmed


def note_corrections(session: Session, item: Item, names: Collection[str], who: Who) -> None:
    """Keep what a person corrected of these fields, and forget what they took back; the others may be of others now."""
    side = SIDES[item.kind]
    kept = {each.field: each for each in session.scalars(select(Lesson).where(Lesson.item_id == item.id))}
    read = {each.field: each for each in item.values if each.layer is Layer.READING}
    said = {each.field: each for each in item.values if each.layer is Layer.PERSON and each.value}
    name = read[side].value if side in read else item.party_name
    for field in sorted({*kept, *(said.keys() & {*TEACHABLE, side})}):
        lesson, value = kept.get(field), said.get(field)
        if value is None or field == OTHER_SIDE[item.kind] or not _teaches(value, read.get(field)):
            if lesson is not None:
                forget(lesson)
            continue
        if lesson is None:
            lesson = kept[field] = Lesson(connection_id=item.connection_id, item_id=item.id, field=field)
            session.add(lesson)
        elif lesson.forgotten_at is not None and field not in names:
            continue
        lesson.read_as = _key(name)
        if lesson.value != value.value:
            _learn(lesson, value, who)
    session.flush()


def _teaches(value: ItemValue, read: ItemValue | None) -> bool:
    """Tell whether a person said something else than the reading; of a name, that it means somebody else."""
    if value.field in SIDES.values():
        if read is None or not read.value or value.entry_id in {None, read.entry_id}:
            return False
        return _key(value.value) != _key(read.value)
    return read is None or value.value != read.value


def _key(name: str | None) -> str:
    return key_of(name or "")[:300]


def _learn(lesson: Lesson, value: ItemValue, who: Who) -> None:
    lesson.value, lesson.who, lesson.at = value.value or "", who.name, now()
    lesson.forgotten_at = lesson.spot = None
    lesson.sought_at = lesson.at if lesson.field in SIDES.values() else None  # a name has no place of its own


def forget(lesson: Lesson) -> None:
    """Let a lesson say nothing any more."""
    lesson.value, lesson.spot, lesson.forgotten_at = "", None, lesson.forgotten_at or now()


def get_lesson(session: Session, party: Entry, lesson_id: int) -> Lesson:
    """Give what was learned about a supplier or customer.

    Raises:
        NotFound: nothing of the kind was learned about them.
    """
    lesson = session.scalar(_about(party).where(Lesson.id == lesson_id))
    if lesson is None:
        raise NotFound("There is nothing of the kind that was learned.")
    return lesson


def lessons_of(session: Session, party: Entry) -> list[tuple[Lesson, Tally]]:
    """Give what was learned about a supplier or customer, the newest first, with how it fared."""
    found = list(session.scalars(_about(party).where(_SAYS, Item.deleted_at.is_(None)).order_by(Lesson.id.desc())))
    tallies = tally(session, [each.id for each in found])
    return [(each, tallies.get(each.id, Tally())) for each in found]


def forget_all(session: Session, party: Entry) -> int:
    """Forget all that was learned about a supplier or customer; give how much that was."""
    found = list(session.scalars(_about(party)))
    for each in found:
        forget(each)
    session.flush()
    return len(found)


def learned(connection_id: int) -> Select[Lesson]:
    """Ask for the lessons that say something: where a value stands, or who is meant by a name."""
    return _kept(connection_id).where(_SAYS, Item.deleted_at.is_(None))


def _about(party: Entry) -> Select[Lesson]:
    """Ask for all that is kept about a supplier or customer."""
    of_cost = (Item.kind == Kind.COST) & (Item.supplier_id == party.id)
    of_sale = (Item.kind == Kind.SALE) & (Item.customer_id == party.id)
    return _kept(party.connection_id).where(or_(of_cost, of_sale))


def _kept(connection_id: int) -> Select[Lesson]:
    wanted = select(Lesson).join(Item, Item.id == Lesson.item_id)
    return wanted.where(Lesson.connection_id == connection_id, Lesson.forgotten_at.is_(None))


_SAYS = or_(Lesson.spot.is_not(None), Lesson.field.in_(SIDES.values()))


def tally(session: Session, lesson_ids: Iterable[int]) -> dict[int, Tally]:
    """Count how these lessons fared, by id: a person's other value speaks against one, a published item for it."""
    own = aliased(ItemValue)
    other = own.value.is_not(None) & (own.value != LessonUse.value)
    wrong = case((other, 1), else_=0)
    right = case((other, 0), (Item.state == ItemState.PUBLISHED, 1), else_=0)
    wanted = (
        select(LessonUse.lesson_id, func.count(), func.sum(right), func.sum(wrong))
        .join(Lesson, Lesson.id == LessonUse.lesson_id)
        .join(Item, Item.id == LessonUse.item_id)
        .outerjoin(own, (own.item_id == LessonUse.item_id) & (own.field == Lesson.field) & (own.layer == Layer.PERSON))
        .where(LessonUse.lesson_id.in_(list(lesson_ids)))
        .group_by(LessonUse.lesson_id)
    )
    return {lesson_id: Tally(*counts) for lesson_id, *counts in session.execute(wanted)}


def note_uses(session: Session, item: Item, uses: Sequence[tuple[int, str]]) -> None:
    """Write down that values of an item were taken from these lessons, as far as they are its connection's."""
    wanted = select(Lesson.id).where(Lesson.id.in_([each for each, _ in uses]))
    known = set(session.scalars(wanted.where(Lesson.connection_id == item.connection_id)))
    found = {lesson_id: value for lesson_id, value in uses if lesson_id in known}
    session.add_all(LessonUse(lesson_id=lesson_id, item_id=item.id, value=value) for lesson_id, value in found.items())
    session.flush()


def drop_uses(session: Session, item: Item) -> None:
    """Forget which lessons an item was read by, before it is read again."""
    session.execute(delete(LessonUse).where(LessonUse.item_id == item.id))
    session.flush()
