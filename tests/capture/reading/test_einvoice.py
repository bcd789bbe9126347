import json
from contextlib import suppress
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.intake.formats import MediaType, recognise
from capture.reading.einvoice import open_einvoice, read_einvoice
from capture.reading.errors import Unreadable
from capture.reading.model import Options, Origin, Reading, ReadLine, ReadTaxLine
from capture.reading.pipeline import read_file
from tests.documents.einvoices import cii, pdf_with, ubl, zugferd_1

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "invoices"
SHOWN = ("Kestrelford Supplies Ltd", "Invoice KF-31882 of 14 March 2026", "Net 100.00", "VAT 20.00", "Total GBP 120.00")


def read(xml: bytes, *own: str) -> Reading:
    return read_einvoice(open_einvoice(xml), own=own)


def values(reading: Reading) -> dict[str, str]:
    return {name: found.value for name, found in reading.fields.items()}


def read_pdf(tmp_path: Path, data: bytes) -> Reading:
    (tmp_path / "invoice.pdf").write_bytes(data)
    return read_file(tmp_path / "invoice.pdf", MediaType.PDF, Options()).readings[0]


def test_a_ubl_invoice_is_read_exactly() -> None:
    reading = read(ubl())

    assert values(reading) == {
        "document_type": "invoice",
        "kind": "cost",
        "reference": "KF-31882",
        "order_number": "PO-7",
        "date": "2026-03-14",
        "due_date": "2026-04-13",
        "currency": "GBP",
        "net": "100.00",
        "tax": "20.00",
        "total": "120.00",
        "payment_method": "card",
        "supplier": "Kestrelford Supplies Ltd",
        "supplier_address": "1 Quay Road, Poole BH15 1AA, GB",
        "supplier_postcode": "BH15 1AA",
        "supplier_phone": "01632 960123",
        "supplier_email": "a@example.com",
        "vat_number": "GB612044883",
        "company_number": "01234567",
        "customer": "Ribble Head Joinery Ltd",
    }
    assert {(found.origin, found.confidence) for found in reading.fields.values()} == {(Origin.E_INVOICE, 1.0)}
    assert reading.tax_lines == (ReadTaxLine("20", "100.00", "20.00", "120.00"),)
    assert reading.lines == (
        ReadLine("Screws, box", "300", "0.35", "105.00", "20"),
        ReadLine("Trade discount", amount="-10.00", percent="20"),
        ReadLine("Charge", amount="5.00"),
    )
    assert not reading.notes


@pytest.mark.parametrize("xml", [cii(), zugferd_1()], ids=["Factur-X", "ZUGFeRD 1"])
def test_a_cii_invoice_is_read_exactly(xml: bytes) -> None:
    reading = read(xml)

    assert values(reading) == {
        "document_type": "invoice",
        "kind": "cost",
        "reference": "KF-31882",
        "date": "2026-03-14",
        "due_date": "2026-04-13",
        "currency": "GBP",
        "net": "100.00",
        "tax": "20.00",
        "total": "120.00",
        "supplier": "Kestrelford Supplies Ltd",
        "supplier_address": "Kai 1, 20095 Hamburg, DE",
        "supplier_postcode": "20095",
        "vat_number": "DE136695976",
        "customer": "Ribble Head Joinery Ltd",
    }
    assert reading.tax_lines == (ReadTaxLine("20", "100.00", "20.00", "120.00"),)
    assert reading.lines == (
        ReadLine("Screws, box", "2", "42.50", "85.00", "20"),
        ReadLine("Carriage", amount="15.00"),
    )
    assert not reading.notes


@pytest.mark.parametrize(
    ("xml", "field", "value"),
    [
        (ubl("CreditNote", code="381"), "document_type", "credit_note"),
        (ubl(code="381"), "document_type", "credit_note"),
        (ubl(code="325"), "document_type", "not_a_vat_document"),
        (ubl(due="0.00"), "paid", "yes"),
        (ubl(due="70.00"), "amount_due", "70.00"),
    ],
)
def test_what_an_invoice_may_be_besides(xml: bytes, field: str, value: str) -> None:
    assert values(read(xml))[field] == value


