"""Views that people saved."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, words
from kashflow.ledger import Kind


class SavedView(Base):
    """A person's own name for what they ask of a list; ``query`` is the address without its path."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "connection_id", "kind", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[Kind] = mapped_column(words(Kind))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(1000))
