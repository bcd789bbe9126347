"""What a channel's items are to become in one connection."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.models import Item
from capture.ways.models import ChannelChoice


def choice_of(session: Session, item: Item) -> ChannelChoice | None:
    """Give what was chosen for the channel an item came by; None where nothing was."""
    wanted = select(ChannelChoice).where(
        ChannelChoice.channel_id == item.channel_id, ChannelChoice.connection_id == item.connection_id
    )
    return session.scalar(wanted) if item.channel_id is not None else None
