"""Pages written as text say what stands at their head, and nothing is invented."""

import pytest

from capture.reading.extract import read_documents
from capture.reading.folding import plain
from capture.reading.model import Reading
from tests.documents.written import Written, page_of, written_pages

OWN = ("Ribble Head Joinery Ltd", "GB612044883")
NOT_PRINTED_IS_ABSENT = ("tax", "vat_number", "due_date", "last4", "reference", "total")


def read(text: str) -> Reading:
    (reading,) = read_documents((page_of(text),), own=OWN)
    return reading


def values(reading: Reading) -> dict[str, str]:
    return {name: found.value for name, found in reading.fields.items()}


def is_same(name: str, given: str, wanted: str) -> bool:
    if name in {"supplier", "customer"}:  # a firm may be printed with and without its legal form
        return plain(given).startswith(plain(wanted)) or plain(wanted).startswith(plain(given))
    return plain(given) == plain(wanted)


@pytest.mark.parametrize("written", written_pages(), ids=lambda written: written.name)
def test_a_page_says_what_is_written_at_its_head(written: Written) -> None:
    (reading,) = read_documents((written.page,), own=OWN)

    found = values(reading)
    wrong = {
        name: found.get(name)
        for name, value in written.expected.items()
        if not is_same(name, found.get(name, ""), value)
    }
    assert wrong == {}
    assert [name for name in NOT_PRINTED_IS_ABSENT if name in found and name not in written.expected] == []


def test_a_blank_page_says_nothing_of_money() -> None:
    reading = read("")

    assert {"total", "date", "supplier", "tax"} & set(reading.fields) == set()
    assert reading.notes


def test_a_delivery_note_is_not_told_to_lack_a_total() -> None:
    reading = read("Hill Timber Ltd\nDELIVERY NOTE\nDelivery no. 4711\nDate 9 October 2025\nOak boards  12\n")

    assert values(reading)["document_type"] == "not_a_vat_document"
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("line", "kind", "number"),
    [
        ("TAX INV0ICE 0417", "invoice", "0417"),
        ("INVOICE no18221", "invoice", "18221"),
        ("PRO-F0RMA INV0ICE   PF-0092", "not_a_vat_document", "PF-0092"),
    ],
)
def test_what_ocr_runs_together_or_mistakes_is_understood(line: str, kind: str, number: str) -> None:
    found = values(read(f"Calder Laser Ltd\n{line}\nDate 2 March 2026\nCut parts  340.00\nTotal  340.00\n"))

    assert (found["document_type"], found["reference"]) == (kind, number)


def test_eight_digits_alone_are_a_date_where_the_page_has_no_other() -> None:
    without = values(read("Corner Shop\n27032026   Till 4\nTotal £5.00\n"))
    beside_another = values(read("Corner Shop\n27032026   Till 4\nDate 3/4/26\nTotal £5.00\n"))

    assert (without["date"], beside_another["date"]) == ("2026-03-27", "2026-04-03")


def test_a_title_over_a_table_names_none_of_its_columns() -> None:
    head = "Klant         Order      Factuur datum   Factuur      Vervaldatum\n"
    row = "CAL0303006    SO444      8-9-2026        VF10051      22-9-2026\n"
    found = values(read(f"Calder B.V.\nKopie factuur\n{head}{row}"))

    assert found["reference"] == "VF10051"


def test_a_house_is_no_customer_and_a_date_no_number() -> None:
    found = values(
        read("CALDER LTD\nSTATEMENT\nAccount date 07.04.2026\nAccount no 5582005\nBill to:\n54 High Street\n")
    )

    assert found["reference"] == "5582005"
    assert "customer" not in found


def test_sums_outvote_a_label() -> None:
    found = values(read("The Corner Shop\nNet  10.00\nVAT 20%  2.00\nTotal  99.00\nTo pay  12.00\n"))

    assert found["total"] == "12.00"


def test_the_month_comes_first_only_where_the_country_says_so() -> None:
    british = values(read("Corner Shop\nYork YO1 7HH\nDate 03/04/2026\nTotal £5.00\n"))
    american = values(read("Corner Shop Inc.\nPortland, OR 97204\nDate 03/04/2026\nSales tax $0.40\nTotal $5.00\n"))

    assert (british["date"], american["date"]) == ("2026-04-03", "2026-03-04")


def test_every_value_has_its_place_or_says_what_it_was_computed_from() -> None:
    for written in written_pages():
        for reading in read_documents((written.page,), own=OWN):
            for name, found in reading.fields.items():
                placed = found.page is not None and found.box is not None
                assert placed or found.computed_from or found.note, (written.name, name)


def test_two_invoices_in_one_file_are_two_readings() -> None:
    pages = tuple(
        page_of(
            f"Hill Ltd\nInvoice no. {number}\nDate 0{number}/02/2026\nTotal £{number}0.00\nPage 1 of 1", number=number
        )
        for number in (1, 2)
    )

    readings = read_documents(pages)

    assert [(reading.pages, values(reading)["total"]) for reading in readings] == [((1,), "10.00"), ((2,), "20.00")]


def test_the_pages_of_one_invoice_stay_together() -> None:
    first = page_of("Hill Ltd\nInvoice no. 77\nDate 01/02/2026\nSpades  10.00\nPage 1 of 2", number=1)
    second = page_of("Hill Ltd\nInvoice no. 77\nForks  20.00\nTotal £30.00\nPage 2 of 2", number=2)

    (reading,) = read_documents((first, second))

    assert (reading.pages, reading.fields["total"].page) == ((1, 2), 2)


def test_what_was_owed_before_is_no_line_of_a_bill() -> None:
    (bill,) = [written for written in written_pages() if written.name == "phone-bill"]

    (reading,) = read_documents((bill.page,), own=OWN)

    assert [(line.description, line.amount) for line in reading.lines] == [("Line rental", "32.00"), ("Calls", "38.50")]
