"""Marks beside an item's state: archived and deleted, both with their time and both to be taken back."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from auth.models import Organisation
from capture.history.events import Who, record
from capture.models import EDITABLE, Item, ItemState
from capture.service import check_in_use, get_item
from core.db import now
from core.errors import Conflict
from kashflow.models import Connection

SETTLED = frozenset({*EDITABLE, ItemState.PUBLISHED})


class OnItsWay(Conflict):
    """The item is on its way to KashFlow and stays where it is until that is settled."""

    code = "PUB-10"


def archive(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Put an item out of the way; once archived it stays so.

    Raises:
        NotFound: this connection has no such item.
        OnItsWay: it is being published.
    """
    item = _settled(session, connection_id, item_id)
    if item.archived_at is None:
        item.archived_at = item.changed_at = now()
        record(session, item, who, "archived")
        session.flush()
    return item


def archive_after(session: Session, items: Iterable[Item], what: str, who: Who) -> None:
    """Put items away after this (auth.forms.ARCHIVING), where the organisation wants that and they are settled."""
    for item in items:
        organisation_id = session.get_one(Connection, item.connection_id).organisation_id
        if what not in session.get_one(Organisation, organisation_id).archives_after:
            return
        if item.archived_at is None and item.deleted_at is None and item.state in SETTLED:
            item.archived_at = now()
            record(session, item, who, "archived", detail={"reason": f"{what} by the settings"})


def delete(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Delete an item; its document and its history stay, and it can be restored.

    Raises:
        NotFound: this connection has no such item.
        OnItsWay: it is being published.
    """
    item = _settled(session, connection_id, item_id)
    if item.deleted_at is None:
        item.deleted_at = item.changed_at = now()
        record(session, item, who, "deleted")
        session.flush()
    return item


def restore(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Bring an item back from the archive or from among the deleted.

    Raises:
        NotFound: this connection has no such item.
    """
    item = get_item(session, connection_id, item_id)
    check_in_use(item)
    if item.archived_at is not None or item.deleted_at is not None:
        item.archived_at = item.deleted_at = None
        item.changed_at = now()
        record(session, item, who, "restored")
        session.flush()
    return item


def _settled(session: Session, connection_id: int, item_id: int) -> Item:
    item = get_item(session, connection_id, item_id)
    check_in_use(item)
    if item.state not in SETTLED:
        raise OnItsWay("This item is on its way to KashFlow. Wait until it is published or has failed.")
    return item
