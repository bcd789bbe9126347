"""What was done to many items at once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from capture.models import Item
from core.db import Base, UTCDateTime, now, words
from kashflow.ledger import Kind


class Action(StrEnum):
    """What can be done to many items at once."""

    EDIT = "edit"
    RULES = "rules"
    PUBLISH = "publish"
    ARCHIVE = "archive"
    DELETE = "delete"
    RESTORE = "restore"
    MOVE = "move"
    ATTACH = "attach"  # send the files of published items again

    @property
    def sends(self) -> bool:
        """Tell whether something goes to the ledger, so that the result comes later."""
        return self in {Action.PUBLISH, Action.ATTACH}


class Bulk(Base):
    """One action on many items; ``given`` are the fields of an edit. ``undo_of_id``: it takes that one back."""

    __tablename__ = "bulks"

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    action: Mapped[Action] = mapped_column(words(Action))
    kind: Mapped[Kind] = mapped_column(words(Kind))
    given: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undo_of_id: Mapped[int | None] = mapped_column(ForeignKey("bulks.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)


class Outcome(StrEnum):
    """What became of one item of a bulk."""

    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class BulkItem(Base):
    """One item of a bulk and what became of it; ``before`` is what undoing puts back."""

    __tablename__ = "bulk_items"
    __table_args__ = (Index("ix_bulk_items_open", "bulk_id", "outcome", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bulk_id: Mapped[int] = mapped_column(ForeignKey("bulks.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    outcome: Mapped[Outcome] = mapped_column(words(Outcome), default=Outcome.WAITING)
    code: Mapped[str | None] = mapped_column(String(20))
    message: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    item: Mapped[Item] = relationship()
