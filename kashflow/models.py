"""The link to one KashFlow account."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import auth.models  # noqa: F401 - the tables that foreign keys name
from core.db import Base, UTCDateTime, now, words


class ConnectionState(StrEnum):
    """Whether a connection can be used."""

    NOT_CONNECTED = "not_connected"
    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"
    DISABLED = "disabled"


class Schedule(StrEnum):
    """How often a connection's lists are refreshed by themselves."""

    OFF = "off"
    TWO_HOURLY = "two_hourly"
    DAILY = "daily"


class Connection(Base):
    """One KashFlow account; lists, rules and items belong to one. Secrets are sealed and bound to this row."""

    __tablename__ = "connections"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("quiet_seconds IS NULL OR quiet_seconds >= 0", name="quiet_seconds_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    state: Mapped[ConnectionState] = mapped_column(words(ConnectionState), default=ConnectionState.NOT_CONNECTED)
    state_before: Mapped[ConnectionState | None] = mapped_column(words(ConnectionState))  # of a disabled one
    username: Mapped[str | None] = mapped_column(String(200))
    sealed_password: Mapped[str | None] = mapped_column(Text)
    sealed_key: Mapped[str | None] = mapped_column(Text)  # the AutoAuth key
    company: Mapped[str | None] = mapped_column(String(200))
    company_vat_number: Mapped[str | None] = mapped_column(String(20))
    is_vat_registered: Mapped[bool] = mapped_column(default=True)
    vat_changed: Mapped[bool] = mapped_column(default=False)  # in KashFlow, since a person said whether it is published
    currency: Mapped[str] = mapped_column(String(3), default="GBP")
    publishes_vat: Mapped[bool] = mapped_column(default=True)
    publishes_from: Mapped[date | None]
    shows_message: Mapped[bool] = mapped_column(default=True)  # after each publish
    quiet_seconds: Mapped[int | None]
    schedule: Mapped[Schedule] = mapped_column(words(Schedule), default=Schedule.DAILY)
    refreshed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem_code: Mapped[str | None] = mapped_column(String(20))
    problem: Mapped[str | None] = mapped_column(Text)
    problem_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    unreachable_since: Mapped[datetime | None] = mapped_column(UTCDateTime)  # no connection comes about (CON-7)
    retry_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    compared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # what was published, with what is there now
    epoch: Mapped[int] = mapped_column(default=0)  # sends so far; an older database than the store's note is reconciled
    era: Mapped[int] = mapped_column(default=0)  # raised for another organisation; ids of an earlier era mean nothing
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    connected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
