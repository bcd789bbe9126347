"""The pages of lists."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Membership
from core.db import now
from core.errors import Incomplete
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection, ConnectionState
from kashflow.service import list_connections
from lists.links import MethodLink, find_method_of_card, read_links, show_method_links
from lists.models import Entry, Refresh, RefreshedList, RefreshState
from lists.service import LABELS
from tests.factories.capture import EntryFactory
from tests.pages import PageClient, parse, text_of


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    connection = list_connections(session, membership.organisation_id)[0]
    connection.state = ConnectionState.CONNECTED
    session.commit()
    return connection


def entry(session: Session, connection: Connection, name: str, **more: object) -> Entry:
    made: Entry = EntryFactory.create(connection_id=connection.id, connection=None, name=name, **more)
    session.commit()
    return made


def brought(session: Session, connection: Connection, **row: object) -> Refresh:
    """A refresh that is over, with how its suppliers went."""
    refresh = Refresh(connection_id=connection.id, state=RefreshState.DONE, asked_by="Jo", ended_at=now())
    session.add(refresh)
    session.flush()
    session.add(RefreshedList(**{"refresh_id": refresh.id, "list_kind": ListKind.SUPPLIERS, "state": "done", **row}))
    session.commit()
    return refresh


def names(client: PageClient, address: str) -> list[str]:
    return [each.text_content().strip() for each in parse(client.get(address)).xpath("//tr[@data-entry]/th")]


def test_d4_d30_every_list_is_shown_and_what_kashflow_has_not_is_said(
    signed_in: PageClient, connection: Connection
) -> None:
    del connection
    page = parse(signed_in.get("/lists"))

    assert page.xpath("//tr/@data-list") == list(ListKind)
    assert [row.text_content() for row in page.xpath("//tr[td[@colspan]]")] == [
        "ClassesKashFlow has none",
        "LocationsKashFlow has none",
    ]


@pytest.mark.parametrize("kind", ListKind)
def test_each_list_has_a_page_with_its_counts(
    signed_in: PageClient, session: Session, connection: Connection, kind: ListKind
) -> None:
    for name, active in (("One", True), ("Two", True), ("Three", False)):
        entry(session, connection, name, list_kind=kind, active=active)

    answer = signed_in.get(f"/lists/{kind}")

    assert f"{LABELS[kind]} 2 in use, 1 inactive" in text_of(answer).replace("Lists ", "")
    assert len(names(signed_in, f"/lists/{kind}")) == 2
    assert len(names(signed_in, f"/lists/{kind}?show=all")) == 3


@pytest.mark.parametrize(("query", "found"), [("fern", ["Fernside"]), ("A7", ["Alder"]), ("_", []), ("zz", [])])
def test_a_list_is_searched_by_name_and_code(
    signed_in: PageClient, session: Session, connection: Connection, query: str, found: list[str]
) -> None:
    entry(session, connection, "Fernside", code="X1")
    entry(session, connection, "Alder", code="A71")

    assert names(signed_in, f"/suppliers?q={query}") == found


def test_a_long_list_comes_in_pages(signed_in: PageClient, session: Session, connection: Connection) -> None:
    for n in range(105):
        EntryFactory.create(connection_id=connection.id, connection=None, name=f"Supplier {n:03}")
    session.commit()

    first = parse(signed_in.get("/suppliers"))
    second = names(signed_in, first.xpath("string(//a[@rel='next']/@href)"))

    assert len(first.xpath("//tr[@data-entry]")) == 100
    assert second == [f"Supplier {n:03}" for n in range(100, 105)]


def test_h19_h25_h29_an_entry_opens_with_its_kashflow_details(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    made = entry(session, connection, "Fernside", code="FERN", remote_id="4711", details={"vat_number": "GB1"})

    page = parse(signed_in.get(f"/lists/suppliers/{made.id}"))
    facts = dict(zip(page.xpath("//dt/text()"), page.xpath("//dd/text()"), strict=False))

    assert page.findtext(".//h1") == "Fernside"
    assert (facts["Code"], facts["KashFlow id"], facts["VAT number"]) == ("FERN", "4711", "GB1")


def test_h23_a_product_names_what_it_stands_under(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    fuel = entry(session, connection, "Vehicle fuel", list_kind=ListKind.PRODUCTS)
    entry(session, connection, "Diesel", list_kind=ListKind.PRODUCTS, parent_id=fuel.id)

    assert names(signed_in, "/lists/products") == ["Diesel under Vehicle fuel", "Vehicle fuel"]


def test_h16_the_order_is_stated(signed_in: PageClient, connection: Connection) -> None:
    del connection
    assert "in this order" in text_of(signed_in.get("/lists"))


def test_h10_lists_can_be_fetched_only_once_connected(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    def buttons(address: str) -> int:
        return len(parse(signed_in.get(address)).xpath("//form[contains(@action, '/lists/refresh')]"))

    before = [buttons("/lists"), buttons("/suppliers")]
    connection.state = ConnectionState.NOT_CONNECTED
    session.commit()

    assert (before, buttons("/lists"), buttons("/suppliers")) == ([11, 2], 0, 0)


@pytest.mark.parametrize("kind", [ListKind.CUSTOMERS, ListKind.SUPPLIERS])
def test_h12_h16_h27_one_click_fetches_one_list(
    signed_in: PageClient, session: Session, connection: Connection, kind: ListKind
) -> None:
    form = parse(signed_in.get(f"/lists/{kind}")).xpath("//form[contains(@action, '/lists/refresh')]")[0]
    signed_in.submit(form.get("action"), list=form.xpath("string(.//input[@name='list']/@value)"))

    asked = session.scalars(select(Refresh).where(Refresh.connection_id == connection.id)).one()
    assert (asked.wanted, asked.is_whole) == ([kind], False)


def test_h20_the_page_of_products_says_what_they_are(signed_in: PageClient, connection: Connection) -> None:
    del connection

    assert "Account codes that things are sold or bought under, and the products" in text_of(
        signed_in.get("/lists/products")
    )


def test_h13_what_the_last_refresh_brought_stays_readable(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    changes = [{"name": "Fernside", "what": "name", "from": "Fern", "to": "Fernside"}]
    refresh = brought(session, connection, added=0, changed=1, changes=changes)

    for address in ("/suppliers", f"/refreshes/{refresh.id}"):
        said = text_of(signed_in.get(address))
        assert "1 changed" in said
        assert "Fernside name: Fern → Fernside" in said


def test_lst_1_a_list_that_failed_says_why_and_can_be_retried_alone(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    brought(session, connection, state="failed", problem_code="LST-1", problem="Suppliers failed (no answer).")

    row = parse(signed_in.get("/lists")).xpath("//tr[@data-list='suppliers']")[0]
    signed_in.submit("/lists/refresh", list="suppliers")

    assert "LST-1: Suppliers failed (no answer)." in row.text_content()
    assert row.xpath(".//button")[-1].text_content().strip() == "Retry"
    asked = session.query(Refresh).order_by(Refresh.id.desc()).first()
    assert asked is not None
    assert (asked.wanted, asked.is_whole) == (["suppliers"], False)


def test_lst_3_a_second_refresh_is_told_who_began_the_first(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    session.add(Refresh(connection_id=connection.id, asked_by="Sam"))
    session.commit()

    answer = signed_in.submit("/lists/refresh")

    said = text_of(signed_in.get(answer.location))
    assert "LST-3: A refresh is already running" in said
    assert "by Sam" in said


def test_lst_4_an_empty_list_can_be_accepted(signed_in: PageClient, session: Session, connection: Connection) -> None:
    brought(session, connection, state="failed", problem_code="LST-4", problem="Suppliers: none where 5 were known.")

    form = parse(signed_in.get("/lists")).xpath("//tr[@data-list='suppliers']//form")[0]

    assert form.get("data-confirm") == "Let all suppliers turn inactive?"
    signed_in.submit("/lists/refresh", list="suppliers", accept_empty="1")
    assert session.query(Refresh).filter_by(accepts_empty=True).count() == 1


def test_d23_d24_a_running_refresh_is_shown_in_green_and_looks_again_by_itself(
    signed_in: PageClient, connection: Connection
) -> None:
    del connection
    signed_in.submit("/lists/refresh")

    part = parse(signed_in.get("/lists")).xpath("//*[@id='refresh']")[0]

    assert part.get("hx-trigger") == "every 1s"
    assert part.xpath("string(.//*[@data-tone='success'])").strip().startswith("The lists are being refreshed: 0 of 10")


def test_g13_g16_all_links_of_payment_methods_are_saved_together(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    card, cash = (
        entry(session, connection, name, list_kind=ListKind.PAYMENT_METHODS, is_sale=False) for name in ("Card", "Cash")
    )
    bank = entry(session, connection, "Bank", list_kind=ListKind.BANK_ACCOUNTS)
    fields = {f"account-{card.id}": str(bank.id), f"last4-{card.id}": "1234", f"account-{cash.id}": ""}

    signed_in.submit("/lists/links", **fields)
    signed_in.submit("/lists/links", **fields)

    assert show_method_links(session, connection.id) == {card.id: MethodLink(bank.id, "1234")}
    assert find_method_of_card(session, connection.id, "1234", Kind.COST) is card
    assert find_method_of_card(session, connection.id, "1234", Kind.SALE) is None
    assert parse(signed_in.get("/lists/links")).xpath(f"//input[@name='last4-{card.id}']/@value") == ["1234"]


def test_pub_13_a_linked_account_that_is_gone_stays_chosen(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    card = entry(session, connection, "Card", list_kind=ListKind.PAYMENT_METHODS)
    entry(session, connection, "Other bank", list_kind=ListKind.BANK_ACCOUNTS, active=False)
    gone = entry(session, connection, "Old bank", list_kind=ListKind.BANK_ACCOUNTS, active=False)
    signed_in.submit("/lists/links", **{f"account-{card.id}": str(gone.id)})

    options = parse(signed_in.get("/lists/links")).xpath("//select/option")

    assert [each.text for each in options] == ["None: choose on each item", "Old bank (inactive)"]
    assert options[1].get("selected") is not None


@pytest.mark.parametrize("last4", ["12", "12345", "abcd", "12 4"])
def test_d50_a_card_ends_with_four_digits(last4: str) -> None:
    with pytest.raises(Incomplete):
        read_links({"account-7": "", "last4-7": last4})


def test_a_bank_account_of_another_connection_is_none(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    card = entry(session, connection, "Card", list_kind=ListKind.PAYMENT_METHODS)
    theirs = EntryFactory.create(list_kind=ListKind.BANK_ACCOUNTS)
    session.commit()

    answer = signed_in.submit("/lists/links", **{f"account-{card.id}": str(theirs.id)})

    assert (answer.status_code, show_method_links(session, connection.id)) == (404, {})


def test_the_remap_page_says_when_there_is_nothing_to_do(signed_in: PageClient, connection: Connection) -> None:
    del connection
    assert "Nothing to map" in text_of(signed_in.get("/lists/remap"))
