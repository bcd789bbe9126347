"""One row for each remote effect of publishing."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from capture.models import Item
from core.db import Base, UTCDateTime, now, words
from lists.models import Entry


class StepKind(StrEnum):
    """The effects of a publication, in the order in which they are sent."""

    CONTACT = "contact"
    DOCUMENT = "document"
    PAYMENT = "payment"
    ATTACHMENT = "attachment"
    NOTE = "note"
    UPDATE = "update"  # send changes of a published document
    DELETION = "deletion"  # undo a publish


class StepState(StrEnum):
    """How far one step is (PUBLISHING terms): refused and needs_person end it until somebody acts; the rest goes on."""

    QUEUED = "queued"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    PUBLISHED = "published"
    REFUSED = "refused"
    NEEDS_PERSON = "needs_person"
    GIVEN_UP = "given_up"  # what the item stays published without: a payment, file, note, change or undo
    WITHDRAWN = "withdrawn"  # taken back before it was sent, or undone


OPEN = (StepState.QUEUED, StepState.SENDING, StepState.UNCONFIRMED)
STUCK = (StepState.REFUSED, StepState.NEEDS_PERSON)
IN_DOUBT = (StepState.SENDING, StepState.UNCONFIRMED)  # may have taken effect already


class Step(Base):
    """One remote effect with its own outcome.

    ``entry_id`` is set on contact steps (they belong to the supplier or customer; one is open at a time), ``item_id``
    on all others. ``payload`` is frozen when it is queued. ``group`` counts the publications of an item, ``attempt``
    the tries of this step within it. ``found`` holds what outcomes.describe_found gives. ``remote_key``
    is set on documents and unique for each connection: no two items adopt one.
    """

    __tablename__ = "steps"
    __table_args__ = (
        UniqueConstraint("connection_id", "item_id", "kind", "group", "attempt"),
        UniqueConstraint("connection_id", "kind", "remote_key"),
        Index("ix_steps_due", "state", "not_before"),
        Index("ix_steps_entry", "entry_id", "kind", "state"),
        Index(
            "uq_steps_open_contact",
            "entry_id",
            unique=True,
            sqlite_where=text("kind = 'contact' AND state IN ('queued', 'sending', 'unconfirmed')"),
            postgresql_where=text("kind = 'contact' AND state IN ('queued', 'sending', 'unconfirmed')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    kind: Mapped[StepKind] = mapped_column(words(StepKind))
    group: Mapped[int] = mapped_column(default=1)
    attempt: Mapped[int] = mapped_column(default=1)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    payload_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[StepState] = mapped_column(words(StepState), default=StepState.QUEUED)
    watermark: Mapped[list[int] | None] = mapped_column(JSON)  # ids that were there before
    not_before: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    quiet_until: Mapped[datetime | None] = mapped_column(UTCDateTime)  # until then not finding it proves nothing
    tries: Mapped[int] = mapped_column(default=0)  # in a row without an answer
    sends: Mapped[int] = mapped_column(default=0)  # how often it left
    remote_number: Mapped[int | None]
    remote_id: Mapped[int | None]
    remote_key: Mapped[str | None] = mapped_column(String(40))  # side and remote_id: "cost:4711"
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # what in KashFlow it could be
    problem_code: Mapped[str | None] = mapped_column(String(20))
    problem: Mapped[str | None] = mapped_column(Text)
    queued_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    item: Mapped[Item | None] = relationship()
    entry: Mapped[Entry | None] = relationship()


def remote_key(kind: str, remote_id: int) -> str:
    """Give the key under which a document of the ledger is one item's alone."""
    return f"{kind}:{remote_id}"
