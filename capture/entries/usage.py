"""Which list entries open items and channels use, and putting others in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.history.events import Change, Who, record
from capture.models import EDITABLE, Item, ItemLine, ItemState, ItemValue
from capture.review import settle, snapshot_of
from capture.ways.models import ChannelChoice
from lists.models import Entry

LINE_COLUMNS = ("category_id", "project_id", "product_id")
CHANNEL_COLUMNS = ("payment_method_id", "bank_account_id", "source_id")


def count_uses(session: Session, connection_id: int, wanted: Iterable[int]) -> Counter[int]:
    """Count for each of these entries the open items that use it."""
    ids = set(wanted)
    used: set[tuple[int, int]] = set()
    for column in (ItemValue.entry_id, *(getattr(ItemLine, name) for name in LINE_COLUMNS)):
        pairs = select(Item.id, column).join(Item, Item.id == column.class_.item_id)
        pairs = pairs.where(Item.connection_id == connection_id, Item.state.in_(EDITABLE), Item.deleted_at.is_(None))
        used |= set(session.execute(pairs.where(column.in_(ids))))
    return Counter(entry_id for _, entry_id in used)


def replace_in_items(session: Session, connection_id: int, mapping: Mapping[int, Entry], who: Who) -> int:
    """Put other entries in the place of those that are gone, in open items and channels; count the items."""
    wanted = select(Item).where(Item.connection_id == connection_id, Item.state.in_(EDITABLE))
    value = select(ItemValue.item_id).where(ItemValue.entry_id.in_(mapping))
    lines = [select(ItemLine.item_id).where(getattr(ItemLine, name).in_(mapping)) for name in LINE_COLUMNS]
    items = list(session.scalars(wanted.where(Item.id.in_(value.union(*lines))).with_for_update(of=Item)))
    for item in items:
        _replace_in_item(session, item, mapping, who)
    for choice in session.scalars(select(ChannelChoice).where(ChannelChoice.connection_id == connection_id)):
        replace_columns(choice, CHANNEL_COLUMNS, mapping)
    session.flush()
    return len(items)


def _replace_in_item(session: Session, item: Item, mapping: Mapping[int, Entry], who: Who) -> None:
    before = snapshot_of(item)
    for value in item.values:
        new = mapping.get(value.entry_id or 0)
        if new is not None:
            value.entry_id, value.value = new.id, new.name
    for line in item.lines:
        replace_columns(line, LINE_COLUMNS, mapping)
    session.flush()
    failed = item.state is ItemState.FAILED
    told = item.problem_code, item.problem
    settle(session, item)
    if failed:  # why it failed stays until it is published again
        item.state, (item.problem_code, item.problem) = ItemState.FAILED, told
    after = snapshot_of(item)
    for name in after:
        if before[name] != after[name]:
            record(session, item, who, "changed", change=Change(name, before[name], after[name]))


def replace_columns(row: object, columns: Iterable[str], mapping: Mapping[int, Entry]) -> None:
    """Put other entries in the place of those that are gone, in these columns of a row."""
    for name in columns:
        if getattr(row, name) in mapping:
            setattr(row, name, mapping[getattr(row, name)].id)
