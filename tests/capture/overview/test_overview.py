"""The overview's figures, each in the connection's own currency and of its own items."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from auth.models import Membership
from capture.models import Item, ItemLine, Layer
from capture.overview.service import month_of, spent_by, vat_by_rate
from capture.reading.model import DocumentType
from kashflow.ledger import Kind
from kashflow.models import Connection
from tests.factories.capture import ConnectionFactory, ItemFactory
from tests.pages import PageClient, parse

MARCH = (date(2026, 3, 1), date(2026, 4, 1))


def test_months_go_back_over_a_year() -> None:
    assert month_of(date(2026, 1, 31), 1) == date(2025, 12, 1)
    assert month_of(date(2026, 12, 5), -1) == date(2027, 1, 1)


def test_a_month_by_supplier_counts_its_own_days_and_currency(session: Session) -> None:
    connection = ConnectionFactory.create()
    for supplier, day, net, more in (
        ("Alder", date(2026, 3, 31), 10000, {}),
        ("Birch", date(2026, 3, 1), 3000, {"currency": "EUR", "exchange_rate": Decimal("1.2")}),
        ("Birch", date(2026, 4, 1), 99900, {}),
    ):
        ItemFactory.create(connection=connection, supplier_name=supplier, issued_on=day, net=net, **more)

    bars = spent_by(session, connection, Item.supplier_name, MARCH)
    assert [(bar.name, bar.amount, bar.share) for bar in bars] == [("Alder", 10000, 100.0), ("Birch", 2500, 25.0)]


def test_vat_is_told_by_rate_and_side(session: Session) -> None:
    connection = ConnectionFactory.create()
    for kind, tax, rate in ((Kind.COST, 2000, "20"), (Kind.SALE, 500, "20"), (Kind.COST, 100, "5")):
        ItemFactory.create(connection=connection, kind=kind, issued_on=date(2026, 3, 2), tax=tax, vat_rate=rate)

    found = vat_by_rate(session, connection, [MARCH[0]])
    assert [(each.rate, each.on_costs, each.on_sales) for each in found] == [("20", 2000, 500), ("5", 100, 0)]


def test_vat_of_several_rates_is_told_by_each_and_by_none_only_where_it_is_not_clear(session: Session) -> None:
    connection = ConnectionFactory.create()
    facts = {"connection": connection, "issued_on": date(2026, 3, 2), "tax": 2100, "net": 12500, "total": 14600}
    summary = [{"percent": "20", "net": 10000, "tax": 2000, "gross": 12000}]
    summary += [{"percent": "5", "net": 2000, "tax": 100, "gross": 2100}]
    summary += [{"percent": "0", "net": 500, "tax": 0, "gross": 500}]
    lines = [
        ItemLine(layer=Layer.READING, position=number, amount=each["net"], vat_rate=each["percent"])
        for number, each in enumerate(summary)
    ]
    ItemFactory.create(**facts, tax_lines=summary)
    ItemFactory.create(**facts, lines=lines)
    ItemFactory.create(**facts)

    found = vat_by_rate(session, connection, [MARCH[0]])
    assert [(each.rate, each.on_costs) for each in found] == [("", 2100), ("20", 4000), ("5", 200)]


def test_a_credit_note_gives_back_what_it_shows(session: Session) -> None:
    connection = ConnectionFactory.create()
    facts = {"connection": connection, "issued_on": date(2026, 3, 2), "supplier_name": "Alder", "vat_rate": "20"}
    ItemFactory.create(**facts, net=10000, tax=2000, total=12000)
    ItemFactory.create(**facts, net=1000, tax=200, total=1200, document_type=DocumentType.CREDIT_NOTE)
    ItemFactory.create(**facts, net=-500, tax=-100, total=-600, document_type=DocumentType.CREDIT_NOTE)

    assert [bar.amount for bar in spent_by(session, connection, Item.supplier_name, MARCH)] == [8500]
    assert [each.on_costs for each in vat_by_rate(session, connection, [MARCH[0]])] == [1700]


def test_a_bar_leads_to_its_items(signed_in: PageClient, session: Session, membership: Membership) -> None:
    connection = session.query(Connection).filter_by(organisation_id=membership.organisation_id).one()
    item = ItemFactory.create(
        connection_id=connection.id, supplier_name="Alder & Co", issued_on=date(2026, 3, 2), net=100
    )
    session.commit()
    page = parse(signed_in.get("/overview?month=2026-03"))
    link = page.xpath("//table[@class='bars']//a[contains(., 'Alder')]/@href")[0]

    assert parse(signed_in.get(link)).xpath(f"//tr[@data-item='{item.id}']")
