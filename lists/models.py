"""What was fetched from KashFlow, how the fetching went, and a connection's defaults."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

import kashflow.models  # noqa: F401 - the tables that foreign keys name
from core.db import Base, UTCDateTime, now, words
from kashflow.ledger import Kind, ListKind
from lists.matching import core_of

KNOWN_BY = ("core_name", "vat_key", "web_key", "phone_key")


def _core_of_name(row: DefaultExecutionContext) -> str:
    return core_of(str(row.get_current_parameters()["name"]))[:300]  # type: ignore[no-untyped-call]


class Entry(Base):
    """One entry of a list, never deleted.

    A supplier or customer made here has no ``remote_id`` until it is created in KashFlow. ``side`` is set where
    KashFlow keeps two lists with ids of their own (payment methods). ``code`` is the nominal code of a category, the
    percent of a VAT rate ("20", "exempt"), the ISO code of a currency. Of an ``era`` before the connection's own: from
    the organisation that was behind it then. By ``core_name`` and the three keys after it a document finds whom it is
    from.
    """

    __tablename__ = "list_entries"
    __table_args__ = (
        UniqueConstraint("connection_id", "era", "list_kind", "side", "remote_id"),
        CheckConstraint("is_cost OR is_sale", name="used_for_something"),
        Index("ix_list_entries_lookup", "connection_id", "list_kind", "search_name"),
        Index("ix_list_entries_known_by", "connection_id", "list_kind", "active", *KNOWN_BY),  # answers without rows
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    era: Mapped[int] = mapped_column(default=0)
    list_kind: Mapped[ListKind] = mapped_column(words(ListKind))
    side: Mapped[str] = mapped_column(String(4), default="")
    remote_id: Mapped[str | None] = mapped_column(String(60))
    code: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(300))
    search_name: Mapped[str] = mapped_column(String(300))  # letters and digits, lower case, without accents
    core_name: Mapped[str] = mapped_column(String(300), default=_core_of_name)  # the same without its legal ending
    vat_key: Mapped[str] = mapped_column(String(40), default="")
    web_key: Mapped[str] = mapped_column(String(100), default="")
    phone_key: Mapped[str] = mapped_column(String(20), default="")
    active: Mapped[bool] = mapped_column(default=True)
    is_cost: Mapped[bool] = mapped_column(default=True)
    is_sale: Mapped[bool] = mapped_column(default=True)
    percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 3))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))  # of a sub-product
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    inactive_since: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def is_account_code(self) -> bool:
        """Tell a category that stands among the products, with those that belong to it, from a product of its own."""
        return self.list_kind is ListKind.PRODUCTS and self.parent_id is None

    @property
    def plain_code(self) -> int | str | None:
        """Its code as the HTTP interface shows it: a nominal code as the number it is."""
        is_nominal = self.list_kind is ListKind.CATEGORIES and self.code is not None and self.code.isdecimal()
        return int(self.code or 0) if is_nominal else self.code

    @property
    def kinds(self) -> list[Kind]:
        """For what this entry can be used."""
        return [kind for kind, fits in ((Kind.COST, self.is_cost), (Kind.SALE, self.is_sale)) if fits]


class RefreshState(StrEnum):
    """How far a refresh is; partial: some lists came, some did not."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"


OPEN_STATES = (RefreshState.QUEUED, RefreshState.RUNNING)


class Refresh(Base):
    """One fetching of a connection's lists, ``wanted`` alone when it names some."""

    __tablename__ = "refreshes"
    __table_args__ = (
        Index(
            "uq_refreshes_open",
            "connection_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),  # LST-3
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    state: Mapped[RefreshState] = mapped_column(words(RefreshState), default=RefreshState.QUEUED)
    wanted: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_whole: Mapped[bool] = mapped_column(default=True)  # every list was asked for
    tries: Mapped[int] = mapped_column(default=0)  # how often a process took it up
    accepts_empty: Mapped[bool] = mapped_column(default=False)  # a person said that an empty answer is right
    asked_by: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RefreshedList(Base):
    """How one list of a refresh went. ``changes`` holds [{"name", "what", "from", "to"}], at most a few hundred."""

    __tablename__ = "refreshed_lists"
    __table_args__ = (UniqueConstraint("refresh_id", "list_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    refresh_id: Mapped[int] = mapped_column(ForeignKey("refreshes.id"), index=True)
    list_kind: Mapped[ListKind] = mapped_column(words(ListKind))
    state: Mapped[RefreshState] = mapped_column(words(RefreshState), default=RefreshState.QUEUED)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    inactive: Mapped[int] = mapped_column(default=0)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    problem_code: Mapped[str | None] = mapped_column(String(20))
    problem: Mapped[str | None] = mapped_column(Text)


class Defaults(Base):
    """What a connection fills in where a document and every rule leave something open."""

    __tablename__ = "connection_defaults"
    __table_args__ = (UniqueConstraint("connection_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    kind: Mapped[Kind] = mapped_column(words(Kind))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    vat_rate: Mapped[str | None] = mapped_column(String(10))  # a percent as text, or "exempt"
    product_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    bank_account_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))


class AccountLink(Base):
    """The bank account that a payment method pays from (PUB-13), and the card's last digits that tell the method."""

    __tablename__ = "account_links"
    __table_args__ = (UniqueConstraint("connection_id", "payment_method_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    payment_method_id: Mapped[int] = mapped_column(ForeignKey("list_entries.id"))
    bank_account_id: Mapped[int | None] = mapped_column(ForeignKey("list_entries.id"))
    last4: Mapped[str | None] = mapped_column(String(4))
