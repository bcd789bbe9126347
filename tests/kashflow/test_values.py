"""Values on their way out and back: whatever is sent reads back the same, to the penny and the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core.money import to_pence
from kashflow import incoming, outgoing
from kashflow.client import make_builder
from kashflow.ledger import EXEMPT, DocumentLine, LedgerDocument, NewDocument
from kashflow.replies import Faulted, Node, Unreadable, read_rows
from kashflow.sandbox.decoding import decode
from kashflow.sandbox.encoding import SOAP_11, reply
from kashflow.sandbox.operations import carry_out
from kashflow.sandbox.seed import USERNAME, plant
from kashflow.sandbox.store import Store

build = make_builder(USERNAME, "demo-password")
pence = st.integers(-99_999_999, 99_999_999)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
percents = st.sampled_from([Decimal(20), Decimal(5), Decimal(0), Decimal("17.5"), EXEMPT])
# one line of visible text: what a reading or a person's form gives
texts = st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.fixture(scope="module")
def books() -> Iterator[Store]:
    store = Store(Path(":memory:"))
    plant(store)
    yield store
    store.close()


def call(store: Store, operation: str, **arguments: object) -> Node:
    """Take a call from our request to our reading of the reply, without the network between."""
    body = etree.fromstring(build(operation, arguments))[0][0]
    request = decode(body)
    outcome = carry_out(store, request, address="127.0.0.1", base="http://sandbox.test")
    assert request.violations == []
    written = reply(request.operation, outcome.values, soap=SOAP_11, without=outcome.without)
    reading = read_rows(BytesIO(written), operation, None)
    with pytest.raises(StopIteration) as stop:
        next(reading)
    answer: Node = stop.value.value
    assert answer.text("Status") == "OK"
    return answer


def entered(store: Store, document: NewDocument) -> LedgerDocument:
    inserted = call(store, "InsertReceipt_TypeDefined", Inv_TD=outgoing.document_fields(document))
    number = inserted.whole("InsertReceipt_TypeDefinedResult")
    found = call(store, "GetReceipt_TypeDefined", ReceiptNumber=number).part("GetReceipt_TypeDefinedResult")
    assert found is not None
    return incoming.document(found)


@st.composite
def lines(draw: st.DrawFn) -> DocumentLine:
    quantity = Decimal(draw(st.integers(1, 100_000))).scaleb(-draw(st.integers(0, 3)))
    rate = draw(st.none() | st.integers(-100_000, 100_000))
    exact = rate is not None and quantity * rate == int(quantity * rate)
    net = int(quantity * rate) if exact and rate is not None else draw(pence)
    return DocumentLine(draw(texts), net, draw(pence), draw(percents), category_id=0, quantity=quantity, rate=rate)


documents = st.builds(
    NewDocument,
    contact_id=st.just(501_248),
    reference=texts,
    issued_on=days,
    due_on=days,
    lines=st.lists(lines(), min_size=1, max_size=5).map(tuple),
    currency=st.sampled_from([None, "EUR"]),
    exchange_rate=st.none() | st.decimals(Decimal("0.01"), Decimal(500), places=4),
)


@given(document=documents)
def test_what_is_sent_reads_back(books: Store, document: NewDocument) -> None:
    found = entered(books, document)

    assert (found.net, found.tax) == (document.net, document.tax)
    assert (found.issued_on, found.due_on) == (document.issued_on, document.due_on)
    assert found.reference == outgoing.plain(document.reference)
    assert [(line.net, line.tax, line.percent) for line in found.lines] == [
        (line.net, line.tax, line.percent) for line in document.lines
    ]
    assert [line.description for line in found.lines] == [outgoing.plain(line.description) for line in document.lines]


@given(line=lines())
def test_quantity_times_rate_is_the_net_that_is_sent(line: DocumentLine) -> None:
    sent = outgoing.line_fields(line, sort=1, foreign=False)
    quantity, rate = Decimal(str(sent["Quantity"])), Decimal(str(sent["Rate"]))

    assert to_pence(quantity * rate) == line.net
    assert rate == rate.quantize(Decimal("0.01"))


@given(day=days)
def test_a_date_is_sent_as_a_naive_midnight(day: date) -> None:
    sent = outgoing.midnight(day)

    assert sent.isoformat() == f"{day.isoformat()}T00:00:00"
    assert sent.tzinfo is None


@given(text=texts)
def test_a_cleaned_text_stays_as_it_is(text: str) -> None:
    cleaned = outgoing.plain(text)

    assert outgoing.plain(cleaned) == cleaned
    assert etree.fromstring(f"<a><![CDATA[{cleaned}]]></a>" if "]]>" not in cleaned else "<a/>") is not None


@given(text=st.text(max_size=20))
def test_a_field_gives_a_value_or_says_it_cannot_be_read(text: str) -> None:
    element = etree.Element("{KashFlow}Row")
    etree.SubElement(element, "{KashFlow}Field").text = outgoing.plain(text)
    node = Node(element)

    for read in (node.decimal, node.whole, node.pence, node.day):
        try:
            read("Field")
        except Unreadable as error:
            assert "Field" in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("envelope", "fault"),
    [
        ("http://schemas.xmlsoap.org/soap/envelope/", "<faultcode>s:Client</faultcode><faultstring>{}</faultstring>"),
        ("http://www.w3.org/2003/05/soap-envelope", "<s:Code/><s:Reason><s:Text>{}</s:Text></s:Reason>"),
    ],
)
def test_of_a_fault_its_words_are_told_and_not_its_code(envelope: str, fault: str) -> None:
    told = fault.format("Maximum request length exceeded.")
    written = f"<s:Envelope xmlns:s='{envelope}'><s:Body><s:Fault>{told}</s:Fault></s:Body></s:Envelope>"

    with pytest.raises(Faulted, match=r"^Maximum request length exceeded\.$"):
        next(read_rows(BytesIO(written.encode()), "GetSuppliers", None))
