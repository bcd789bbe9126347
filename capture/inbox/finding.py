"""Finding what is asked of a list: one page by keyset, all that match, and counts; every read is of one connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from capture.inbox.asking import LONGEST, TABS, Ask
from capture.inbox.searching import matches
from capture.models import Item, ItemState
from core.db import LARGEST_ID
from kashflow.ledger import Kind

PAGE = 50


@dataclass(frozen=True)
class Page:
    """One page of items; ``after`` is where it ends when more follow."""

    items: Sequence[Item]
    after: str | None


def find_page(session: Session, connection_id: int, ask: Ask, *, limit: int = PAGE) -> Page:
    """Give one page of what is asked."""
    keys = _ordered(session, connection_id, ask, limit + 1)
    ids = [key.id for key in keys[:limit]]
    wanted = select(Item).where(Item.id.in_(ids))
    loaded = wanted.options(
        joinedload(Item.submission), joinedload(Item.category), joinedload(Item.channel), selectinload(Item.pages)
    )
    found = {item.id: item for item in session.scalars(loaded)}
    last = keys[limit - 1] if len(keys) > limit else None
    return Page([found[each] for each in ids], _token(last.value, last.id) if last is not None else None)


def find_ids(session: Session, connection_id: int, ask: Ask, *, most: int) -> list[int]:
    """Give the ids of all that is asked, the newest first, as far as ``most``."""
    wanted = _where(session, connection_id, ask).where(Item.state.in_(ask.states), or_(*_places(ask)))
    return list(session.scalars(wanted.with_only_columns(Item.id).order_by(Item.id.desc()).limit(most)))


def own_ids(session: Session, connection_id: int, ids: Iterable[int]) -> list[int]:
    """Give those of these ids that are this connection's, the newest first."""
    wanted = select(Item.id).where(Item.connection_id == connection_id, Item.id.in_(set(ids)))
    return list(session.scalars(wanted.order_by(Item.id.desc())))


def neighbours_of(session: Session, item: Item, ask: Ask) -> dict[str, int | None]:
    """Give the ids of the items before and after this one in a list, whether it is still in it or not."""
    column = _column(ask)
    value = None if column is Item.id else getattr(item, column.key)
    here = replace(ask, tab=ask.tab or _tab_of(item), after=_token(value, item.id))
    back = replace(here, rising=not ask.rising)
    following, before = (_ordered(session, item.connection_id, each, 1) for each in (here, back))
    if column is not Item.id and (value is not None or not before):  # those without a value come last either way
        known = before if value is not None else _ordered(session, item.connection_id, replace(back, after=""), 1)
        before = [row for row in known if row.value is not None]
    sides = {"previous": before, "next": following}
    return {side: rows[0].id if rows and rows[0].id != item.id else None for side, rows in sides.items()}


def _tab_of(item: Item) -> str:
    if item.deleted_at is not None or item.archived_at is not None:
        return "archive" if item.deleted_at is None else "deleted"
    return next(name for name, (_, states) in TABS.items() if item.state in states)


def count_tabs(session: Session, connection_id: int, kind: Kind) -> dict[str, int]:
    """Count the items of each tab that counts: those neither archived nor deleted."""
    counted = (
        select(Item.state, func.count())
        .where(Item.connection_id == connection_id, Item.kind == kind)
        .where(Item.archived_at.is_(None), Item.deleted_at.is_(None))
        .group_by(Item.state)
    )
    states: dict[ItemState, int] = {state: number for state, number in session.execute(counted)}  # noqa: C416
    tabs = ("review", "ready", "sending", "failed", "published")
    return {tab: sum(states.get(state, 0) for state in TABS[tab][1]) for tab in tabs}


def has_items(session: Session, connection_id: int, kind: Kind) -> bool:
    """Tell whether there ever was an item, wherever it is by now."""
    wanted = select(Item.id).where(Item.connection_id == connection_id, Item.kind == kind)
    return session.scalar(wanted.limit(1)) is not None


def _ordered(session: Session, connection_id: int, ask: Ask, limit: int) -> list[Row[Any]]:
    """Give ids with what they are ordered by. Each state is asked by itself, along its own index, and merged here."""
    base = _where(session, connection_id, ask)
    column = _column(ask)
    if ask.tab == "deleted" or matches(ask.text, _dialect(session)) is not None:
        parts = [base.where(Item.state.in_(ask.states), or_(*_places(ask)))]
    else:
        parts = [base.where(Item.state == state, place) for state in ask.states for place in _places(ask)]
    at = _place(ask)
    found: list[Row[Any]] = []
    if column is not Item.id and (at is None or at[0] is not None):  # those without a value come last
        found = _merge(session, [_values(part, column, ask, at, limit) for part in parts], ask, limit)
    if column is Item.id or len(found) < limit:
        rest = [_blanks(part, column, ask, at, limit) for part in parts]
        found += _merge(session, rest, ask, limit - len(found))
    return found


