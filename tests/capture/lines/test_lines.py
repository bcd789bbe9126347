"""The page of an item's lines: what is entered is kept, what is wrong is said and nothing is lost."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.models import Membership
from capture.models import Item, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, put_value, settle
from kashflow.models import Connection
from tests.factories.capture import ItemFactory
from tests.pages import PageClient, parse, text_of


@pytest.fixture
def item(session: Session, membership: Membership) -> Item:
    connection = session.query(Connection).filter_by(organisation_id=membership.organisation_id).one()
    made: Item = ItemFactory.create(connection_id=connection.id)
    for name, value in (("total", "120.00"), ("tax", "20.00"), ("vat_rate", "20")):
        put_value(session, made, name, Edit(value), Evidence(Layer.PERSON, Origin.PERSON))
    settle(session, made)
    session.commit()
    return made


def send(client: PageClient, item: Item, *rows: tuple[str, str], **more: str) -> TestResponse:
    """Post lines of description and amount, as the page does."""
    empty = dict.fromkeys(("percent", "category", "project", "product", "quantity", "unit_price"), [""] * len(rows))
    columns = {"description": [row[0] for row in rows], "amount": [row[1] for row in rows], **empty}
    data = {"csrf_token": client.csrf_token(), "lines": "entered", **columns, **more}
    return client.post(f"/items/{item.id}/lines", data=data)


def test_lines_are_kept_in_their_order_and_blank_ones_are_none(
    signed_in: PageClient, session: Session, item: Item
) -> None:
    answer = send(signed_in, item, ("Desk", "60.00"), ("", ""), ("Lamp", "60"))
    session.expire_all()

    assert answer.status_code == 302
    assert [(line.description, line.amount) for line in item.lines] == [("Desk", 6000), ("Lamp", 6000)]
    assert "2" in text_of(signed_in.get(f"/items/{item.id}"))


def test_a_wrong_line_is_named_and_what_was_typed_stays(signed_in: PageClient, session: Session, item: Item) -> None:
    answer = send(signed_in, item, ("Desk", "60.00"), ("Lamp", "sixty"))
    session.expire_all()
    page = parse(answer)

    assert answer.status_code == 422
    assert page.xpath("//*[@role='alert']")[0].text_content().startswith("Line 2:")
    assert page.xpath("//tbody//input[@name='amount']/@value") == ["60.00", "sixty"]
    assert item.lines == []


def test_one_line_of_the_whole_takes_lines_away(signed_in: PageClient, session: Session, item: Item) -> None:
    send(signed_in, item, ("Desk", "120.00"))
    session.expire_all()
    send(signed_in, item, lines="whole")
    session.expire_all()

    assert item.lines == []


def test_somebody_who_was_slower_overwrites_nothing(signed_in: PageClient, session: Session, item: Item) -> None:
    answer = send(signed_in, item, ("Desk", "120.00"), version="1" if item.version != 1 else "2")
    session.expire_all()

    assert answer.status_code == 422
    assert item.lines == []
