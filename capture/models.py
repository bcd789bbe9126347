"""Items, with what each layer says of their fields, their lines and their pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

import capture.regrouping.models  # noqa: F401 - the tables that foreign keys name
import rules.models  # noqa: F401
from capture.reading.model import DocumentType
from capture.submissions.models import Document, Submission
from capture.ways.models import Channel
from core.db import Base, UTCDateTime, now, words
from kashflow.ledger import Kind
from lists.models import Entry


class ItemState(StrEnum):
    """How far an item is on its way to the ledger."""

    TO_REVIEW = "to_review"
    READY = "ready"
    QUEUED = "queued"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    PUBLISHED = "published"
    FAILED = "failed"


EDITABLE = (ItemState.TO_REVIEW, ItemState.READY, ItemState.FAILED)


OPEN_PLACE = "archived_at IS NULL AND deleted_at IS NULL"
UNREAD = "unread_since IS NOT NULL"
ARCHIVE_PLACE = "archived_at IS NOT NULL AND deleted_at IS NULL"
HAS_PROBLEM = "problem_code IS NOT NULL"  # so few that an index of theirs is small, and in the order asked for


def _list_indexes() -> list[Index]:
    """Give the indexes behind every order of every tab, and behind the filters that pick few items."""
    orders = {"received": (), "date": ("issued_on",), "total": ("total",), "supplier": ("supplier_name",)}
    orders |= {"customer": ("customer_name",), "category": ("category_id",), "problem": ()}
    orders |= {"owner": ("owner_id",), "channel": ("channel_id",)}
    return [
        Index(
            f"ix_items_{place}_{name}",
            *("connection_id", "kind", "state", *columns, "id"),
            sqlite_where=text(where),
            postgresql_where=text(where),
        )
        for place, inside in (("open", OPEN_PLACE), ("archive", ARCHIVE_PLACE))
        for name, columns in orders.items()
        for where in [f"{inside} AND {HAS_PROBLEM}" if name == "problem" else inside]
    ]


class Item(Base):
    """One cost or sale on its way to the ledger.

    Its own columns hold, for each field, the winner of its values' layers. Amounts are whole hundredths of
    ``currency``; ``vat_rate`` is a percent as text ("20") or "exempt". ``missing`` names what PUB-1 still wants.
    ``proposal``: the documents that its pages look like (CAP-5), each a list of [position, region or null].
    """

    __tablename__ = "items"
    __table_args__ = (
        *_list_indexes(),
        Index("ix_items_facts", "connection_id", "supplier_name", "total", "issued_on"),
        Index("ix_items_unread", "id", sqlite_where=text(UNREAD), postgresql_where=text(UNREAD)),
        CheckConstraint("exchange_rate IS NULL OR exchange_rate > 0", name="exchange_rate_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[ItemState] = mapped_column(words(ItemState), default=ItemState.TO_REVIEW)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    kind: Mapped[Kind] = mapped_column(words(Kind), default=Kind.COST)
    document_type: Mapped[DocumentType] = mapped_column(words(DocumentType), default=DocumentType.RECEIPT)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    supplier_name: Mapped[str | None] = mapped_column(String(300))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    customer_name: Mapped[str | None] = mapped_column(String(300))
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    reference: Mapped[str | None] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(String(500))
    currency: Mapped[str] = mapped_column(String(3), default="GBP")
    exchange_rate: Mapped[Decimal | None] = mapped_column(Numeric(18, 8))
    net: Mapped[int | None]
    tax: Mapped[int | None]
    total: Mapped[int | None]
    tax_lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # percent, and net, tax, gross in pence
    category_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    vat_rate: Mapped[str | None] = mapped_column(String(10))
    vat_treatment: Mapped[str | None] = mapped_column(String(20))
    paid: Mapped[bool] = mapped_column(default=False)
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    bank_account_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    note: Mapped[str | None] = mapped_column(Text)

    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("regroupings.id"), index=True)
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("regroupings.id"), index=True)  # and deleted with it
    unread_since: Mapped[datetime | None] = mapped_column(UTCDateTime)  # waits to be read over its pages
    proposal: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    distinct_from: Mapped[list[int]] = mapped_column(JSON, default=list)  # items a person said are others
    notes: Mapped[list[str]] = mapped_column(JSON, default=list)  # of the reading, for the person who reviews
    text: Mapped[str] = mapped_column(Text, default="", deferred=True)  # all that was read, for rules and searches
    read_lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # as read; ``lines`` may be split
    held_back: Mapped[list[str]] = mapped_column(JSON, default=list)  # why a rule did not publish it (PUB-19)
    accepted: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # VAT warnings: code to note, and who or rule
    missing: Mapped[list[str]] = mapped_column(JSON, default=list)
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # problems: code, field, message, blocks
    problem_code: Mapped[str | None] = mapped_column(String(20))
    problem: Mapped[str | None] = mapped_column(Text)
    ledger_number: Mapped[int | None]
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_by_rule_id: Mapped[int | None] = mapped_column(ForeignKey("rules.id"))
    publisher_rule_id: Mapped[int | None] = mapped_column(ForeignKey("rules.id"))  # the rule that may publish it
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # who may not publish and asks for it
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    version: Mapped[int] = mapped_column(default=1)

    supplier: Mapped[Entry | None] = relationship(foreign_keys=[supplier_id])
    customer: Mapped[Entry | None] = relationship(foreign_keys=[customer_id])
    category: Mapped[Entry | None] = relationship(foreign_keys=[category_id])
    payment_method: Mapped[Entry | None] = relationship(foreign_keys=[payment_method_id])
    bank_account: Mapped[Entry | None] = relationship(foreign_keys=[bank_account_id])
    project: Mapped[Entry | None] = relationship(foreign_keys=[project_id])
    product: Mapped[Entry | None] = relationship(foreign_keys=[product_id])
    source: Mapped[Entry | None] = relationship(foreign_keys=[source_id])
    channel: Mapped[Channel | None] = relationship()
    submission: Mapped[Submission | None] = relationship()
    lines: Mapped[list[ItemLine]] = relationship(order_by="ItemLine.position", cascade="all, delete-orphan")
    values: Mapped[list[ItemValue]] = relationship(cascade="all, delete-orphan")
    pages: Mapped[list[ItemPage]] = relationship(order_by="ItemPage.position", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    @property
    def party(self) -> Entry | None:
        """The other side: the supplier of a cost, the customer of a sale."""
        return self.supplier if self.kind is Kind.COST else self.customer

    @property
    def party_name(self) -> str | None:
        """The other side's name, linked or as it was read."""
        return self.supplier_name if self.kind is Kind.COST else self.customer_name


