"""The page of an item's lines: what is entered is kept, what is wrong is said and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.models import Membership
from capture.amounts.totals import Line
from capture.coding.splitting import keep_read_lines
from capture.lines.forms import COLUMNS
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


def test_what_was_read_is_added_to_what_was_entered(signed_in: PageClient, session: Session, item: Item) -> None:
    keep_read_lines(item, [Line("Desk", 6000), Line("Lamp", 3000), Line("Lamp", 3000)])
    session.commit()
    send(signed_in, item, ("desk", "65.00"), ("Freight", "5.00"), ("Lamp", "30.00"), lines="read")
    session.expire_all()

    assert [(line.description, line.amount) for line in item.lines] == [
        ("desk", 6500),
        ("Freight", 500),
        ("Lamp", 3000),
        ("Lamp", 3000),
    ]


def test_lines_become_one_for_each_rate(signed_in: PageClient, session: Session, item: Item) -> None:
    columns = {"description": ["Desk", "Book"], "amount": ["100.00", "20.00"], "percent": ["20", "0"]}
    put_value(session, item, "tax", Edit("16.67"), Evidence(Layer.PERSON, Origin.PERSON))
    put_value(session, item, "net", Edit("103.33"), Evidence(Layer.PERSON, Origin.PERSON))
    settle(session, item)
    session.commit()
    send(signed_in, item, ("", ""), ("", ""), **columns)  # type: ignore[arg-type]
    session.expire_all()
    send(signed_in, item, lines="rates")
    session.expire_all()

    assert item.lines == []
    assert [(each["percent"], each["net"], each["tax"]) for each in item.tax_lines] == [
        ("20", 8333, 1667),
        ("0", 2000, 0),
    ]


def test_the_page_itself_is_told_in_json(signed_in: PageClient, item: Item) -> None:
    def told(**more: str) -> Any:  # noqa: ANN401 - JSON
        answer = signed_in.post(f"/items/{item.id}/lines", data=data | more, headers={"Accept": "application/json"})
        return answer.json

    data = (
        {"csrf_token": signed_in.csrf_token(), "lines": "entered"} | dict.fromkeys(COLUMNS, "") | {"description": "A"}
    )
    first = told()
    assert (first["problem"], first["undo"]) == ("Line 1: A line needs an amount.", False)
    second = told(amount="120")
    assert (second["problem"], second["undo"]) == (None, True)
    assert "£100.00" in second["summary"]


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
