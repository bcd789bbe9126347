"""Asking for an item to be published, by who may prepare but not publish (PUB-17)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Membership, User
from capture.history.events import Who, record
from capture.models import EDITABLE, Item
from capture.service import get_item
from kashflow.models import Connection
from publishing.service import AlreadyQueued, check_fit

MOST_SHOWN = 6


def ask_to_publish(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Ask administrators to publish an item; nothing may speak against it any more.

    Raises:
        NotFound: this connection has no such item.
        AlreadyQueued: it is on its way or published (PUB-10).
        FieldMissing: something is missing, does not fit or does not add up.
    """
    item = get_item(session, connection_id, item_id)
    if item.state not in EDITABLE:
        raise AlreadyQueued("This item is on its way to KashFlow or there already. There is nothing to ask for.")
    check_fit(session, item, session.get_one(Connection, connection_id))
    item.asked_by_id = who.user_id
    record(session, item, who, "asked for it to be published")
    return item


def list_asked(session: Session, connection_id: int) -> list[tuple[Item, str]]:
    """Give the items that somebody asks to be published, the newest first, with who asks."""
    wanted = (
        select(Item, Membership.name, User.email)
        .join(User, User.id == Item.asked_by_id)
        .join(Connection, Connection.id == Item.connection_id)
        .join(Membership, (Membership.user_id == User.id) & (Membership.organisation_id == Connection.organisation_id))
        .where(Item.connection_id == connection_id, Item.state.in_(EDITABLE))
        .where(Item.archived_at.is_(None), Item.deleted_at.is_(None))
    )
    found = session.execute(wanted.order_by(Item.id.desc()).limit(MOST_SHOWN))
    return [(item, name or email) for item, name, email in found]
