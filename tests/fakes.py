"""Fakes of our own interfaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import TypeVar

from kashflow.errors import KeyRefused, LoginRefused, NotSent, Rejected, Unavailable, Unclear
from kashflow.ledger import (
    Company,
    Contact,
    Kind,
    Ledger,
    LedgerAttachment,
    LedgerDocument,
    LedgerPayment,
    Listed,
    ListKind,
    NewAttachment,
    NewContact,
    NewDocument,
    NewPayment,
)

T = TypeVar("T")
KEY = "1A2B3C4D-5E6F"


@dataclass
class FakeLedger(Ledger):
    """A ledger in memory.

    Switches that stay until taken back: ``refuses_login``, ``refuses_login_afterwards`` (from the next send on),
    ``is_unreachable`` (not a byte leaves), ``answers_nothing`` (questions only), ``stores_no_files``. Switches for the
    next send alone: ``loses_answer`` (it took effect), ``loses_request`` (it did not), ``late_commit`` (it will when
    ``commit_late()`` is called), ``rejects`` (with these words). ``calls`` names every method called, in order.
    """

    refuses_login: bool = False
    is_unreachable: bool = False
    answers_nothing: bool = False
    stores_no_files: bool = False
    loses_answer: bool = False
    loses_request: bool = False
    late_commit: bool = False
    refuses_login_afterwards: bool = False
    rejects: str | None = None
    name: str = "Calder & Birch Ltd"
    vat_registered: bool = True
    lists: dict[ListKind, list[Listed]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    contacts: dict[Kind, list[Contact]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    books: dict[Kind, list[LedgerDocument]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    paid: dict[tuple[Kind, int], list[LedgerPayment]] = field(default_factory=dict)
    files: dict[int, list[tuple[LedgerAttachment, bytes]]] = field(default_factory=dict)
    written: dict[int, list[str]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(500_001))
    _late: list[Callable[[], object]] = field(default_factory=list)

    @property
    def purchases(self) -> list[LedgerDocument]:
        return self.books[Kind.COST]

    @property
    def sales(self) -> list[LedgerDocument]:
        return self.books[Kind.SALE]

    def commit_late(self) -> None:
        while self._late:
            self._late.pop(0)()

    def rejects_only(self, name: str, words: str) -> None:
        """Refuse the next send of this name."""
        self.refusals[name] = words

    def alter_last(self, kind: Kind, **facts: int | str) -> None:
        """Let somebody change the last document by hand."""
        self.books[kind][-1] = replace(self.books[kind][-1], **facts)  # type: ignore[arg-type]

    def company(self) -> Company:
        self._ask("company")
        return Company(self.name, vat_registered=self.vat_registered, vat_number="GB123456782", currency="GBP")

    def authorise_address(self, key: str) -> None:
        self._ask("authorise_address")
        if key != KEY:
            raise KeyRefused("The AutoAuth key was refused.")

    def is_vat_registered(self) -> bool:
        self._ask("is_vat_registered")
        return self.vat_registered

    def entries(self, kind: ListKind) -> Iterator[Listed]:
        self._ask(f"entries {kind}")
        yield from self.lists.get(kind, [])

    def find_contact(self, kind: Kind, code: str) -> Contact | None:
        self._ask("find_contact")
        return next((each for each in self.contacts[kind] if each.code == code), None)

    def insert_contact(self, kind: Kind, contact: NewContact) -> int:
        def insert() -> int:
            self.contacts[kind].append(Contact(next(self._ids), contact.code, contact.name))
            return self.contacts[kind][-1].remote_id

        return self._send("insert_contact", insert)

    def documents(self, kind: Kind, contact_id: int) -> tuple[LedgerDocument, ...]:
        self._ask("documents")
        return tuple(each for each in self.books[kind] if each.contact_id == contact_id)

    def documents_between(self, kind: Kind, first: date, last: date) -> tuple[LedgerDocument, ...]:
        self._ask("documents_between")
        return tuple(each for each in self.books[kind] if first <= each.issued_on <= last)

    def insert_document(self, kind: Kind, document: NewDocument) -> int:
        def insert() -> int:
            number = max((each.number for each in self.books[kind]), default=0) + 1
            self.books[kind].append(entered(document, next(self._ids), number))
            return number

        return self._send("insert_document", insert)

    def find_document(self, kind: Kind, number: int) -> LedgerDocument | None:
        self._ask("find_document")
        return next((each for each in self.books[kind] if each.number == number), None)

    def update_document(self, kind: Kind, number: int, document: NewDocument) -> None:
        def update() -> None:
            book = self.books[kind]
            book[:] = [entered(document, each.remote_id, number) if each.number == number else each for each in book]

        self._send("update_document", update)

    def delete_document(self, kind: Kind, remote_id: int) -> None:
        def delete() -> None:
            self.books[kind][:] = [each for each in self.books[kind] if each.remote_id != remote_id]

        self._send("delete_document", delete)

    def payments(self, kind: Kind, number: int) -> tuple[LedgerPayment, ...]:
        self._ask("payments")
        return tuple(self.paid.get((kind, number), ()))

    def insert_payment(self, kind: Kind, payment: NewPayment) -> int:
        def insert() -> int:
            new = LedgerPayment(
                next(self._ids), payment.paid_on, payment.amount, payment.method_id, payment.account_id, payment.note
            )
            self._repay(kind, payment.number, [*self.paid.get((kind, payment.number), ()), new])
            return new.remote_id

        return self._send("insert_payment", insert)

    def delete_payment(self, kind: Kind, number: int, payment_id: int) -> None:
        def delete() -> None:
            left = [each for each in self.paid.get((kind, number), ()) if each.remote_id != payment_id]
            self._repay(kind, number, left)

        self._send("delete_payment", delete)

    def attachments(self, remote_id: int) -> tuple[LedgerAttachment, ...]:
        self._ask("attachments")
        return tuple(each for each, _ in self.files.get(remote_id, ()))

    def attach(self, kind: Kind, attachment: NewAttachment) -> None:
        def attach() -> None:
            document = next((each for each in self.books[kind] if each.number == attachment.number), None)
            kept = LedgerAttachment(next(self._ids), attachment.filename, str(len(attachment.content)))
            if document is not None and not self.stores_no_files:
                self.files.setdefault(document.remote_id, []).append((kept, attachment.content))

        self._send("attach", attach)

    def delete_attachment(self, remote_id: int, attachment_id: int) -> None:
        def delete() -> None:
            left = [each for each in self.files.get(remote_id, ()) if each[0].remote_id != attachment_id]
            self.files[remote_id] = left

        self._send("delete_attachment", delete)

    def notes(self, kind: Kind, remote_id: int) -> tuple[str, ...]:
        del kind
        self._ask("notes")
        return tuple(self.written.get(remote_id, ()))

    def insert_note(self, kind: Kind, remote_id: int, text: str, written_on: date) -> None:
        del kind, written_on
        self._send("insert_note", lambda: self.written.setdefault(remote_id, []).append(text))

    def remote_login_url(self) -> str:
        self._ask("remote_login_url")
        return "https://kashflow.example/login?once=1"

    def _repay(self, kind: Kind, number: int, payments: list[LedgerPayment]) -> None:
        self.paid[kind, number] = payments
        paid = sum(each.amount for each in payments)
        self.books[kind][:] = [
            replace(each, paid=paid, is_paid=paid >= each.net + each.tax) if each.number == number else each
            for each in self.books[kind]
        ]

    def _enter(self, name: str) -> None:
        self.calls.append(name)
        if self.is_unreachable:
            raise NotSent("KashFlow could not be reached. Nothing was sent.")
        if self.refuses_login:
            raise LoginRefused("Incorrect username or password")

    def _ask(self, name: str) -> None:
        self._enter(name)
        if self.answers_nothing:
            raise Unavailable("KashFlow did not answer.")

    def _send(self, name: str, effect: Callable[[], T]) -> T:
        self._enter(name)
        if self.rejects is not None or name in self.refusals:
            words, self.rejects = self.refusals.pop(name, None) or self.rejects or "", None
            raise Rejected(words)
        if self.loses_request or self.late_commit:
            self._late += [effect] if self.late_commit else []
            self.loses_request = self.late_commit = False
            raise Unclear("No answer came.")
        result = effect()
        self.refuses_login |= self.refuses_login_afterwards
        if self.loses_answer:
            self.loses_answer = False
            raise Unclear("No answer came.")
        return result


def entered(document: NewDocument, remote_id: int, number: int) -> LedgerDocument:
    """Give a document as the ledger has it, once it is entered."""
    return LedgerDocument(
        remote_id=remote_id,
        number=number,
        contact_id=document.contact_id,
        reference=document.reference,
        issued_on=document.issued_on,
        due_on=document.due_on,
        net=document.net,
        tax=document.tax,
        paid=0,
        is_paid=False,
        line_count=len(document.lines),
        lines=document.lines,
        currency=document.currency,
        exchange_rate=document.exchange_rate,
    )
