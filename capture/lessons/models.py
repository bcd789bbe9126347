"""What one correction taught, and on which items it was used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from capture.models import Item
from core.db import Base, UTCDateTime, now


class Lesson(Base):
    """A field of an item that a person corrected: where these papers print it, or who is meant by the name on them.

    It is about whoever the item is from, or for. ``read_as`` is their name as it was read, in plain letters. ``spot``
    is a capture.reading.model.Spot once it was looked for; none where the value is not printed, or is a name. A
    forgotten one says nothing any more; it stays as a mark, so that only another correction teaches it again.
    """

    __tablename__ = "lessons"
    __table_args__ = (
        UniqueConstraint("item_id", "field"),
        Index("ix_lessons_name", "connection_id", "field", "read_as"),
        Index("ix_lessons_due", "sought_at", "forgotten_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    read_as: Mapped[str] = mapped_column(String(300), default="")
    field: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(Text, default="")
    who: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    sought_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    spot: Mapped[list[object] | None] = mapped_column(JSON(none_as_null=True))
    forgotten_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    item: Mapped[Item] = relationship()


class LessonUse(Base):
    """That a reading took a value from a lesson."""

    __tablename__ = "lesson_uses"
    __table_args__ = (UniqueConstraint("lesson_id", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lessons.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    value: Mapped[str] = mapped_column(Text)
