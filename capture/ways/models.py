"""What a channel sets for one connection, and what mailboxes and folders have brought already."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import capture.models  # noqa: F401 - the tables that foreign keys name
from core.db import Base, UTCDateTime, now


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
