"""The right to publish: taken from a standard member, who then prepares items and asks (PUB-17)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from auth.keys import make_api_token, open_session
from auth.models import Membership
from capture.models import Item, ItemState
from tests.factories.auth import MembershipFactory
from tests.pages import PageClient, text_of
from tests.publishing.conftest import Desk


@pytest.fixture
def item(desk: Desk) -> Item:
    made = desk.item()
    desk.session.commit()
    return made


@pytest.fixture
def preparing(membership: Membership) -> Membership:
    made: Membership = MembershipFactory.create(organisation=membership.organisation, may_publish=False)
    return made


@pytest.fixture
def preparer(app: Flask, session: Session, preparing: Membership) -> PageClient:
    client = PageClient(app)
    client.sign_in(open_session(session, preparing, address="", user_agent=""))
    session.commit()
    return client


def test_pub_17_who_may_not_publish_is_told_for_whom_it_waits(
    preparer: PageClient, item: Item, membership: Membership
) -> None:
    refused = preparer.submit(f"/items/{item.id}/publish")
    many = preparer.submit("/cost/bulk", action="publish", ids=str(item.id))

    assert (refused.status_code, many.status_code) == (403, 403)
    assert f"Waiting for {membership.user.email}" in text_of(refused)
    assert item.state is ItemState.READY


def test_pub_17_the_interface_refuses_a_token_of_somebody_who_may_not_publish(
    client: PageClient, session: Session, item: Item, preparing: Membership
) -> None:
    token = make_api_token(session, preparing, name="test")

    answer = client.post(f"/api/v1/items/{item.id}/publish", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "PUB-17")


def test_pub_17_asking_tells_administrators_on_their_overview(
    desk: Desk, preparer: PageClient, signed_in: PageClient, item: Item, preparing: Membership
) -> None:
    preparer.submit(f"/items/{item.id}/ask")

    assert f"asked by {preparing.name or preparing.user.email}" in text_of(signed_in.get("/overview"))
    assert "Asked to be published" not in text_of(preparer.get("/overview"))
    desk.session.expire_all()
    desk.publish(item.id)
    assert "Asked to be published" not in text_of(signed_in.get("/overview"))


def test_pub_17_an_administrator_takes_the_right_to_publish_and_gives_it_back(
    session: Session, signed_in: PageClient, preparing: Membership
) -> None:
    signed_in.submit(f"/people/{preparing.id}/publishing", allowed="yes")
    session.refresh(preparing)
    given = preparing.may_publish
    signed_in.submit(f"/people/{preparing.id}/publishing", allowed="no")
    session.refresh(preparing)

    assert (given, preparing.may_publish) == (True, False)
