"""Documents, and the files as they arrived."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from capture.ways.models import Channel
from core.db import Base, UTCDateTime, now, words
from kashflow.ledger import Kind


class Document(Base):
    """A file, kept unchanged, once per organisation. ``pages``: [{"width", "height"}] once it was read."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("organisation_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]  # bytes
    pages: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    likeness: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Mode(StrEnum):
    """How the pages of files that arrive together become documents."""

    EACH = "each"  # each file is one
    ONE = "one"  # all files together are one
    PAGES = "pages"  # each page is one
    SPLIT = "split"  # as the reading finds


class SubmissionState(StrEnum):
    """What became of a file that arrived."""

    RECEIVED = "received"
    PROCESSING = "processing"
    READ = "read"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"


OPEN = (SubmissionState.RECEIVED, SubmissionState.PROCESSING)  # still to be read


class Submission(Base):
    """One file as it arrived. Without a document: a file over the size limit, or a mail without one.

    ``unlocked`` is a copy that opens without the password its document needs.
    """

    __tablename__ = "submissions"
    __table_args__ = (Index("ix_submissions_due", "state", "received_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    filename: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    state: Mapped[SubmissionState] = mapped_column(words(SubmissionState), default=SubmissionState.RECEIVED)
    wanted_kind: Mapped[Kind | None] = mapped_column(words(Kind))
    mode: Mapped[Mode] = mapped_column(words(Mode), default=Mode.EACH)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)  # the first of Mode.ONE
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)
    unlocked_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"))
    problem_code: Mapped[str | None] = mapped_column(String(20))
    problem: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # of a mail: sender, subject, message id

    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    unlocked: Mapped[Document | None] = relationship(foreign_keys=[unlocked_id])
    channel: Mapped[Channel] = relationship()

    @property
    def readable(self) -> Document | None:
        """The document that is read and shown."""
        return self.unlocked or self.document
