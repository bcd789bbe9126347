"""The form of an item: it keeps what it can, says what it cannot, and overwrites nobody."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.models import Membership
from capture.history.events import history_of
from capture.models import Item, ItemState, Layer
from kashflow.ledger import ListKind
from kashflow.models import Connection, ConnectionState
from tests.pages import PageClient, parse
from tests.rules.making import entry, read_item


@pytest.fixture
def item(session: Session, membership: Membership) -> Item:
    connection = session.query(Connection).filter_by(organisation_id=membership.organisation_id).one()
    entry(session, connection, ListKind.CATEGORIES, "Fuel", "7300")
    made = read_item(session, connection)
    session.commit()
    return made


def save(client: PageClient, item: Item, **changes: str) -> TestResponse:
    """Send the form as the page shows it, with changes."""
    page = parse(client.get(f"/items/{item.id}"))
    form = page.xpath("//form[@id='item-form']")[0]
    return client.post(f"/items/{item.id}", data=dict(form.fields) | changes, headers={"HX-Request": "true"})


def test_a_field_that_is_mistyped_does_not_lose_the_others(signed_in: PageClient, session: Session, item: Item) -> None:
    page = parse(save(signed_in, item, total="twelve", reference="A-1"))
    session.expire_all()

    assert (item.reference, item.total) == ("A-1", 12000)
    assert page.xpath("//input[@name='total']/@value") == ["twelve"]
    assert "cannot be used" in page.xpath("//*[@data-field='total']//*[@class='field-error']")[0].text_content()


def test_two_people_overwrite_nothing_and_are_told(signed_in: PageClient, session: Session, item: Item) -> None:
    before = str(item.version)
    save(signed_in, item, reference="A-1")
    page = parse(save(signed_in, item, reference="B-2", version=before))
    session.expire_all()

    assert item.reference == "A-1"
    assert page.xpath("//input[@name='reference']/@value") == ["A-1"]
    assert "Somebody else changed this item" in page.xpath("//*[@role='alert']")[0].text_content()


def test_a_category_is_known_by_its_code(signed_in: PageClient, session: Session, item: Item) -> None:
    save(signed_in, item, category="7300")
    session.expire_all()

    assert item.category is not None
    assert item.category.name == "Fuel"


def test_what_was_read_is_confirmed_as_it_is_and_can_be_undone(
    signed_in: PageClient, session: Session, item: Item
) -> None:
    page = parse(save(signed_in, item, confirmed="total"))
    session.expire_all()
    value = next(each for each in item.values if each.field == "total" and each.layer is Layer.PERSON)

    assert (value.value, history_of(session, item)[0].what) == ("120.00", "confirmed")
    assert page.xpath("//*[@data-field='total']//*[@data-why]")[0].text_content().strip() == "confirmed"
    signed_in.submit(f"/items/{item.id}/edits/undo")
    session.expire_all()
    assert [each.layer for each in item.values if each.field == "total"] == [Layer.READING]


def test_the_main_button_leads_to_what_is_missing_and_then_publishes(
    signed_in: PageClient, session: Session, item: Item
) -> None:
    def main() -> list[str]:
        page = parse(signed_in.get(f"/items/{item.id}"))
        found = page.xpath("//*[@id='item-actions']//*[contains(@class, 'btn-primary')]")
        return [" ".join(each.text_content().split()) for each in found]

    assert main() == ["Fill in category"]
    save(signed_in, item, category="Fuel")
    assert main() == []  # until KashFlow is connected (D5)
    session.get_one(Connection, item.connection_id).state = ConnectionState.CONNECTED
    session.commit()
    assert main() == ["Publish"]
    signed_in.submit(f"/items/{item.id}/archive")
    assert main() == ["Restore"]


def test_pub_6_a_supplier_known_by_its_read_name_alone_is_made_unless_the_item_is_on_its_way(
    signed_in: PageClient, session: Session, item: Item
) -> None:
    read = item.supplier_name
    item.state = ItemState.SENDING
    session.commit()
    assert signed_in.submit(f"/items/{item.id}/party").status_code == 409
    session.expire_all()
    assert (item.supplier, item.supplier_name) == (None, read)

    item.state = ItemState.TO_REVIEW
    session.commit()
    signed_in.submit(f"/items/{item.id}/party")
    session.expire_all()

    assert item.supplier is not None
    assert (item.supplier.name, item.supplier.remote_id) == (read, None)
