"""Every way the service can fail, and what the client makes of it: nothing unclear is ever taken for a no."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kashflow.client import connect
from kashflow.errors import (
    AccountLocked,
    AddressRefused,
    ApiDisabled,
    LedgerError,
    LoginRefused,
    NotSent,
    Rejected,
    RightsLacking,
    Unavailable,
    Unclear,
)
from kashflow.ledger import DocumentLine, Kind, Ledger, ListKind, NewAttachment, NewContact, NewDocument, NewPayment
from kashflow.sandbox.seed import USERNAME
from tests.kashflow.conftest import BOUNDS, KEY, PASSWORD, Scene
from tests.servers import wait_until

NEW = NewContact(code="CF7K2M", name="Bramble & Sons")
NO_ANSWER = [
    "drop_after",
    "drop_before",
    "empty_status",
    "truncated",
    "garbage",
    "html_200",
    "html_503",
    "fault_server",
]
DONE = {"drop_after", "empty_status", "truncated", "garbage"}
LINE = DocumentLine(description="Paper", net=1000, tax=200, percent=Decimal(20), category_id=0)
DOCUMENT = NewDocument(501248, "INV-77", date(2026, 3, 29), date(2026, 4, 28), (LINE,))


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_a_send_without_a_usable_answer_is_unclear(scene: Scene, ledger: Ledger, fault: str) -> None:
    scene.strikes(fault, "InsertSupplier")

    with pytest.raises(Unclear):
        ledger.insert_contact(Kind.COST, NEW)

    assert (ledger.find_contact(Kind.COST, NEW.code) is not None) is (fault in DONE)
    assert len(scene.asked("InsertSupplier")) <= 2  # the fault and what was done; never a second request


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_a_question_without_a_usable_answer_is_unavailable(scene: Scene, ledger: Ledger, fault: str) -> None:
    scene.strikes(fault, "GetSuppliers")

    with pytest.raises(Unavailable) as caught:
        list(ledger.entries(ListKind.SUPPLIERS))

    assert not isinstance(caught.value, NotSent)


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_a_search_without_a_usable_answer_is_not_taken_for_absence(scene: Scene, ledger: Ledger, fault: str) -> None:
    scene.strikes(fault, "Get*", times=9)

    with pytest.raises(Unavailable):
        ledger.find_contact(Kind.COST, "NOBODY")
    with pytest.raises(Unavailable):
        ledger.find_document(Kind.COST, 4711)
    with pytest.raises(Unavailable):
        ledger.documents(Kind.COST, 501248)


@pytest.mark.parametrize("fault", ["html_503", "html_200", "fault_server"])
def test_a_send_that_was_done_behind_an_error_page_is_unclear_too(scene: Scene, ledger: Ledger, fault: str) -> None:
    scene.strikes(fault, "InsertReceipt_TypeDefined", does_it=True)

    with pytest.raises(Unclear):
        ledger.insert_document(Kind.COST, DOCUMENT)

    assert len(ledger.documents(Kind.COST, DOCUMENT.contact_id)) == 1


def test_an_answer_after_the_time_out_is_unclear(scene: Scene, ledger: Ledger) -> None:
    scene.strikes("delay", "InsertSupplier", seconds=2)
    hasty = connect(scene.sandbox.url, USERNAME, PASSWORD, bounds=replace(BOUNDS, piece=0.5))

    with pytest.raises(Unclear, match="no answer in time"):
        hasty.insert_contact(Kind.COST, NEW)

    wait_until(lambda: ledger.find_contact(Kind.COST, NEW.code) is not None)


def test_an_accepted_insert_without_a_number_is_unclear(scene: Scene, ledger: Ledger) -> None:
    scene.strikes("zero_number", "Insert*", times=3)

    with pytest.raises(Unclear):
        ledger.insert_contact(Kind.COST, NEW)
    with pytest.raises(Unclear):
        ledger.insert_document(Kind.COST, DOCUMENT)
    with pytest.raises(Unclear):
        ledger.insert_payment(Kind.COST, NewPayment(1, date(2026, 3, 29), 1200, method_id=1, account_id=1, note="x"))


def test_a_file_that_was_accepted_may_be_missing_all_the_same(scene: Scene, ledger: Ledger) -> None:
    scene.strikes("not_stored", "AttachFileToReceipt")
    ledger.insert_document(Kind.COST, DOCUMENT)
    (document,) = ledger.documents(Kind.COST, DOCUMENT.contact_id)

    ledger.attach(Kind.COST, NewAttachment(document.number, "a.pdf", "application/pdf", b"abc"))

    assert ledger.attachments(document.remote_id) == ()


def test_a_request_that_could_not_be_read_was_rejected(scene: Scene, ledger: Ledger) -> None:
    scene.strikes("fault_unread", "InsertSupplier")

    with pytest.raises(Rejected, match="unable to read request"):
        ledger.insert_contact(Kind.COST, NEW)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("Incorrect username or password", LoginRefused),
        ("INCORRECT USERNAME OR PASSWORD.", LoginRefused),
        ("The IP address of 203.0.113.7 is not in the access list", AddressRefused),
        ("The SOAP API is not enabled for this account", ApiDisabled),
        ("Your account has been locked because of too many failed login attempts", AccountLocked),
        ("Your subscription has expired", RightsLacking),
        ("You do not have permission to use the API", RightsLacking),
        ("Customer Code is not unique", Rejected),
        ("the customer code specified is invalid, please re-enter without any special characters", Rejected),
        ("This bank account is locked for the period", Rejected),
        ("You do not have permission to post before the lock date", Rejected),
        ("", Rejected),
    ],
)
def test_a_well_formed_no_is_told_by_its_words(
    scene: Scene, ledger: Ledger, words: str, error: type[LedgerError]
) -> None:
    scene.strikes("refuse", "InsertSupplier", text=words)

    with pytest.raises(error) as caught:
        ledger.insert_contact(Kind.COST, NEW)

    assert type(caught.value) is error
    assert words in str(caught.value)


def test_a_refused_login_is_never_read_as_absence(scene: Scene, ledger: Ledger) -> None:
    scene.strikes("refuse", "Get*", times=4, text="Incorrect username or password")

    with pytest.raises(LoginRefused):
        ledger.find_contact(Kind.SALE, "X1")
    with pytest.raises(LoginRefused):
        ledger.find_document(Kind.COST, 1)
    with pytest.raises(LoginRefused):
        ledger.documents(Kind.COST, 1)
    with pytest.raises(LoginRefused):
        ledger.attachments(1)


def test_a_refused_question_is_unavailable_in_kashflows_words(scene: Scene, ledger: Ledger) -> None:
    scene.strikes("refuse", "GetVATRates", text="Something went wrong, sorry")

    with pytest.raises(Unavailable, match="Something went wrong, sorry"):
        list(ledger.entries(ListKind.VAT_RATES))


def test_without_a_server_nothing_is_sent() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # so that nobody else takes the port; it does not listen
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/api/service.asmx"
        ledger = connect(url, USERNAME, PASSWORD, bounds=BOUNDS)

        with pytest.raises(NotSent):
            ledger.insert_contact(Kind.COST, NEW)


def test_a_name_that_does_not_resolve_means_nothing_is_sent() -> None:
    ledger = connect("https://kashflow.invalid/api/service.asmx", "u", "p", bounds=BOUNDS)

    with pytest.raises(NotSent):
        ledger.company()


def test_what_is_no_tls_on_the_other_side_means_nothing_is_sent(scene: Scene) -> None:
    ledger = connect(scene.sandbox.url.replace("http:", "https:"), USERNAME, PASSWORD, bounds=BOUNDS)

    with pytest.raises(NotSent):
        ledger.insert_contact(Kind.COST, NEW)

    assert scene.asked("InsertSupplier") == []


def test_a_text_that_xml_cannot_carry_is_cleaned_and_sent(scene: Scene, ledger: Ledger) -> None:
    ledger.insert_contact(Kind.COST, NewContact(code="CF1", name="Bell\x07 & \ud800Co\x00"))

    found = ledger.find_contact(Kind.COST, "CF1")
    assert found is not None
    assert found.name == "Bell & Co"
    assert scene.violations() == []


def test_autoauth_that_does_not_answer_means_the_send_was_not_made(scene: Scene) -> None:
    scene.set(restrict_addresses=True)
    scene.strikes("drop_after", "AutoAuthIP")
    ledger = connect(scene.sandbox.url, USERNAME, PASSWORD, autoauth_key=KEY, bounds=BOUNDS)

    with pytest.raises(NotSent):
        ledger.insert_contact(Kind.COST, NEW)

    assert len(scene.asked("InsertSupplier")) == 1
