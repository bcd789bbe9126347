"""Whatever an item holds, what is sent adds up to it to the penny, and what is read back is the item."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.amounts.totals import Amounts, Line, SumsDisagree, TaxLine
from capture.reading.model import DocumentType
from core.money import share, to_pence
from kashflow.ledger import EXEMPT, Kind, LedgerDocument, NewDocument
from kashflow.outgoing import document_fields
from publishing.mapping import Draft, document_payload, has_facts, is_same, to_document, total_of

DAY = date(2026, 3, 1)
RATES = ("20", "5", "0", "exempt", "17.5")
pence = st.integers(1, 10_000_000)


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[Line], Amounts]:
    """Lines without VAT, and the amounts of a document on which they stand."""
    made = []
    for _ in range(draw(st.integers(1, 6))):
        quantity = draw(st.none() | st.decimals("0.01", "500", places=2))
        price = draw(st.decimals("0.01", "900", places=draw(st.sampled_from([2, 3]))))
        amount = to_pence(quantity * price) if quantity is not None else draw(pence)
        unit = price if quantity is not None else None
        rate, category = draw(st.sampled_from(RATES)), draw(st.none() | st.just(7))
        made.append(Line("A line", amount, rate, category, None, None, quantity, unit))
    taxes = [0 if each.vat_rate == "exempt" else share(each.amount, Decimal(each.vat_rate or 0)) for each in made]
    net = sum(each.amount for each in made)
    return made, Amounts(net, sum(taxes), net + sum(taxes), None)


def draft_of(amounts: Amounts, **more: Any) -> Draft:  # noqa: ANN401 - any of its fields
    facts: dict[str, Any] = {
        "kind": Kind.COST,
        "document_type": DocumentType.INVOICE,
        "reference": "R-1",
        "issued_on": DAY,
        "due_on": DAY,
        "description": "All of it",
        "category_id": 71,
        "remote_ids": {7: 77, 8: 88, 9: 99},
    }
    return Draft(amounts=amounts, **facts | more)


def sent(draft: Draft) -> NewDocument:
    return to_document(document_payload(draft), 4711)


def read_back(document: NewDocument) -> LedgerDocument:
    """Give the document as KashFlow would: sums of its own over what it was sent."""
    fields: Any = document_fields(document)
    rows = fields["Lines"]["InvoiceLine"]
    penny = Decimal("0.01")
    net = sum((row["Rate"] * row["Quantity"]).quantize(penny, rounding=ROUND_HALF_UP) for row in rows)
    return LedgerDocument(
        remote_id=1,
        number=1,
        contact_id=fields["CustomerID"],
        reference=fields["CustomerReference"],
        issued_on=fields["InvoiceDate"].date(),
        due_on=fields["DueDate"].date(),
        net=to_pence(net),
        tax=to_pence(sum(row["VatAmount"] for row in rows)),
        paid=0,
        is_paid=False,
        line_count=len(rows),
    )


@given(lines(), st.booleans(), st.booleans(), st.sampled_from([None, "EUR"]))
def test_what_is_sent_adds_up_to_the_item_and_reads_back_as_it(
    drawn: tuple[list[Line], Amounts], with_vat: bool, credit: bool, currency: str | None
) -> None:
    made, amounts = drawn
    kind = DocumentType.CREDIT_NOTE if credit else DocumentType.INVOICE
    rate = Decimal("1.16") if currency else None
    draft = draft_of(
        amounts, lines=made, publishes_vat=with_vat, document_type=kind, currency=currency, exchange_rate=rate
    )

    document = sent(draft)

    sign = -1 if credit else 1
    assert (document.net + document.tax) * sign == amounts.total
    assert document.tax * sign == (amounts.tax if with_vat else 0)
    assert len(document.lines) == len(made)
    assert all(line.tax == 0 for line in document.lines if line.percent <= 0)
    there = read_back(document)
    assert is_same(there, document)
    assert has_facts(there, document)


@given(st.integers(100, 10_000_000), st.sampled_from(["20", "5", "0", "exempt"]), st.booleans())
def test_an_item_without_lines_is_one_line(net: int, rate: str, with_vat: bool) -> None:
    tax = 0 if rate == "exempt" else share(net, Decimal(rate))

    document = sent(draft_of(Amounts(net, tax, net + tax, rate), publishes_vat=with_vat))

    [line] = document.lines
    assert (line.net + line.tax, line.category_id) == (net + tax, 71)
    assert line.percent == (0 if not with_vat else EXEMPT if rate == "exempt" else Decimal(rate))


@given(
    st.lists(
        st.tuples(st.sampled_from(["20", "5", "0"]), pence), min_size=1, max_size=3, unique_by=lambda each: each[0]
    )
)
def test_a_vat_summary_gives_a_line_for_each_rate(rows: list[tuple[str, int]]) -> None:
    summary = [TaxLine(rate, net, share(net, Decimal(rate))) for rate, net in rows]
    net, tax = sum(each.net or 0 for each in summary), sum(each.tax or 0 for each in summary)

    document = sent(draft_of(Amounts(net, tax, net + tax, None), tax_lines=summary))

    assert [(line.net, line.tax) for line in document.lines] == [(each.net, each.tax) for each in summary]


@given(pence, pence, st.integers(1, 1000))
def test_pub_2_what_does_not_add_up_is_refused(net: int, tax: int, off: int) -> None:
    with pytest.raises(SumsDisagree):
        document_payload(draft_of(Amounts(net, tax, net + tax + off, "20")))


def test_lines_keep_their_own_category_product_and_project_and_the_rest_takes_the_items() -> None:
    own = Line("Own", 5000, "20", category_id=7, project_id=8, product_id=9)
    made = [own, Line("Item's", 5000, "20")]

    document = sent(draft_of(Amounts(10000, 2000, 12000, "20"), lines=made, project_id=31, product_id=41))

    placed = [(line.category_id, line.project_id, line.product_id) for line in document.lines]
    assert placed == [(77, 88, 99), (71, 31, 41)]


def test_h31_the_default_product_stands_on_lines_that_name_none() -> None:
    made = [Line("Oak shelf", 5000, "20", product_id=9), Line("Something else", 5000, "20")]

    document = sent(draft_of(Amounts(10000, 2000, 12000, "20"), lines=made, product_id=41))

    assert [line.product_id for line in document.lines] == [99, 41]


def test_a_rate_that_is_not_exact_at_two_decimals_goes_as_one_of_the_whole() -> None:
    line = Line("Screws", 100, "20", quantity=Decimal(3), unit_price=Decimal("0.3333"))

    fields: Any = document_fields(sent(draft_of(Amounts(100, 20, 120, "20"), lines=[line])))

    [row] = fields["Lines"]["InvoiceLine"]
    assert (row["Quantity"], row["Rate"]) == (1, Decimal("1.00"))


def test_dates_are_naive_midnights_and_no_number_is_sent() -> None:
    fields = document_fields(sent(draft_of(Amounts(100, 20, 120, "20"))))

    assert fields["InvoiceDate"] == datetime(2026, 3, 1)  # noqa: DTZ001 - what must be sent
    assert fields["InvoiceNumber"] == 0


def test_a_foreign_document_says_its_currency_its_rate_and_that_values_are_in_it() -> None:
    draft = draft_of(Amounts(100, 20, 120, "20"), currency="EUR", exchange_rate=Decimal("1.16"))

    fields: Any = document_fields(sent(draft))

    assert (fields["CurrencyCode"], fields["ExchangeRate"]) == ("EUR", Decimal("1.16"))
    assert fields["Lines"]["InvoiceLine"][0]["ValuesInCurrency"] == 1


def test_the_payment_of_a_credit_note_is_negative_like_its_lines() -> None:
    draft = draft_of(Amounts(100, 20, 120, "20"), document_type=DocumentType.CREDIT_NOTE)

    assert total_of(document_payload(draft)) == -120
