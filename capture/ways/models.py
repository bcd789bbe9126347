"""Channels, what each sets for one connection, and what mailboxes and folders have brought already."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime, now, words
from kashflow.ledger import Kind


class ChannelKind(StrEnum):
    """The ways in."""

    WEB = "web"
    PHONE = "phone"
    API = "api"
    COMMAND = "command"
    MAILBOX = "mailbox"
    FOLDER = "folder"


class Channel(Base):
    """One way in, with its own name and switches. What it sets on its items is kept for each connection apart.

    A mailbox or folder belongs to the connection its documents go to. ``settings`` says where it looks
    (capture.ways.settings), ``due_at`` when next; ``looked`` is what a folder held at the last look.
    """

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connections.id"))
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[ChannelKind] = mapped_column(words(ChannelKind))
    enabled: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sealed_password: Mapped[str | None] = mapped_column(Text)  # of a mailbox
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # of documents for which nobody else is named
    wanted_kind: Mapped[Kind | None] = mapped_column(words(Kind))
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    looked: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # and found well
    failures: Mapped[int] = mapped_column(default=0)  # since then
    problem_code: Mapped[str | None] = mapped_column(String(20))
    problem: Mapped[str | None] = mapped_column(Text)


class ChannelChoice(Base):
    """What happens to a channel's items in one KashFlow account: whether they are sent, and what is set on them."""

    __tablename__ = "channel_choices"
    __table_args__ = (UniqueConstraint("channel_id", "connection_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    sends: Mapped[bool] = mapped_column(default=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    bank_account_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))


class Arrival(Base):
    """A mail, or a file of a folder, that was taken. Written with its submissions; put away only after that.

    ``identity`` is a hash of what it is, ``place`` where it was found: "uidvalidity:uid", or the file's name.
    """

    __tablename__ = "arrivals"
    __table_args__ = (UniqueConstraint("channel_id", "identity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    identity: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(String(300), index=True)
    is_refused: Mapped[bool] = mapped_column(default=False)
    is_put_away: Mapped[bool] = mapped_column(default=False)  # marked or moved
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
