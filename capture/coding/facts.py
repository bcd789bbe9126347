"""What rules may look at of an item, and the names of what is around it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Membership, User
from capture.models import Item, Layer
from capture.ways.models import Channel
from kashflow.models import Connection
from rules.conditions import Facts
from rules.lookup import Around, Lookup


def around_of(session: Session, connection_id: int) -> Around:
    """Give the channels and people of a connection's organisation, id to name."""
    organisation_id = session.get_one(Connection, connection_id).organisation_id
    channels = select(Channel.id, Channel.name).where(Channel.organisation_id == organisation_id)
    people = (
        select(User.id, Membership.name, User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id == organisation_id)
    )
    return Around(
        channels={row.id: row.name for row in session.execute(channels)},
        owners={row.id: row.name or row.email for row in session.execute(people)},
    )


def lookup_of(session: Session, connection_id: int) -> Lookup:
    """Give what finds the names of a connection's rules."""
    return Lookup(session, connection_id, around_of(session, connection_id))


def facts_of(item: Item, around: Around) -> Facts:
    """Give what rules may look at of an item from which the rules' own values were taken."""
    read = {value.field: value.value for value in item.values if value.layer is Layer.READING and value.value}
    return Facts(
        kind=item.kind.value,
        document_type=item.document_type.value,
        supplier_id=item.supplier_id,
        supplier_name=item.supplier_name,
        customer_id=item.customer_id,
        customer_name=item.customer_name,
        channel_id=item.channel_id,
        channel_name=around.channels.get(item.channel_id or 0),
        owner_id=item.owner_id,
        owner_name=around.owners.get(item.owner_id or 0),
        payment_method_id=item.payment_method_id,
        payment_method_name=item.payment_method.name if item.payment_method else None,
        total=item.total,
        tax=item.tax,
        currency=item.currency,
        issued_on=item.issued_on,
        reference=item.reference,
        text=item.text,
        fields=read,
    )
