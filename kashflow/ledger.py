"""The ledger as the rest of the product sees it: plain values in, plain values out, nothing of SOAP.

Amounts are whole pence (hundredths of the document's currency), dates are dates, percents, quantities and exchange
rates are Decimal. ``number`` is the document number people see, ``remote_id`` the immutable id behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

EXEMPT = Decimal(-1)  # KashFlow's percent for "exempt" on a line that is sent


class Kind(StrEnum):
    """Which way the money goes: a cost becomes a purchase from a supplier, a sale an invoice to a customer."""

    COST = "cost"
    SALE = "sale"


class ListKind(StrEnum):
    """The lists that are fetched from KashFlow, in the order in which they are fetched."""

    CATEGORIES = "categories"
    VAT_RATES = "vat_rates"
    SUPPLIERS = "suppliers"
    CUSTOMERS = "customers"
    SOURCES = "sources"
    PAYMENT_METHODS = "payment_methods"
    BANK_ACCOUNTS = "bank_accounts"
    PRODUCTS = "products"
    PROJECTS = "projects"
    CURRENCIES = "currencies"


@dataclass(frozen=True)
class Company:
    """The organisation behind a login. ``currency`` is ISO 4217 where KashFlow tells it, else its name for it."""

    name: str
    vat_registered: bool
    vat_number: str | None
    currency: str


@dataclass(frozen=True)
class Listed:
    """One entry of a list.

    ``remote_id`` is KashFlow's id as text (VAT rates: the percent, ``exempt`` for the synthetic one; currencies: the
    ISO code); ``kinds`` tells for what it can be used; ``parent_id`` is set on sub-products (the product's remote_id);
    ``details`` holds what else is worth keeping, text by field name (vat_number, email, phone, website, postcode,
    address, currency_id, terms, exchange_rate, default, classification, archived ...).
    """

    remote_id: str
    name: str
    code: str | None = None
    active: bool = True
    kinds: frozenset[Kind] = frozenset(Kind)
    percent: Decimal | None = None
    parent_id: str | None = None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewContact:
    """A supplier (cost) or customer (sale) to be created; ``code`` is letters and digits of our own making."""

    code: str
    name: str
    address: tuple[str, ...] = ()
    postcode: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    vat_number: str | None = None
    notes: str | None = None
    currency_id: int = 0
    source_id: int = 0
    contact_name: str | None = None


@dataclass(frozen=True)
class Contact:
    """A supplier or customer as KashFlow has it."""

    remote_id: int
    code: str
    name: str


@dataclass(frozen=True)
class DocumentLine:
    """One line. ``net`` and ``tax`` are of the whole line; ``percent`` is EXEMPT for exempt.

    ``quantity`` times ``rate`` (pence) is sent when it gives ``net`` exactly, otherwise quantity 1 with the net.
    """

    description: str
    net: int
    tax: int
    percent: Decimal
    category_id: int
    quantity: Decimal = Decimal(1)
    rate: int | None = None
    product_id: int = 0
    project_id: int = 0


@dataclass(frozen=True)
class NewDocument:
    """A purchase or sales invoice to be entered; ``contact_id`` is the supplier's or customer's id.

    ``currency`` and ``exchange_rate`` (foreign units for one home unit) are set for foreign documents only; amounts are
    then in that currency.
    """

    contact_id: int
    reference: str
    issued_on: date
    due_on: date
    lines: tuple[DocumentLine, ...]
    project_id: int = 0
    currency: str | None = None
    exchange_rate: Decimal | None = None

    @property
    def net(self) -> int:
        """Sum of the lines' net, in pence."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """Sum of the lines' VAT, in pence."""
        return sum(line.tax for line in self.lines)


@dataclass(frozen=True)
class LedgerDocument:
    """A purchase or sales invoice as KashFlow has it. ``lines`` is empty where the reading operation gives none."""

    remote_id: int
    number: int
    contact_id: int
    reference: str
    issued_on: date
    due_on: date
    net: int
    tax: int
    paid: int
    is_paid: bool
    line_count: int
    lines: tuple[DocumentLine, ...] = ()
    currency: str | None = None
    exchange_rate: Decimal | None = None
    permalink: str | None = None


@dataclass(frozen=True)
class NewPayment:
    """A payment of a document, found by the document's number. ``note`` carries our mark."""

    number: int
    paid_on: date
    amount: int
    method_id: int
    account_id: int
    note: str


@dataclass(frozen=True)
class LedgerPayment:
    """A payment as KashFlow has it."""

    remote_id: int
    paid_on: date
    amount: int
    method_id: int
    account_id: int
    note: str


@dataclass(frozen=True)
class NewAttachment:
    """A file for a document, found by the document's number; ``filename`` is unique to the item."""

    number: int
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class LedgerAttachment:
    """A file as KashFlow has it."""

    remote_id: int
    filename: str
    size: str


class Ledger(Protocol):
    """One KashFlow account. Every method may raise ConnectionFault and, for questions, Unavailable.

    Sends (``insert_*``, ``attach``, ``update_*``, ``delete_*``) raise NotSent, Rejected or Unclear. A question that
    finds nothing gives None or an empty result; a refused login is never read as "nothing there".
    """

    def company(self) -> Company:
        """Ask who this is (GetCompanyDetails); the test of a connection."""

    def authorise_address(self, key: str) -> None:
        """Put the caller's address on the access list (AutoAuthIP).

        Raises:
            KeyRefused: the key is wrong or AutoAuth is off.
        """

    def is_vat_registered(self) -> bool:
        """Ask whether VAT is published by default (isUserVATRegistered)."""

    def entries(self, kind: ListKind) -> Iterator[Listed]:
        """Give a list's entries one by one as the reply is read; products come before their sub-products.

        Only the end tells whether they were all: an Unavailable raised there makes what was given before worthless.
        """

    def find_contact(self, kind: Kind, code: str) -> Contact | None:
        """Find a supplier (cost) or customer (sale) by our code."""

    def insert_contact(self, kind: Kind, contact: NewContact) -> int:
        """Create a supplier or customer and give its id."""

    def documents(self, kind: Kind, contact_id: int) -> tuple[LedgerDocument, ...]:
        """Give all documents of a supplier or customer, all pages; the watermark and the look-up read these."""

    def documents_between(self, kind: Kind, first: date, last: date) -> tuple[LedgerDocument, ...]:
        """Give all documents dated from ``first`` to ``last``, both included, all pages."""

    def insert_document(self, kind: Kind, document: NewDocument) -> int:
        """Enter a purchase or sales invoice with all its lines and give its number."""

    def find_document(self, kind: Kind, number: int) -> LedgerDocument | None:
        """Find a document by its number, with its lines."""

    def update_document(self, kind: Kind, number: int, document: NewDocument) -> None:
        """Replace the document of this number; compare ``remote_id`` before."""

    def delete_document(self, kind: Kind, remote_id: int) -> None:
        """Delete a document by its id. The answer proves nothing; look afterwards."""

    def payments(self, kind: Kind, number: int) -> tuple[LedgerPayment, ...]:
        """Give the payments of a document."""

    def insert_payment(self, kind: Kind, payment: NewPayment) -> int:
        """Enter a payment and give its id."""

    def delete_payment(self, kind: Kind, number: int, payment_id: int) -> None:
        """Delete a payment of a document."""

    def attachments(self, remote_id: int) -> tuple[LedgerAttachment, ...]:
        """Give the files of a purchase, by its id; KashFlow cannot tell those of sales invoices."""

    def attach(self, kind: Kind, attachment: NewAttachment) -> None:
        """Attach a file to a document."""

    def delete_attachment(self, remote_id: int, attachment_id: int) -> None:
        """Delete a file of a purchase."""

    def notes(self, kind: Kind, remote_id: int) -> tuple[str, ...]:
        """Give the texts of a document's notes, by its id."""

    def insert_note(self, kind: Kind, remote_id: int, text: str, written_on: date) -> None:
        """Add a note to a document, by its id."""

    def remote_login_url(self) -> str:
        """Ask for a link that opens KashFlow once, within 120 seconds."""
