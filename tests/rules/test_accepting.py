"""VAT warnings on items: they alter nothing, and go once a person or a rule accepts them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from capture.amounts.vat_review import accept_warning
from capture.history.events import Who
from capture.history.models import Actor
from capture.models import Item
from capture.review import settle
from kashflow.models import Connection
from rules.lookup import Lookup
from rules.parsing import parse_rule
from rules.service import make_rule
from tests.pages import PageClient, text_of
from tests.rules.making import read_item


def warned(item: Item) -> set[str]:
    return {each["code"] for each in item.remarks}


def test_a_warning_alters_nothing_and_goes_once_it_is_accepted(session: Session, connection: Connection) -> None:
    item = read_item(session, connection, tax="21.00", total="121.00", vat_rate="20")
    assert (item.tax, {"VAT-2", "VAT-3"} <= warned(item)) == (2100, True)

    accept_warning(session, item, "VAT-3", "His number is on file", Who(Actor.PERSON, "Jo"))
    settle(session, item)

    assert "VAT-3" not in warned(item)
    assert "VAT-2" in warned(item)


def test_a_second_item_with_the_same_reference_is_pointed_out(session: Session, connection: Connection) -> None:
    read_item(session, connection, reference="INV-7")

    assert "VAT-9" in warned(read_item(session, connection, reference="INV-7"))


def test_a_business_that_is_not_registered_hears_nothing_of_vat(session: Session, connection: Connection) -> None:
    connection.is_vat_registered = False

    assert not any(code.startswith("VAT") for code in warned(read_item(session, connection)))


def test_a_rule_may_accept_a_warning(session: Session, connection: Connection) -> None:
    given = {"name": "Fuel", "when": {"supplier": "Larkrise Service Station"}, "set": {"accept": ["VAT-3"]}}
    make_rule(session, connection.id, parse_rule(given, Lookup(session, connection.id)), who="Jo")

    assert "VAT-3" not in warned(read_item(session, connection))
    assert "VAT-3" in warned(read_item(session, connection, supplier="Bracken Office Supplies Ltd"))


def test_a_warning_is_accepted_on_the_item(signed_in: PageClient, session: Session, connection: Connection) -> None:
    item = read_item(session, connection)
    assert "VAT-3" in text_of(signed_in.get(f"/items/{item.id}"))

    answer = signed_in.submit(f"/items/{item.id}/warnings", code="VAT-3", note="On file")
    assert answer.status_code == 302, text_of(answer)

    session.refresh(item)
    assert item.accepted["VAT-3"]["note"] == "On file"
