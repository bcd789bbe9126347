"""Rules: for whom, and what they set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import lists.models  # noqa: F401 - the tables that foreign keys name
from core.db import Base, UTCDateTime, now


class Rule(Base):
    """One rule of a connection. ``when`` and ``sets`` are as in the HTTP interface, entries by their id here.

    The user's order is ``position``; a rule that was deleted keeps its row, because items name it as their reason.
    """

    __tablename__ = "rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(default=0)
    enabled: Mapped[bool] = mapped_column(default=True)
    proposed: Mapped[bool] = mapped_column(default=False)  # waits for an administrator; not used until then
    when: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sets: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    auto_publish: Mapped[bool] = mapped_column(default=False)
    guards: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    hits: Mapped[int] = mapped_column(default=0)
    last_hit_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class RuleChange(Base):
    """What a rule was before somebody changed it; append-only, so that a change can be undone."""

    __tablename__ = "rule_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("rules.id"), index=True)
    who: Mapped[str] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(String(40))
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class PartyDefault(Base):
    """A supplier's or customer's own defaults: what every document of theirs gets unless a rule or person says else.

    ``sets`` is as in Rule.
    """

    __tablename__ = "party_defaults"
    __table_args__ = (UniqueConstraint("connection_id", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("list_entries.id"))
    sets: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_by: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)


class Refusal(Base):
    """That nobody wants a rule proposed for this supplier or customer again."""

    __tablename__ = "rule_refusals"
    __table_args__ = (UniqueConstraint("connection_id", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("list_entries.id"))
    who: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
