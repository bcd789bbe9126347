"""Items of the past as rules would have seen them, many at once: what a trial run looks at. Reads alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from capture.coding.facts import around_of
from capture.layers import winners
from capture.models import EDITABLE, Item, ItemValue, Layer
from capture.review import UNSAID
from core.money import to_pence
from rules.conditions import Facts

MOST = 10_000
OURS = (Layer.RULE, Layer.PARTY, Layer.LEARNED, Layer.CONNECTION)  # what rules do not look at
LOOKED_AT = ("kind", "document_type", "currency", "owner", "payment_method", "vat_treatment")
SEEN = (
    *("kind", "document_type", "supplier_id", "supplier_name", "customer_id", "customer_name", "channel_id"),
    *("owner_id", "payment_method_id", "total", "tax", "currency", "issued_on", "reference"),
)


@dataclass(frozen=True)
class Window:
    """Over which items a trial runs: the last ones, or those of certain dates; of the inbox alone where it says so."""

    last: int = 100
    first_day: date | None = None
    last_day: date | None = None
    inbox_only: bool = False


@dataclass(frozen=True)
class Value:
    """What one layer says of a field of an item; ``entry_id`` where it names an entry."""

    item_id: int
    field: str
    layer: Layer
    text: str | None
    entry_id: int | None = None
    rule_id: int | None = None


def select_past(connection_id: int, window: Window, *, with_text: bool) -> Select[*tuple[Any, ...]]:
    """Ask for the items of a window, the newest first."""
    names = (*SEEN, *(["text"] if with_text else []), "id", "paid", "vat_rate", "tax_lines")
    columns = [getattr(Item, name) for name in names]
    wanted = select(*columns).where(Item.connection_id == connection_id, Item.deleted_at.is_(None))
    if window.inbox_only:
        wanted = wanted.where(Item.state.in_(EDITABLE), Item.archived_at.is_(None))
    if window.first_day is not None:
        wanted = wanted.where(Item.issued_on >= window.first_day)
    if window.last_day is not None:
        wanted = wanted.where(Item.issued_on <= window.last_day)
    dated = window.first_day is not None or window.last_day is not None
    return wanted.order_by(Item.id.desc()).limit(MOST if dated else min(window.last, MOST))


def past_facts(
    session: Session, connection_id: int, rows: Sequence[Row[Any]], *, with_fields: bool
) -> dict[int, Facts]:
    """Give each item's facts as they would be without any rule."""
    around = around_of(session, connection_id)
    ids = [row.id for row in rows]
    ruled = past_values(session, ids, set(LOOKED_AT), only=OURS)
    plain = past_values(session, list(ruled), {*LOOKED_AT, "tax"}, but=OURS)
    read = past_values(session, ids, None, only=(Layer.READING,)) if with_fields else {}
    found = {}
    for row in rows:
        known = {name: getattr(row, name) for name in (*SEEN, "text") if hasattr(row, name)}
        if row.id in ruled:
            known |= _without_rules(ruled[row.id], plain.get(row.id, []))
        found[row.id] = Facts(
            **known,
            channel_name=around.channels.get(row.channel_id or 0),
            owner_name=around.owners.get(row.owner_id or 0),
            fields={each.field: each.text for each in read.get(row.id, []) if each.text},
        )
    return found


def _without_rules(ruled: Iterable[Value], plain: Iterable[Value]) -> dict[str, Any]:
    best = winners(plain)
    known: dict[str, Any] = {}
    for name in {each.field for each in ruled}:
        value = best.get(name)
        if name == "vat_treatment":
            tax = best.get("tax")
            known["tax"] = _pence(tax.text) if tax is not None else None
        elif name == "payment_method":
            known["payment_method_id"] = value.entry_id if value else None
        elif name == "owner":
            known["owner_id"] = int(value.text) if value and value.text else None
        else:
            known[name] = value.text if value else UNSAID[name]
    return known


def _pence(text: str | None) -> int | None:
    return None if text is None else to_pence(Decimal(text))


def past_values(
    session: Session,
    item_ids: Sequence[int],
    names: set[str] | None,
    *,
    only: Sequence[Layer] = (),
    but: Sequence[Layer] = (),
) -> dict[int, list[Value]]:
    """Give what layers say of these fields (None: of all) of these items, by item."""
    wanted = select(
        ItemValue.item_id, ItemValue.field, ItemValue.layer, ItemValue.value, ItemValue.entry_id, ItemValue.rule_id
    ).where(ItemValue.item_id.in_(item_ids))
    if names is not None:
        wanted = wanted.where(ItemValue.field.in_(names))
    if only:
        wanted = wanted.where(ItemValue.layer.in_(only))
    if but:
        wanted = wanted.where(ItemValue.layer.not_in(but))
    found: dict[int, list[Value]] = {}
    for row in session.execute(wanted):
        found.setdefault(row.item_id, []).append(Value(*row))
    return found