@pytest.mark.parametrize("own", ["Kestrelford Supplies Ltd", "GB612044883"])
def test_an_invoice_of_our_own_is_a_sale(own: str) -> None:
    assert values(read(ubl(), own))["kind"] == "sale"


def test_an_invoice_that_does_not_add_up_says_so() -> None:
    assert read(ubl(net="90.00")).notes == (
        "The e-invoice does not add up: 90.00 and 20.00 VAT are not 120.00.",
        "The lines of the e-invoice add up to 100.00, not to its net of 90.00.",
    )


@pytest.mark.parametrize(
    "xml",
    [
        ubl()[:-20],
        b"",
        b"<Invoice><ID>1</ID></Invoice>",
        ubl().replace(b"<Invoice ", b'<!DOCTYPE Invoice [<!ENTITY x "y">]><Invoice '),
        b"<rss/>" + b" " * 10_000_001,
    ],
    ids=["cut", "empty", "no namespace", "DTD", "large"],
)
def test_xml_that_is_no_sound_invoice_is_unreadable(xml: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged or of a kind that is not known") as caught:
        read(xml)

    assert caught.value.code == "CAP-2"


@given(st.integers(0, len(ubl()) - 1), st.binary(max_size=3))
def test_a_damaged_invoice_is_read_or_unreadable(at: int, other: bytes) -> None:
    xml = ubl()
    with suppress(Unreadable):
        read(xml[:at] + other + xml[at + 1 :])


def test_an_invoice_inside_a_pdf_is_read_and_found_on_its_page(tmp_path: Path) -> None:
    reading = read_pdf(tmp_path, pdf_with(ubl(), *SHOWN))

    found = reading.fields
    assert (found["total"].value, found["total"].origin, found["total"].confidence) == ("120.00", Origin.E_INVOICE, 1.0)
    assert {name for name in ("supplier", "reference", "date", "net", "tax", "total") if found[name].page != 1} == set()
    assert not reading.notes


def test_a_total_that_the_page_does_not_show_is_doubtful(tmp_path: Path) -> None:
    total = read_pdf(tmp_path, pdf_with(ubl(), *SHOWN[:-1], "Total GBP 720.00"))

    assert (total.fields["total"].value, total.fields["total"].confidence) == ("120.00", 0.4)
    assert total.notes == (
        "The e-invoice inside this file says the total is 120.00, but no page shows that. Check which is right.",
    )


def test_a_pdf_with_a_harmful_invoice_inside_is_read_from_its_page(tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE Invoice [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><Invoice '
    reading = read_pdf(tmp_path, pdf_with(ubl().replace(b"<Invoice ", laughs), *SHOWN))

    assert (reading.fields["total"].value, reading.fields["total"].origin) == ("120.00", Origin.TEXT_LAYER)


def test_an_invoice_without_pages_gets_one_with_all_its_places(tmp_path: Path) -> None:
    (tmp_path / "invoice.xml").write_bytes(cii())

    outcome = read_file(tmp_path / "invoice.xml", recognise(cii()), Options())

    (reading,) = outcome.readings
    assert {name for name, found in reading.fields.items() if found.page is None} <= {"kind", "document_type"}
    assert (len(outcome.pictures), reading.pages, reading.notes) == (1, (1,), ())


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared invoices (../shared/corpus/invoices) are not here")
def test_embedded_invoices_say_what_their_labels_say() -> None:
    names = {"invoice_number": "reference", "address": "supplier_address"}
    fields = ("supplier", "date", "due_date", "invoice_number", "net", "tax", "total", "currency", "document_type")
    seen = 0
    for line in (CORPUS / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if label["truth"] == "embedded XML":
            document = pypdfium2.PdfDocument(CORPUS / label["file"])
            files = [document.get_attachment(at) for at in range(document.count_attachments())]
            xml = next(bytes(file.get_data()) for file in files if file.get_name().lower().endswith(".xml"))
            read_values = values(read(xml))
            wrong = {n for n in fields if label[n] is not None and label[n] != read_values.get(names.get(n, n))}
            assert not wrong, label["file"]
            seen += 1
    assert seen > 20