class ItemPage(Base):
    """A page that an item shows; ``region`` is [x, y, width, height] in fractions where it is a part."""

    __tablename__ = "item_pages"
    __table_args__ = (UniqueConstraint("item_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    page: Mapped[int]  # of the document, from 1
    position: Mapped[int]  # on the item, from 1
    region: Mapped[list[float] | None] = mapped_column(JSON)

    document: Mapped[Document] = relationship()

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of what it shows, in the document's own units, where the document was read."""
        if not 1 <= self.page <= len(self.document.pages):
            return None
        whole, (_, _, width, height) = self.document.pages[self.page - 1], self.region or (0, 0, 1, 1)
        return max(1, round(whole["width"] * width)), max(1, round(whole["height"] * height))


class Layer(StrEnum):
    """Who gives a value, strongest first: for each field the first layer that has one wins."""

    PERSON = "person"
    RULE = "rule"
    PARTY = "party"  # the supplier's or customer's own defaults
    CHANNEL = "channel"
    READING = "reading"
    LEARNED = "learned"
    CONNECTION = "connection"  # the connection's default


class ItemValue(Base):
    """What one layer says a field is, with its evidence; text in the canonical form of capture.reading.model.

    ``entry_id`` is set for fields that name a list entry. ``page`` is the item's page (ItemPage.position), ``box`` is
    [x, y, width, height] in fractions of it. ``reason`` is a sentence: why this layer says so.
    """

    __tablename__ = "item_values"
    __table_args__ = (UniqueConstraint("item_id", "field", "layer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    field: Mapped[str] = mapped_column(String(40))
    layer: Mapped[Layer] = mapped_column(words(Layer))
    value: Mapped[str | None] = mapped_column(Text)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    confidence: Mapped[float] = mapped_column(Float, default=1.0)
    origin: Mapped[str] = mapped_column(String(20))
    page: Mapped[int | None]
    box: Mapped[list[float] | None] = mapped_column(JSON)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("rules.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class ItemLine(Base):
    """One line of an item. ``amount`` is as printed (with VAT on receipts, without on invoices), in hundredths."""

    __tablename__ = "item_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    position: Mapped[int]
    layer: Mapped[Layer] = mapped_column(words(Layer))
    description: Mapped[str] = mapped_column(String(500), default="")
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(14, 4))
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    amount: Mapped[int]
    vat_rate: Mapped[str | None] = mapped_column(String(10))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    page: Mapped[int | None]
    box: Mapped[list[float] | None] = mapped_column(JSON)

    category: Mapped[Entry | None] = relationship(foreign_keys=[category_id])
    project: Mapped[Entry | None] = relationship(foreign_keys=[project_id])
    product: Mapped[Entry | None] = relationship(foreign_keys=[product_id])


class Pulse(Base):
    """When something that happens by itself happened last."""

    __tablename__ = "pulses"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
