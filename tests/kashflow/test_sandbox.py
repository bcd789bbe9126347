"""The sandbox behaves as the service is known to: its replies, its refusals, its numbers, its faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import zeep
from lxml import etree

from kashflow.errors import Rejected
from kashflow.ledger import Kind, Ledger, NewContact
from tests.kashflow.conftest import PASSWORD, Scene, call
from tests.kashflow.test_client import paper

ROOT = Path(__file__).resolve().parents[2]
LOGIN = f"<UserName>demo</UserName><Password>{PASSWORD}</Password>"
HEAD = "<InvoiceDate>2026-03-01T00:00:00</InvoiceDate>"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
Answer = tuple[int, etree._Element]  # noqa: SLF001 - the stubs' only name for it
Post = Callable[..., Answer]


@pytest.fixture
def post(scene: Scene) -> Post:
    """Send raw XML, as careless clients do."""

    def send(operation: str, inside: str, *, soap: str = "http://schemas.xmlsoap.org/soap/envelope/") -> Answer:
        body = f'<s:Envelope xmlns:s="{soap}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><s:Body>'
        body += f'<{operation} xmlns="KashFlow">{LOGIN}{inside}</{operation}></s:Body></s:Envelope>'
        status, content = call(scene, "POST", "/api/service.asmx", body.encode())
        return status, etree.fromstring(content)

    return send


def text(answer: Answer, name: str) -> str | None:
    return answer[1].findtext(f".//{{KashFlow}}{name}")


def words_of(root: etree._Element) -> str:
    return "".join(str(each) for each in root.itertext())


def books(scene: Scene) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(call(scene, "GET", "/sandbox/ledger.json")[1])
    return found


def test_it_serves_its_own_description(scene: Scene) -> None:
    client = zeep.Client(scene.sandbox.url + "?WSDL")  # type: ignore[no-untyped-call]

    assert (
        client.service.GetCompanyDetails("demo", PASSWORD).GetCompanyDetailsResult.CompanyName == "Calder & Birch Ltd"
    )
    assert client.service._binding_options["address"] == scene.sandbox.url  # noqa: SLF001


def test_soap_12_is_answered_in_kind(post: Post) -> None:
    status, root = post("isUserVATRegistered", "", soap=SOAP_12)

    assert (status, root.tag) == (200, f"{{{SOAP_12}}}Envelope")


def test_an_operation_it_does_not_know_is_a_fault(post: Post) -> None:
    status, root = post("GetQuotes", "")

    assert status == 500
    assert "did not recognize" in words_of(root)


def test_any_order_and_missing_numbers_are_accepted_and_noted(scene: Scene, post: Post) -> None:
    answer = post("InsertReceipt_TypeDefined", f"<Inv_TD><CustomerID>501248</CustomerID>{HEAD}</Inv_TD>")

    assert (text(answer, "Status"), text(answer, "InsertReceipt_TypeDefinedResult")) == ("OK", "1")
    assert "Inv_TD.NetAmount is missing" in scene.violations()
    assert "Inv_TD. out of the order of the schema" in scene.violations()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("<NetAmount/>", "unable to read request"),
        ("<NetAmount>12,50</NetAmount>", "unable to read request"),
        ("<CustomerID>5.5</CustomerID>", "unable to read request"),
        ("<CustomerID>99999999999</CustomerID>", "unable to read request"),
        ("<InvoiceDate>2026-03-01 00:00:00 UTC</InvoiceDate>", "is not a valid AllXsd value"),
        ("<InvoiceDate>2026-02-30</InvoiceDate>", "is not a valid AllXsd value"),
        ("<InvoiceDate/>", "is not a valid AllXsd value"),
    ],
)
def test_what_dotnet_cannot_read_is_a_fault_and_enters_nothing(
    scene: Scene, post: Post, field: str, words: str
) -> None:
    status, root = post("InsertReceipt_TypeDefined", f"<Inv_TD>{field}</Inv_TD>")

    assert status == 500
    assert words in words_of(root)
    assert books(scene)["purchases"] == []
    assert scene.violations()


def test_lines_of_any_type_need_their_type(scene: Scene, post: Post) -> None:
    line = "<anyType{}><Quantity>1</Quantity><Rate>5</Rate></anyType>"
    receipt = f"<Inv><CustomerID>501248</CustomerID>{HEAD}<Lines>{line}</Lines></Inv>"

    assert post("InsertReceipt", receipt.format(""))[0] == 500
    assert post("InsertReceipt", receipt.format(' i:type="InvoiceLine"'))[0] == 200
    (purchase,) = books(scene)["purchases"]
    assert purchase["NetAmount"] == "5.00"


def test_lines_of_any_type_come_with_their_type(ledger: Ledger, post: Post) -> None:
    ledger.insert_document(Kind.COST, paper(ledger, 501_248))

    _, root = post("GetReceipt", "<ReceiptNumber>1</ReceiptNumber>")

    (line,) = root.iter("{KashFlow}anyType")
    assert line.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "InvoiceLine"


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ("<InvoiceNumber>9</InvoiceNumber>", "brings the number 9"),
        ("<InvoiceDate>2026-03-01T00:00:00Z</InvoiceDate>", "has an offset"),
        ("<InvoiceDate>2026-03-01T22:44:00</InvoiceDate>", "has a time of day"),
        ("<CustomerReference/>", "is sent empty"),
        ("<Colour>red</Colour>", "is not known here"),
        ("<Lines><InvoiceLine><Rate>0.125</Rate></InvoiceLine></Lines>", "more than two decimals"),
        ("<Lines><InvoiceLine><ChargeType>7504</ChargeType></InvoiceLine></Lines>", "nominal id is wanted"),
    ],
)
def test_a_broken_rule_is_noted(scene: Scene, post: Post, inside: str, rule: str) -> None:
    post("InsertReceipt_TypeDefined", f"<Inv_TD><CustomerID>501248</CustomerID>{inside}</Inv_TD>")

    assert [each for each in scene.violations() if rule in each]


def test_numbers_and_ids_mixed_up_are_noted(scene: Scene, ledger: Ledger, post: Post) -> None:
    ledger.insert_document(Kind.COST, paper(ledger, 501_248))
    (document,) = ledger.documents(Kind.COST, 501_248)
    assert scene.violations() == []

    post("GetReceipt_TypeDefined", f"<ReceiptNumber>{document.remote_id}</ReceiptNumber>")
    post("GetReceiptAttachments", f"<ReceiptID>{document.number}</ReceiptID>")
    post("DeleteReceiptByID", f"<ReceiptID>{document.number}</ReceiptID>")

    assert len(scene.violations()) == 3
    assert len(ledger.documents(Kind.COST, 501_248)) == 1


def test_the_number_of_a_deleted_top_document_is_used_again_and_its_id_is_not(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.insert_document(Kind.COST, paper(ledger, 501_248))
    first, second, top = ledger.documents(Kind.COST, 501_248)
    ledger.delete_document(Kind.COST, first.remote_id)
    ledger.delete_document(Kind.COST, top.remote_id)

    ledger.insert_document(Kind.COST, paper(ledger, 501_248))

    left, new = ledger.documents(Kind.COST, 501_248)
    assert (left.number, new.number) == (second.number, top.number)
    assert new.remote_id > top.remote_id


def test_decimals_have_four_places_and_dates_are_midnights(ledger: Ledger, post: Post) -> None:
    ledger.insert_document(Kind.COST, paper(ledger, 501_248))

    answer = post("GetReceipt_TypeDefined", "<ReceiptNumber>1</ReceiptNumber>")

    assert (text(answer, "NetAmount"), text(answer, "InvoiceDate")) == ("10.0000", "2026-03-29T00:00:00")


@pytest.mark.parametrize("on", [True, False])
def test_the_fields_of_2026_can_be_left_out(scene: Scene, ledger: Ledger, post: Post, *, on: bool) -> None:
    scene.set(fields_of_2026=on)
    ledger.insert_document(Kind.COST, paper(ledger, 501_248))

    receipt = post("GetReceipt_TypeDefined", "<ReceiptNumber>1</ReceiptNumber>")
    supplier = post("GetSupplierByID", "<SupplierID>501248</SupplierID>")

    assert (text(receipt, "IsCISReverseCharge") is not None) is on
    assert (text(supplier, "TradeBorderType") is not None) is on


def test_an_unknown_number_is_a_zeroed_document(post: Post) -> None:
    answer = post("GetReceipt_TypeDefined", "<ReceiptNumber>99</ReceiptNumber>")

    assert (text(answer, "Status"), text(answer, "InvoiceDBID")) == ("OK", "0")


def test_receipts_are_the_hundred_highest_with_a_text_that_says_so(ledger: Ledger, post: Post) -> None:
    document = paper(ledger, 501_248)
    for _ in range(101):
        ledger.insert_document(Kind.COST, document)

    answer = post("GetReceipts", "")

    numbers = [int(each.text or 0) for each in answer[1].iter("{KashFlow}InvoiceNumber")]
    assert numbers == list(range(101, 1, -1))
    assert (text(answer, "StatusDetail") or "").startswith("This function has now been modified")


def test_recent_means_by_the_documents_date(ledger: Ledger, post: Post) -> None:
    for day in (5, 9, 7):
        ledger.insert_document(Kind.COST, paper(ledger, 501_248, issued_on=date(2026, 3, day)))

    _, root = post("GetReceipts_Recent", "<NumberOfReceipts>2</NumberOfReceipts>")

    assert [each.text for each in root.iter("{KashFlow}InvoiceDate")] == ["2026-03-09T00:00:00", "2026-03-07T00:00:00"]


def test_a_locked_period_refuses(scene: Scene, ledger: Ledger) -> None:
    scene.set(lock_date="2026-03-31")

    with pytest.raises(Rejected, match="locked"):
        ledger.insert_document(Kind.COST, paper(ledger, 501_248))


@pytest.mark.parametrize("kind", list(Kind))
def test_codes_are_plain(ledger: Ledger, kind: Kind) -> None:
    with pytest.raises(Rejected, match="code specified is invalid, please re-enter without any special characters"):
        ledger.insert_contact(kind, NewContact(code="a@b.test", name="A"))


def test_with_an_api_password_the_other_is_refused(scene: Scene, post: Post) -> None:
    scene.set(api_password="separate")

    assert text(post("GetCurrencies", ""), "StatusDetail") == "Incorrect username or password"


@pytest.mark.parametrize(
    ("setting", "value"), [("api_enabled", False), ("locked_out", True), ("subscription_ended", True)]
)
def test_an_account_can_be_closed(scene: Scene, post: Post, setting: str, *, value: bool) -> None:
    scene.set(**{setting: value})

    assert text(post("GetCurrencies", ""), "Status") == "NO"


def test_pages_hold_what_passes_their_filter(ledger: Ledger, post: Post) -> None:
    ledger.insert_document(Kind.COST, paper(ledger, 501_248))

    for wanted, records in (("All", "1"), ("Unpaid", "1"), ("Overdue", "1"), ("Paid", "0"), ("Overpaid", "0")):
        page = post("GetReceiptsWithPaging", f"<Page>1</Page><PerPage>500</PerPage><FilterBy>{wanted}</FilterBy>")
        assert (wanted, text(page, "TotalRecords")) == (wanted, records)
