"""What is chosen for a channel in one connection: whether its items are sent at all (S11)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.keys import make_api_token
from auth.models import Membership
from capture.bulk.jobs import run_bulk
from capture.bulk.models import Action, BulkItem
from capture.bulk.service import Order, start_bulk
from capture.intake.service import get_channel
from capture.models import Item, ItemState
from capture.review import settle
from capture.ways.models import ChannelChoice, ChannelKind
from kashflow.ledger import Kind
from publishing.service import FieldMissing, queue_item
from tests.pages import PageClient
from tests.publishing.conftest import PERSON, Desk, desk  # noqa: F401 - a fixture

WHY = "What comes by “Web” is not sent to KashFlow."


@pytest.fixture
def kept(desk: Desk) -> Item:  # noqa: F811
    """An item with nothing missing that came by a channel whose items are not sent."""
    item = desk.item()
    assert item.state is ItemState.READY
    item.channel = get_channel(desk.session, desk.connection.organisation_id, ChannelKind.WEB)
    desk.session.add(ChannelChoice(channel_id=item.channel.id, connection_id=desk.connection.id, sends=False))
    desk.session.flush()
    settle(desk.session, item)
    desk.session.commit()
    return item


def test_s11_an_item_of_a_channel_that_sends_nothing_says_so_on_its_page(kept: Item, signed_in: PageClient) -> None:
    shown = signed_in.get(f"/items/{kept.id}").get_data(as_text=True)

    assert kept.state is ItemState.TO_REVIEW
    assert 'data-problem="PUB-17"' in shown
    assert WHY in shown


def test_s11_publishing_it_is_refused_on_the_page_and_by_the_interface(
    kept: Item, session: Session, membership: Membership, signed_in: PageClient
) -> None:
    headers = {"Authorization": f"Bearer {make_api_token(session, membership, name='test')}"}
    session.commit()

    by_interface = signed_in.post(f"/api/v1/items/{kept.id}/publish", headers=headers)

    assert (by_interface.status_code, by_interface.get_json()["error"]["code"]) == (422, "PUB-17")
    assert WHY in by_interface.get_json()["error"]["message"]
    with pytest.raises(FieldMissing, match=WHY):
        queue_item(session, kept.connection_id, kept.id, PERSON)


def test_s11_nor_is_it_published_with_many_others(kept: Item, session: Session, membership: Membership) -> None:
    bulk = start_bulk(session, Order(kept.connection_id, membership.user_id, Action.PUBLISH, Kind.COST, {}), [kept.id])
    session.commit()

    run_bulk(bulk.id)

    session.expire_all()
    [entry] = session.query(BulkItem).filter_by(bulk_id=bulk.id)
    assert WHY in str(entry.message)
    assert kept.state is ItemState.TO_REVIEW
