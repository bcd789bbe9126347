"""What new and gone entries mean for open items: who they are from becomes known, or what they use is gone."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Text, and_, case, cast, exists, or_, select
from sqlalchemy.orm import Session

from capture.coding.applying import recode
from capture.coding.making import read_party
from capture.history.events import WORKER, Change, record
from capture.models import Item, ItemLine, ItemState, Layer
from capture.review import settle
from core.db import snapshot, transaction
from kashflow.ledger import Kind
from lists.matching import match_party
from lists.models import Entry
from lists.service import parties_like

MOST = 2000  # items looked at after one refresh
OPEN = (ItemState.TO_REVIEW, ItemState.READY)


def settle_after_refresh(connection_id: int) -> None:
    """Link open items to suppliers and customers that are known by now, and hold those that use what is gone (LST-2).

    Each item in a transaction of its own: safe to run at any time and again.
    """
    with snapshot() as session:
        waiting = _waiting(session, connection_id)
        stranded = _stranded(session, connection_id)
    _link(waiting)
    for item_id in stranded:
        with transaction() as session:
            item = session.get_one(Item, item_id, with_for_update=True)
            if item.state in OPEN:
                settle(session, item)


def link_namesakes(party_id: int) -> None:
    """Link the open items on which a supplier or customer is read that was made from another item just now."""
    with snapshot() as session:
        party = session.get_one(Entry, party_id)
        waiting = _waiting(session, party.connection_id, party.name)
    _link(waiting)


def _link(item_ids: list[int]) -> None:
    for item_id in item_ids:
        with transaction() as session:
            link_item(session, session.get_one(Item, item_id, with_for_update=True))


def recode_open(connection_id: int) -> None:
    """Let rules and a connection's defaults settle on its open items again, each in a transaction of its own."""
    with snapshot() as session:
        waiting = list(session.scalars(select(Item.id).where(*_open(connection_id)).order_by(Item.id).limit(MOST)))
    for item_id in waiting:
        with transaction() as session:
            item = session.get_one(Item, item_id, with_for_update=True)
            if item.state in OPEN:
                recode(session, item)


def link_item(session: Session, item: Item) -> bool:
    """Say which known supplier or customer an item's document means, and code it again; tell whether one was found."""
    read = {value.field: value for value in item.values if value.layer is Layer.READING and value.value}
    value = read.get("supplier" if item.kind is Kind.COST else "customer")
    if item.state not in OPEN or value is None or value.value is None or value.value != item.party_name:
        return False  # it is on its way, or a person says who it is from
    party = read_party(item.kind, value.value, {name: each.value for name, each in read.items() if each.value})
    known = parties_like(session, item.connection_id, item.kind, party)
    match = match_party(party, known)
    if match is None:
        return False
    value.entry_id, value.reason = match.id, match.reason
    session.flush()
    name = next(each.name for each in known if each.id == match.id)
    record(session, item, WORKER, "linked", change=Change(value.field, None, name))
    recode(session, item)
    return True


def _waiting(session: Session, connection_id: int, name: str | None = None) -> list[int]:
    """Give the open items whose supplier or customer was read, as ``name`` if given, but is none that was known."""
    costs, sales = (
        column.is_not(None) if name is None else column == name for column in (Item.supplier_name, Item.customer_name)
    )
    unlinked = or_(
        and_(Item.kind == Kind.COST, Item.supplier_id.is_(None), costs),
        and_(Item.kind == Kind.SALE, Item.customer_id.is_(None), sales),
    )
    wanted = select(Item.id).where(*_open(connection_id), unlinked)
    return list(session.scalars(wanted.order_by(Item.id.desc()).limit(MOST)))


def _stranded(session: Session, connection_id: int) -> list[int]:
    """Give the open items that use an inactive entry and do not say so yet, and those that need not say so any more."""
    party = case((Item.kind == Kind.COST, Item.supplier_id), else_=Item.customer_id)
    rest = (Item.category_id, Item.payment_method_id, Item.bank_account_id, Item.project_id, Item.product_id)
    of_line = exists().where(
        ItemLine.item_id == Item.id, Entry.id.in_((ItemLine.category_id, ItemLine.project_id, ItemLine.product_id))
    )
    used = exists().where(Entry.active.is_(False), or_(Entry.id.in_((party, Item.source_id, *rest)), of_line))
    says_so = cast(Item.remarks, Text).contains('"PUB-3"')
    return list(session.scalars(select(Item.id).where(*_open(connection_id), used != says_so).limit(MOST)))


def _open(connection_id: int) -> tuple[ColumnElement[bool], ...]:
    return Item.connection_id == connection_id, Item.state.in_(OPEN), Item.deleted_at.is_(None)
