"""The history of items and submissions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime, now, words


class Actor(StrEnum):
    """Who did something."""

    PERSON = "person"
    RULE = "rule"
    WORKER = "worker"


class Event(Base):
    """One thing that happened to an item or a submission; append-only, the item's history in plain sentences."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    actor: Mapped[Actor] = mapped_column(words(Actor))
    who: Mapped[str] = mapped_column(String(200), default="")  # a person's or rule's name
    what: Mapped[str] = mapped_column(String(60))  # a verb: changed, published, refused
    field: Mapped[str | None] = mapped_column(String(40))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
