"""The second look for duplicates: the same facts after reading, or a picture that looks the same.

The first look, for the same bytes, is intake's. Nothing is removed by itself, nothing suspected is published by itself:
a person says that both are kept, and why, or that it is the same.
"""

from __future__ import annotations

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from capture.history.events import Change, Who, record
from capture.likeness import are_alike
from capture.models import Item, ItemPage
from capture.service import get_item
from capture.submissions.models import Document
from core.errors import Incomplete

MOST_PICTURES = 2000  # the latest ones, which a new one is compared with


def find_double(session: Session, item: Item) -> int | None:
    """Give an item that may be the same purchase or sale, unless a person said that it is another.

    The same party and total with the same date or reference; or the same look, where no total speaks against it.
    """
    return _same_facts(session, item) or _same_look(session, item)


def keep_both(session: Session, connection_id: int, item_id: int, reason: str, who: Who) -> Item:
    """Note that an item and the one it looks like are two, and why.

    Raises:
        Incomplete: there is no reason, or nothing that it looks like.
    """
    item = get_item(session, connection_id, item_id)
    double = find_double(session, item)
    if double is None:
        raise Incomplete("This item looks like no other.")
    if not reason.strip():
        raise Incomplete("Say in a few words why both are kept; it stands in the history.", field="reason")
    other = session.get_one(Item, double)
    for one, another in ((item, other), (other, item)):
        one.distinct_from = sorted({*one.distinct_from, another.id})
    change, detail = Change(after=f"item {other.id}"), {"problem": reason.strip()}
    record(session, item, who, "kept beside", change=change, detail=detail)
    session.flush()
    return item


def _others(item: Item) -> Select[int]:
    return (
        select(Item.id)
        .where(
            Item.connection_id == item.connection_id,
            Item.kind == item.kind,
            Item.id != item.id,
            Item.id.not_in(item.distinct_from),
            Item.deleted_at.is_(None),
        )
        .order_by(Item.id)
    )


def _same_facts(session: Session, item: Item) -> int | None:
    if item.total is None or not item.party_name:
        return None
    party = Item.supplier_name if item.kind == "cost" else Item.customer_name
    dated = Item.issued_on == item.issued_on if item.issued_on is not None else Item.id.is_(None)
    numbered = Item.reference == item.reference if item.reference else Item.id.is_(None)
    same = (Item.total == item.total, func.lower(party) == item.party_name.lower(), or_(dated, numbered))
    return session.scalar(_others(item).where(*same).limit(1))


def _same_look(session: Session, item: Item) -> int | None:
    own = {page.document.likeness: page.document_id for page in item.pages if page.page == 1 and not page.region}
    likeness = next((each for each in own if each), None)
    if likeness is None:
        return None
    totals = Item.total.is_(None) if item.total is None else or_(Item.total.is_(None), Item.total == item.total)
    pictures = (
        _others(item)
        .add_columns(Document.likeness)
        .join(ItemPage, ItemPage.item_id == Item.id)
        .join(Document, Document.id == ItemPage.document_id)
        .where(ItemPage.page == 1, Document.id.not_in(own.values()), Document.likeness.is_not(None), totals)
        .order_by(None)
        .order_by(Item.id.desc())
        .limit(MOST_PICTURES)
    )
    rows = session.execute(pictures).all()
    return next((row[0] for row in rows if are_alike(likeness, row[1])), None)
