"""The client over HTTP against the sandbox, method by method."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from kashflow.errors import Rejected
from kashflow.ledger import (
    DocumentLine,
    Kind,
    Ledger,
    Listed,
    ListKind,
    NewAttachment,
    NewContact,
    NewDocument,
    NewPayment,
)
from tests.kashflow.conftest import Scene

BOTH = pytest.mark.parametrize("kind", list(Kind))


def named(ledger: Ledger, kind: ListKind, name: str) -> Listed:
    return next(each for each in ledger.entries(kind) if each.name == name)


def contact_of(ledger: Ledger, kind: Kind) -> int:
    return ledger.insert_contact(kind, NewContact(code="CF7K2M", name="Bramble & Sons", address=("1 High St", "Town")))


def paper(ledger: Ledger, contact_id: int, **changes: object) -> NewDocument:
    category = int(named(ledger, ListKind.CATEGORIES, "Office supplies").remote_id)
    line = DocumentLine(description="Paper", net=1000, tax=200, percent=Decimal(20), category_id=category, rate=1000)
    given: dict[str, object] = {
        "contact_id": contact_id,
        "reference": "INV-77",
        "issued_on": date(2026, 3, 29),
        "due_on": date(2026, 4, 28),
        "lines": (line,),
    }
    return NewDocument(**(given | changes))  # type: ignore[arg-type]


def test_the_organisation_is_named(ledger: Ledger) -> None:
    company = ledger.company()

    assert (company.name, company.vat_registered, company.currency) == ("Calder & Birch Ltd", True, "GBP")


def test_whether_vat_is_published_is_told(scene: Scene, ledger: Ledger) -> None:
    scene.set(vat_registered=False)

    assert not ledger.is_vat_registered()


@BOTH
def test_a_contact_is_created_and_found_by_its_code(scene: Scene, ledger: Ledger, kind: Kind) -> None:
    remote_id = contact_of(ledger, kind)

    found = ledger.find_contact(kind, "CF7K2M")

    assert found is not None
    assert (found.remote_id, found.name) == (remote_id, "Bramble & Sons")
    assert scene.violations() == []


@BOTH
@pytest.mark.parametrize("refused", [False, True])
def test_an_unknown_code_is_nobody_however_kashflow_says_so(
    scene: Scene, ledger: Ledger, kind: Kind, *, refused: bool
) -> None:
    scene.set(absent_is_refused=refused)

    assert ledger.find_contact(kind, "NOBODY") is None


@BOTH
def test_a_code_is_taken_once(ledger: Ledger, kind: Kind) -> None:
    contact_of(ledger, kind)

    with pytest.raises(Rejected, match="Code is not unique"):
        contact_of(ledger, kind)


@BOTH
def test_a_document_reads_back_as_it_was_sent(scene: Scene, ledger: Ledger, kind: Kind) -> None:
    document = paper(ledger, contact_of(ledger, kind))

    number = ledger.insert_document(kind, document)

    found = ledger.find_document(kind, number)
    assert found is not None
    assert (found.number, found.contact_id, found.reference) == (number, document.contact_id, "INV-77")
    assert (found.issued_on, found.due_on, found.lines) == (document.issued_on, document.due_on, document.lines)
    assert (found.net, found.tax, found.paid, found.is_paid) == (1000, 200, 0, False)
    assert scene.violations() == []


@BOTH
def test_documents_of_one_contact_alone_are_given(ledger: Ledger, kind: Kind) -> None:
    mine = contact_of(ledger, kind)
    other = ledger.insert_contact(kind, NewContact(code="OTHER", name="Other"))
    number = ledger.insert_document(kind, paper(ledger, mine))
    ledger.insert_document(kind, paper(ledger, other))

    (found,) = ledger.documents(kind, mine)

    assert (found.number, found.net, found.line_count) == (number, 1000, 1)


@BOTH
def test_documents_between_two_dates_include_both(ledger: Ledger, kind: Kind) -> None:
    contact = contact_of(ledger, kind)
    for day in (28, 29, 30, 31):
        ledger.insert_document(kind, paper(ledger, contact, issued_on=date(2026, 3, day)))

    found = ledger.documents_between(kind, date(2026, 3, 29), date(2026, 3, 30))

    assert {each.issued_on.day for each in found} == {29, 30}


def test_a_capped_list_is_read_in_pages(scene: Scene, ledger: Ledger) -> None:
    scene.set(cap_supplier_list=True)
    contact = contact_of(ledger, Kind.COST)
    document = paper(ledger, contact)
    for _ in range(103):
        ledger.insert_document(Kind.COST, document)

    found = ledger.documents(Kind.COST, contact)

    assert {each.number for each in found} == set(range(1, 104))
    assert len(scene.asked("GetReceiptsWithPaging")) == 2


@BOTH
@pytest.mark.parametrize("refused", [False, True])
def test_an_unknown_number_is_no_document_however_kashflow_says_so(
    scene: Scene, ledger: Ledger, kind: Kind, *, refused: bool
) -> None:
    scene.set(absent_is_refused=refused)

    assert ledger.find_document(kind, 4711) is None


@BOTH
def test_an_update_replaces_the_document_of_this_number(ledger: Ledger, kind: Kind) -> None:
    contact = contact_of(ledger, kind)
    number = ledger.insert_document(kind, paper(ledger, contact))
    before = ledger.find_document(kind, number)

    ledger.update_document(kind, number, paper(ledger, contact, reference="INV-78"))

    after = ledger.find_document(kind, number)
    assert before is not None
    assert after is not None
    assert (after.remote_id, after.reference) == (before.remote_id, "INV-78")


@BOTH
def test_a_document_is_deleted_by_its_id(scene: Scene, ledger: Ledger, kind: Kind) -> None:
    contact = contact_of(ledger, kind)
    ledger.insert_document(kind, paper(ledger, contact))
    (document,) = ledger.documents(kind, contact)

    ledger.delete_document(kind, document.remote_id)

    assert ledger.documents(kind, contact) == ()
    assert scene.violations() == []


@BOTH
def test_a_payment_is_entered_and_deleted(scene: Scene, ledger: Ledger, kind: Kind) -> None:
    number = ledger.insert_document(kind, paper(ledger, contact_of(ledger, kind)))
    account = int(named(ledger, ListKind.BANK_ACCOUNTS, "Current account").remote_id)
    payment = NewPayment(number, date(2026, 3, 30), 1200, method_id=1, account_id=account, note="CF-AB12CD34")

    payment_id = ledger.insert_payment(kind, payment)

    (found,) = ledger.payments(kind, number)
    assert (found.remote_id, found.amount, found.note) == (payment_id, 1200, "CF-AB12CD34")
    assert (found.paid_on, found.method_id, found.account_id) == (date(2026, 3, 30), 1, account)
    document = ledger.find_document(kind, number)
    assert document is not None
    assert (document.is_paid, document.paid) == (True, 1200)
    ledger.delete_payment(kind, number, payment_id)
    assert ledger.payments(kind, number) == ()
    assert scene.violations() == []


@BOTH
def test_a_file_arrives_byte_for_byte(scene: Scene, ledger: Ledger, kind: Kind) -> None:
    number = ledger.insert_document(kind, paper(ledger, contact_of(ledger, kind)))
    content = bytes(range(256)) * 4000

    ledger.attach(kind, NewAttachment(number, "CF-12-paper.pdf", "application/pdf", content))

    kept = scene.account.first("receipt_attachment" if kind is Kind.COST else "invoice_attachment")
    assert kept is not None
    assert hashlib.sha256(scene.sandbox.store.content(kept.id)).digest() == hashlib.sha256(content).digest()
    assert (kept.data["ContentType"], kept.data["FileExtension"]) == ("application/pdf", "pdf")
    assert scene.violations() == []


def test_files_of_a_purchase_are_listed_and_deleted(scene: Scene, ledger: Ledger) -> None:
    number = ledger.insert_document(Kind.COST, paper(ledger, contact_of(ledger, Kind.COST)))
    document = ledger.find_document(Kind.COST, number)
    assert document is not None
    ledger.attach(Kind.COST, NewAttachment(number, "a.pdf", "application/pdf", b"abc"))

    (attachment,) = ledger.attachments(document.remote_id)

    assert (attachment.filename, attachment.size) == ("a.pdf", "3")
    ledger.delete_attachment(document.remote_id, attachment.remote_id)
    assert ledger.attachments(document.remote_id) == ()
    assert scene.violations() == []


def test_without_a_file_store_a_file_is_accepted_and_not_there(scene: Scene, ledger: Ledger) -> None:
    scene.set(dropbox=False)
    number = ledger.insert_document(Kind.COST, paper(ledger, contact_of(ledger, Kind.COST)))
    document = ledger.find_document(Kind.COST, number)
    assert document is not None

    ledger.attach(Kind.COST, NewAttachment(number, "a.pdf", "application/pdf", b"abc"))

    assert ledger.attachments(document.remote_id) == ()


@BOTH
def test_a_note_reads_back(scene: Scene, ledger: Ledger, kind: Kind) -> None:
    contact = contact_of(ledger, kind)
    ledger.insert_document(kind, paper(ledger, contact))
    (document,) = ledger.documents(kind, contact)

    ledger.insert_note(kind, document.remote_id, "Approved by J", date(2026, 3, 30))

    assert ledger.notes(kind, document.remote_id) == ("Approved by J",)
    assert scene.violations() == []


def test_a_foreign_document_keeps_its_own_amounts(ledger: Ledger) -> None:
    contact = contact_of(ledger, Kind.COST)
    document = paper(ledger, contact, currency="EUR", exchange_rate=Decimal("1.17"))

    number = ledger.insert_document(Kind.COST, document)

    found = ledger.find_document(Kind.COST, number)
    assert found is not None
    assert (found.net, found.tax, found.currency, found.exchange_rate) == (1000, 200, "EUR", Decimal("1.1700"))


def test_a_link_into_kashflow_is_given(scene: Scene, ledger: Ledger) -> None:
    assert ledger.remote_login_url().startswith(scene.sandbox.site)
