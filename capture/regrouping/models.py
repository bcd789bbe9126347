"""What was split or merged: the items name it, those it made and those it took the place of."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime, now, words


class Deed(StrEnum):
    """What was done to items."""

    SPLIT = "split"
    MERGE = "merge"


class Regrouping(Base):
    """One split or merge. Undone, the items it made are out of use instead of those it was made from."""

    __tablename__ = "regroupings"

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    deed: Mapped[Deed] = mapped_column(words(Deed))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
