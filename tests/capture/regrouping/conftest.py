"""Items that were really read, of drawn papers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.intake.service import Batch, File, get_channel, receive
from capture.models import Item
from capture.reader import read_one, reader
from capture.ways.models import ChannelKind
from core.config import current, set_current
from kashflow.service import get_connection

Send = Callable[..., list[Item]]


@pytest.fixture
def batch(session: Session, membership: Membership) -> Iterator[Batch]:
    connection = get_connection(session, membership.organisation_id)
    channel = get_channel(session, membership.organisation_id, ChannelKind.WEB)
    session.commit()
    settings = current()
    yield Batch(membership.organisation_id, connection.id, channel.id)
    set_current(settings)


@pytest.fixture(scope="module", autouse=True)
def end_reader() -> Iterator[None]:
    """One reading process for the tests of a module."""
    yield
    reader().close()


@pytest.fixture
def send(session: Session, batch: Batch) -> Send:
    """Take files in and read them; give the items they became."""

    def send(*files: bytes, batch: Batch = batch) -> list[Item]:
        received = receive([File(f"paper-{number}", data) for number, data in enumerate(files, start=1)], batch)
        ids = [item_id for each in received for item_id in read_one(each.id)]
        session.expire_all()
        return [session.get_one(Item, item_id) for item_id in ids]

    return send
