"""Figures of one connection, each from one question to the database; amounts in hundredths of its own currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, selectinload

from capture.models import Item, ItemState, ItemValue, Layer
from capture.reading.model import DocumentType
from capture.review import rates_of
from capture.submissions.models import Submission, SubmissionState
from kashflow.ledger import Kind
from kashflow.models import Connection
from lists.models import Entry

TOP = 8
SECONDS_A_FIELD = 8  # to find, choose and check one value by hand
SHOWN_FAILURES = 6
CREDITED = and_(Item.document_type == DocumentType.CREDIT_NOTE, Item.total > 0)
SIGN = case((CREDITED, -1), else_=1)  # what a credit note shows is given back


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: its name, amount, share of the largest (0 to 100), and the id of what it is about."""

    name: str
    amount: int
    share: float
    entry_id: int | None = None


@dataclass(frozen=True)
class Vat:
    """VAT on costs and on sales of one month at one rate."""

    month: date
    rate: str
    on_costs: int
    on_sales: int


@dataclass(frozen=True)
class Saved:
    """What was read since a day, and what rules filled in."""

    documents: int
    fields: int

    @property
    def minutes(self) -> int:
        """The time that typing those fields would have taken."""
        return self.fields * SECONDS_A_FIELD // 60


@dataclass(frozen=True)
class Queue:
    """What is on its way in and out, and since when the oldest waits."""

    reading: int
    reading_since: datetime | None
    sending: int


def month_of(day: date, back: int = 0) -> date:
    """Give the first day of a day's month, or of one so many months before."""
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def spent_by(session: Session, connection: Connection, column: Any, span: tuple[date, date]) -> list[Bar]:  # noqa: ANN401
    """Give what costs of these days come to by category or supplier, the largest first."""
    amount = func.sum(func.coalesce(Item.net, Item.total, 0) * SIGN)
    asked = select(column, Item.exchange_rate, Item.currency, amount)
    asked = asked.where(_dated(connection, *span), Item.kind == Kind.COST)
    sums: dict[Any, int] = {}
    for key, rate, currency, total in session.execute(asked.group_by(column, Item.exchange_rate, Item.currency)):
        sums[key] = sums.get(key, 0) + _own(total, currency, rate, connection)
    ranked = sorted(((key, total) for key, total in sums.items() if total > 0), key=lambda pair: -pair[1])[:TOP]
    names = _names(session, [key for key, _ in ranked if isinstance(key, int)])
    most = ranked[0][1] if ranked else 1
    return [
        Bar(
            names.get(key, "No category") if not isinstance(key, str) else key,
            total,
            round(100 * total / most, 1),
            key if isinstance(key, int) else None,
        )
        for key, total in ranked
    ]


def _dated(connection: Connection, first: date, following: date) -> ColumnElement[bool]:
    return and_(
        Item.connection_id == connection.id,
        Item.deleted_at.is_(None),
        Item.issued_on >= first,
        Item.issued_on < following,
    )


def _own(total: int, currency: str, rate: Decimal | None, connection: Connection) -> int:
    """Give an amount in the connection's own currency; nothing where its rate is not known."""
    if currency == connection.currency:
        return int(total)
    return int(Decimal(total) / rate) if rate else 0


def _names(session: Session, ids: Sequence[int]) -> dict[Any, str]:
    return {row.id: row.name for row in session.execute(select(Entry.id, Entry.name).where(Entry.id.in_(ids)))}


def vat_by_rate(session: Session, connection: Connection, months: Iterable[date]) -> list[Vat]:
    """Give the VAT of these months by rate (none where it is not clear), on costs (to reclaim) and sales (to pay)."""
    found = []
    for month in months:
        sums: dict[str, dict[Kind, int]] = {}
        for rate, kind, tax in _vat_in(session, connection, month):
            line = sums.setdefault(rate, {})
            line[kind] = line.get(kind, 0) + tax
        told = [Vat(month, rate, each.get(Kind.COST, 0), each.get(Kind.SALE, 0)) for rate, each in sorted(sums.items())]
        found += [each for each in told if each.on_costs or each.on_sales]
    return found


def _vat_in(session: Session, connection: Connection, month: date) -> Iterator[tuple[str, Kind, int]]:
    """Give rates with what is due at each: of items with one rate summed by the database, of others one by one."""
    wanted = _dated(connection, month, month_of(month, -1)), Item.tax != 0
    keys = Item.vat_rate, Item.kind, Item.currency, Item.exchange_rate
    single = select(*keys, func.sum(Item.tax * SIGN)).where(*wanted, Item.vat_rate.is_not(None)).group_by(*keys)
    for rate, kind, currency, exchange, tax in session.execute(single):
        yield rate or "", kind, _own(tax or 0, currency, exchange, connection)
    mixed = select(Item, SIGN).where(*wanted, Item.vat_rate.is_(None)).options(selectinload(Item.lines))
    for item, sign in session.execute(mixed):
        for rate, tax in _rates(item):
            yield rate, item.kind, _own(tax * sign, item.currency, item.exchange_rate, connection)


def _rates(item: Item) -> list[tuple[str, int]]:
    """Give the rates of an item with their VAT, as its lines or its summary tell them; else all of it at no rate."""
    told = rates_of(item) if item.lines or item.tax_lines else []
    return [(each.percent, each.tax or 0) for each in told] or [("", item.tax or 0)]


def failures(session: Session, connection_id: int) -> list[Item]:
    """Give the newest items that failed."""
    wanted = select(Item).where(
        Item.connection_id == connection_id,
        Item.state == ItemState.FAILED,
        Item.archived_at.is_(None),
        Item.deleted_at.is_(None),
    )
    return list(session.scalars(wanted.order_by(Item.id.desc()).limit(SHOWN_FAILURES)))


def saved_since(session: Session, connection_id: int, since: datetime) -> Saved:
    """Count the documents read since then, and the fields that rules and parties' defaults filled in on them."""
    read = select(func.count()).where(
        Submission.connection_id == connection_id,
        Submission.state == SubmissionState.READ,
        Submission.ended_at >= since,
    )
    filled = (
        select(func.count())
        .select_from(ItemValue)
        .join(Item, Item.id == ItemValue.item_id)
        .where(
            Item.connection_id == connection_id,
            Item.created_at >= since,
            ItemValue.layer.in_([Layer.RULE, Layer.PARTY]),
        )
    )
    return Saved(session.scalar(read) or 0, session.scalar(filled) or 0)


def queue_of(session: Session, connection_id: int) -> Queue:
    """Tell what waits to be read and to be sent."""
    waiting = select(func.count(), func.min(Submission.received_at)).where(
        Submission.connection_id == connection_id,
        Submission.state.in_([SubmissionState.RECEIVED, SubmissionState.PROCESSING]),
    )
    number, since = session.execute(waiting).one()
    moving = [ItemState.QUEUED, ItemState.SENDING, ItemState.UNCONFIRMED]
    sending = select(func.count()).where(Item.connection_id == connection_id, Item.state.in_(moving))
    return Queue(number, since, session.scalar(sending) or 0)