def _values(part: Select[Any], column: Any, ask: Ask, at: tuple[Any, int] | None, limit: int) -> Select[Any]:  # noqa: ANN401
    wanted = part.with_only_columns(Item.id, column.label("value")).where(column.is_not(None))
    if at is not None:
        here, there = tuple_(column, Item.id), tuple_(*at)
        wanted = wanted.where(here > there if ask.rising else here < there)
    order = (column, Item.id) if ask.rising else (column.desc(), Item.id.desc())
    return wanted.order_by(*order).limit(limit)


def _blanks(part: Select[Any], column: Any, ask: Ask, at: tuple[Any, int] | None, limit: int) -> Select[Any]:  # noqa: ANN401
    """Ask for those without a value, in the order they came; ordered by nothing else, for all."""
    wanted = part.with_only_columns(Item.id, column.label("value"))
    if column is not Item.id:
        wanted = wanted.where(column.is_(None))
    if at is not None and (column is Item.id or at[0] is None):
        wanted = wanted.where(Item.id > at[1] if ask.rising else Item.id < at[1])
    return wanted.order_by(Item.id if ask.rising else Item.id.desc()).limit(limit)


def _merge(session: Session, parts: Sequence[Select[Any]], ask: Ask, limit: int) -> list[Row[Any]]:
    rows = [row for part in parts for row in session.execute(part)]
    if len(parts) > 1:
        rows.sort(key=lambda row: (row.value, row.id) if row.value is not None else row.id, reverse=not ask.rising)
    return rows[:limit]


def _column(ask: Ask) -> Any:  # noqa: ANN401 - columns of several types
    name = Item.supplier_name if ask.kind is Kind.COST else Item.customer_name
    return {"received": Item.id, "date": Item.issued_on, "name": name, "total": Item.total}[ask.sort]


def _token(value: object, item_id: int) -> str:
    """Write where a page ends; a long name is cut, and goes on at the first that begins so."""
    told = value.isoformat() if isinstance(value, date) else value
    return json.dumps([told[:LONGEST] if isinstance(told, str) else told, item_id])


def _place(ask: Ask) -> tuple[Any, int] | None:
    try:
        value, item_id = json.loads(ask.after)
        fits = {"received": int, "date": str, "name": str, "total": int}[ask.sort]
        if not isinstance(item_id, int) or not (value is None or isinstance(value, fits)):
            return None
        if any(isinstance(each, int) and abs(each) > LARGEST_ID for each in (value, item_id)):
            return None
        return (date.fromisoformat(str(value)) if ask.sort == "date" and value else value), item_id
    except (ValueError, TypeError):
        return None


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _where(session: Session, connection_id: int, ask: Ask) -> Select[Any]:
    wanted = select(Item).where(Item.connection_id == connection_id, Item.kind == ask.kind)
    return wanted.where(*_filters(session, ask))


def _places(ask: Ask) -> list[ColumnElement[bool]]:
    """Give where the items of a tab are, one by one: each place has indexes of its own."""
    in_inbox = and_(Item.archived_at.is_(None), Item.deleted_at.is_(None))
    in_archive = and_(Item.archived_at.is_not(None), Item.deleted_at.is_(None))
    if ask.tab == "deleted":
        return [and_(Item.deleted_at.is_not(None), Item.replaced_by_id.is_(None))]
    return {"archive": [in_archive], "all": [in_inbox, in_archive]}.get(ask.tab, [in_inbox])


def _filters(session: Session, ask: Ask) -> list[ColumnElement[bool]]:
    name = Item.supplier_name if ask.kind is Kind.COST else Item.customer_name
    pairs: tuple[tuple[object, Callable[[Any], ColumnElement[bool]]], ...] = (
        (ask.party or None, lambda given: name == given),
        (ask.category, lambda given: Item.category_id == given),
        (ask.owner, lambda given: Item.owner_id == given),
        (ask.channel, lambda given: Item.channel_id == given),
        (ask.since, lambda given: Item.issued_on >= given),
        (ask.until, lambda given: Item.issued_on <= given),
        (ask.least, lambda given: Item.total >= given),
        (ask.most, lambda given: Item.total <= given),
        (ask.problem or None, lambda _: Item.problem_code.is_not(None)),
    )
    chosen = [condition(given) for given, condition in pairs if given is not None]
    words = matches(ask.text, _dialect(session))
    return chosen if words is None else [*chosen, words]
