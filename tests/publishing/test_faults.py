"""What KashFlow does on a bad day, at every place: each item ends as it should, and the books hold it once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from capture.models import Item, ItemPage, ItemState
from capture.submissions.models import Document
from kashflow.client import connect
from kashflow.ledger import ListKind
from kashflow.models import ConnectionState
from kashflow.sandbox import faults
from kashflow.sandbox.account import Account, save_settings
from kashflow.sandbox.faults import Fault
from kashflow.sandbox.seed import USERNAME
from kashflow.sandbox.server import Sandbox, start
from kashflow.transport import Bounds
from lists.models import Entry
from publishing.changes import resend_item
from publishing.outcomes import MOST_SENDS
from publishing.service import queue_item
from tests.publishing.conftest import PERSON, Desk
from tests.servers import wait_until

BOUNDS = Bounds(connect=2, piece=1, whole=3, megabytes=1)
DOCUMENT, SUPPLIER = "InsertReceipt_TypeDefined", "InsertSupplier"
PAYMENT, FILE, NOTE = "InsertReceiptPayment", "AttachFileToReceipt", "InsertReceiptNote"
SENDS = (SUPPLIER, DOCUMENT, PAYMENT, FILE, NOTE)
NOT_NUMBERED = {FILE: "PUB-15", NOTE: "PUB-12"}  # KashFlow says OK, and a look shows that it did nothing
QUESTIONS = ("GetReceiptsForSupplier", "GetReceipt_TypeDefined", "GetReceiptPayment", "GetReceiptAttachments")
UNCLEAR = (
    Fault("drop_after"),
    Fault("drop_before"),
    Fault("delay", seconds=2),
    Fault("html_503"),
    Fault("html_503", does_it=True),
    Fault("html_200", does_it=True),
    Fault("empty_status"),
    Fault("zero_number"),
    Fault("truncated"),
    Fault("garbage"),
    Fault("fault_server"),
    Fault("fault_server", does_it=True),
)


@dataclass
class Far:
    """The sandbox behind a desk."""

    sandbox: Sandbox
    desk: Desk

    def strikes(self, fault: Fault, operation: str, **more: object) -> None:
        faults.plan(self.sandbox.store, Fault(**{**vars(fault), "operation": operation, **more}))

    def set(self, **changes: object) -> None:
        account = Account(self.sandbox.store, USERNAME)
        save_settings(self.sandbox.store, USERNAME, account.settings.changed(changes))

    def count(self, *kinds: str) -> list[int]:
        account = Account(self.sandbox.store, USERNAME)
        return [len(account.all(kind)) for kind in kinds]

    def violations(self) -> list[str]:
        return [row[0] for row in self.sandbox.store.execute("SELECT text FROM violations")]

    def item(self) -> Item:
        """Make a paid item of a new supplier, with a file and a note."""
        facts = {"paid": "yes", "payment_method": "Cash", "bank_account": "Petty cash", "category": "Cleaning"}
        item = self.desk.item(supplier="Newly Made Ltd", note="Boxes for the move", **facts)
        organisation = self.desk.connection.organisation_id
        document = Document(organisation_id=organisation, sha256="a" * 64, media_type="application/pdf", size=9)
        item.pages = [ItemPage(document=document, page=1, position=1)]
        return item

    def publish(self, item: Item) -> None:
        queue_item(self.desk.session, self.desk.connection.id, item.id, PERSON)
        self.desk.work(passes=6)

    def wait(self, times: int = 6) -> None:
        for _ in range(times):
            self.desk.wait(61)


@pytest.fixture
def far(desk: Desk, tmp_path: Path) -> Iterator[Far]:
    with start(tmp_path) as sandbox:
        ledger = connect(sandbox.url, USERNAME, "demo-password", bounds=BOUNDS)
        for kind in (ListKind.CATEGORIES, ListKind.PAYMENT_METHODS, ListKind.BANK_ACCOUNTS):
            for entry in ledger.entries(kind):
                if entry.name in {"Cleaning", "Cash", "Petty cash"} and "cost" in entry.kinds:
                    desk.session.add(
                        Entry(
                            connection_id=desk.connection.id,
                            list_kind=kind,
                            side="cost" if kind is ListKind.PAYMENT_METHODS else "",
                            remote_id=entry.remote_id,
                            code=entry.code,
                            name=entry.name,
                            search_name=entry.name.lower().replace(" ", ""),
                        )
                    )
        desk.session.flush()
        desk.far = ledger
        yield Far(sandbox, desk)


WHOLE = ("receipt", "receipt_payment", "receipt_attachment", "receipt_note")


@pytest.mark.parametrize("fault", UNCLEAR, ids=lambda fault: f"{fault.fault}{'-done' if fault.does_it else ''}")
@pytest.mark.parametrize("operation", SENDS)
def test_an_unclear_answer_is_settled_by_looking_and_nothing_is_there_twice(
    far: Far, operation: str, fault: Fault
) -> None:
    item, suppliers = far.item(), far.count("supplier")[0]
    far.strikes(fault, operation)
    far.publish(item)

    far.wait()

    is_not_kept = fault.fault == "zero_number" and operation in NOT_NUMBERED
    assert (item.state, item.problem_code) == (ItemState.PUBLISHED, NOT_NUMBERED[operation] if is_not_kept else None)
    assert sum(far.count(*WHOLE)) == (3 if is_not_kept else 4)
    assert max(far.count(*WHOLE)) == 1
    assert far.count("supplier")[0] == suppliers + 1
    assert far.violations() == []


@pytest.mark.parametrize("operation", SENDS)
def test_a_late_commit_is_found_after_the_quiet_time(far: Far, operation: str) -> None:
    item, before = far.item(), far.sandbox.store.execute("SELECT count(*) FROM records")[0][0]
    far.strikes(Fault("late_commit", seconds=0.5), operation)
    far.publish(item)
    kind = {SUPPLIER: "supplier", DOCUMENT: "receipt", PAYMENT: WHOLE[1], FILE: WHOLE[2], NOTE: WHOLE[3]}[operation]
    wait_until(lambda: far.sandbox.store.execute("SELECT count(*) FROM records WHERE kind = ?", kind)[0][0] > 0)
    wait_until(lambda: far.sandbox.store.execute("SELECT count(*) FROM records")[0][0] > before)

    far.wait()

    assert (item.state, far.count(*WHOLE)) == (ItemState.PUBLISHED, [1, 1, 1, 1])


@pytest.mark.parametrize("fault", ["drop_before", "html_503", "html_200", "empty_status", "truncated", "zero_number"])
@pytest.mark.parametrize("operation", QUESTIONS)
def test_a_question_without_an_answer_is_asked_again(far: Far, operation: str, fault: str) -> None:
    item = far.item()
    far.strikes(Fault(fault, times=2), operation)
    far.publish(item)

    far.wait()

    assert (item.state, far.count(*WHOLE)) == (ItemState.PUBLISHED, [1, 1, 1, 1])


@pytest.mark.parametrize(
    ("operation", "state", "code"),
    [
        (SUPPLIER, ItemState.FAILED, "PUB-7"),
        (DOCUMENT, ItemState.FAILED, "PUB-16"),
        (PAYMENT, ItemState.PUBLISHED, "PUB-12"),
        (FILE, ItemState.PUBLISHED, "PUB-15"),
        (NOTE, ItemState.PUBLISHED, "PUB-12"),
    ],
)
@pytest.mark.parametrize(
    "fault", [Fault("refuse", text="The period is closed"), Fault("fault_unread")], ids=["no", "unread"]
)
def test_a_refusal_is_told_with_its_code_and_words(
    far: Far, operation: str, state: ItemState, code: str, fault: Fault
) -> None:
    item = far.item()
    far.strikes(fault, operation)

    far.publish(item)

    assert (item.state, item.problem_code) == (state, code)
    assert ("The period is closed" if fault.text else "unable to read request") in (item.problem or "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Incorrect username or password", "CON-1"),
        ("The SOAP API is not enabled for this account", "CON-2"),
        ("The IP address of 192.0.2.7 is not in the access list", "CON-3"),
        ("Your account has been locked because of too many failed login attempts", "CON-5"),
        ("Your subscription has expired", "CON-6"),
    ],
)
@pytest.mark.parametrize("operation", ["GetSupplier", DOCUMENT, PAYMENT])
def test_a_fault_of_the_connection_holds_it_and_nothing_is_tried_again(
    far: Far, operation: str, words: str, code: str
) -> None:
    item = far.item()
    far.strikes(Fault("refuse", text=words), operation)
    far.publish(item)
    asked = far.sandbox.store.execute("SELECT count(*) FROM requests")

    far.wait(2)

    assert (far.desk.connection.state, far.desk.connection.problem_code) == (ConnectionState.NEEDS_RECONNECT, code)
    assert (item.state, far.sandbox.store.execute("SELECT count(*) FROM requests")) == (ItemState.QUEUED, asked)
    far.desk.connection.state = ConnectionState.CONNECTED
    far.wait(2)
    assert (item.state, far.count(*WHOLE)) == (ItemState.PUBLISHED, [1, 1, 1, 1])


def test_pub_15_without_a_file_store_the_item_says_so_and_stays_published(far: Far) -> None:
    far.set(dropbox=False)
    item = far.item()

    far.publish(item)

    assert (item.state, item.problem_code, far.count(*WHOLE)) == (ItemState.PUBLISHED, "PUB-15", [1, 1, 0, 1])


def test_pub_15_a_file_that_never_arrives_is_given_up_and_can_be_sent_again(far: Far) -> None:
    far.strikes(Fault("fault_server", times=MOST_SENDS), "AttachFileToReceipt")
    item = far.item()
    far.publish(item)

    far.wait(2 * MOST_SENDS)

    assert (item.state, item.problem_code, far.count(*WHOLE)) == (ItemState.PUBLISHED, "PUB-15", [1, 1, 0, 1])
    resend_item(far.desk.session, far.desk.connection.id, item.id, PERSON)
    far.wait(2)
    assert (item.problem_code, far.count(*WHOLE)) == (None, [1, 1, 1, 1])
