"""The ledger over KashFlow's SOAP service: zeep writes the requests from our WSDL, replies are read as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from lxml import etree
from zeep import Client, Settings
from zeep.exceptions import Error as ZeepError

from kashflow import incoming, outgoing
from kashflow.errors import Rejected, Unavailable
from kashflow.exchange import Build, Exchange
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
from kashflow.listing import SOURCES, Source, cost_product, sub_products, with_exempt
from kashflow.replies import Node, Unreadable
from kashflow.transport import Bounds, Endpoint

WSDL = Path(__file__).with_name("kashflow.wsdl")
PAGE = 100  # rows; a page holds no more, and whole lists were once cut at this number
PAGE_TRIES = 3
_NOUNS = {Kind.COST: "Receipt", Kind.SALE: "Invoice"}


def connect(
    url: str, username: str, password: str, *, autoauth_key: str | None = None, bounds: Bounds | None = None
) -> Ledger:
    """Give the ledger at this address; nothing is asked yet.

    With ``autoauth_key`` a request that is refused for our address is repeated once, after AutoAuthIP.
    """
    endpoint = Endpoint(url, bounds or Bounds())
    secrets = tuple(secret for secret in (password, autoauth_key) if secret)
    exchange = Exchange(endpoint, make_builder(username, password), secrets=secrets, key=autoauth_key)
    return SoapLedger(exchange)


class SoapLedger(Ledger):
    """One KashFlow account over SOAP."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def company(self) -> Company:
        """Ask who this is, and for the code of its currency."""
        details = self._exchange.ask("GetCompanyDetails", _company_details)
        default = (each.remote_id for each in self.entries(ListKind.CURRENCIES) if each.details["default"] == "yes")
        return replace(details, currency=next(default, details.currency))

    def authorise_address(self, key: str) -> None:
        """Put our address on the access list."""
        self._exchange.authorise(key)

    def is_vat_registered(self) -> bool:
        """Ask whether VAT is published by default."""
        return self._exchange.ask("isUserVATRegistered", lambda answer: answer.flag("isUserVATRegisteredResult"))

    def entries(self, kind: ListKind) -> Iterator[Listed]:
        """Give a list's entries as the reply is read; an Unavailable at its end makes all of them worthless."""
        entries = self._products() if kind is ListKind.PRODUCTS else self._entries(kind)
        return with_exempt(entries) if kind is ListKind.VAT_RATES else entries

    def _entries(self, kind: ListKind) -> Iterator[Listed]:
        for source in SOURCES[kind]:
            yield from self._rows(source)

    def _rows(self, source: Source) -> Iterator[Listed]:
        for some in self._exchange.rows(source.operation, source.row, source.read, **source.arguments):
            yield from some

    def _products(self) -> Iterator[Listed]:
        """Give the products of sales with their sub-products, then those categories of costs that have some."""
        sold = set()
        for entry in self._entries(ListKind.PRODUCTS):
            sold.add(entry.remote_id)
            yield entry
        for category in list(self._entries(ListKind.CATEGORIES)):
            if category.active and Kind.COST in category.kinds and category.remote_id not in sold:
                product = cost_product(category)
                if children := list(self._rows(sub_products(product))):
                    yield from (product, *children)

    def find_contact(self, kind: Kind, code: str) -> Contact | None:
        """Find a supplier (cost) or customer (sale) by our code."""
        if kind is Kind.COST:
            return self._exchange.find("GetSupplier", "SupplierID", incoming.supplier, SupplierCode=code)
        return self._exchange.find("GetCustomer", "CustomerID", incoming.customer, CustomerCode=code)

    def insert_contact(self, kind: Kind, contact: NewContact) -> int:
        """Create a supplier or customer and give its id."""
        if kind is Kind.COST:
            return self._exchange.insert("InsertSupplier", supl=outgoing.supplier_fields(contact))
        return self._exchange.insert("InsertCustomer", custr=outgoing.customer_fields(contact))

    def documents(self, kind: Kind, contact_id: int) -> tuple[LedgerDocument, ...]:
        """Give all documents of a supplier or customer; a list that may have been cut short is read in pages."""
        rows = self._exchange.rows
        if kind is Kind.SALE:
            operation, row = "GetInvoicesForCustomer_typeDefined", "Invoice_TypeDefined"
            return tuple(rows(operation, row, incoming.document, CustID=contact_id))
        found = tuple(rows("GetReceiptsForSupplier", "Invoice", incoming.document, SupplierID=contact_id))
        if len(found) == PAGE:
            return tuple(each for each in self._all_purchases() if each.contact_id == contact_id)
        return found

    def documents_between(self, kind: Kind, first: date, last: date) -> tuple[LedgerDocument, ...]:
        """Give all documents dated from ``first`` to ``last``, both included."""
        if kind is Kind.COST:
            return tuple(each for each in self._all_purchases() if first <= each.issued_on <= last)
        between = {"StartDate": outgoing.midnight(first), "EndDate": outgoing.midnight(last)}
        return tuple(self._exchange.rows("GetInvoicesByDateRange", "Invoice", incoming.document, **between))

    def insert_document(self, kind: Kind, document: NewDocument) -> int:
        """Enter a purchase or sales invoice with all its lines and give its number."""
        return self._exchange.insert(f"Insert{_NOUNS[kind]}_TypeDefined", Inv_TD=outgoing.document_fields(document))

    def find_document(self, kind: Kind, number: int) -> LedgerDocument | None:
        """Find a document by its number, with its lines."""
        operation, by = f"Get{_NOUNS[kind]}_TypeDefined", f"{_NOUNS[kind]}Number"
        return self._exchange.find(operation, "InvoiceDBID", incoming.document, **{by: number})

    def update_document(self, kind: Kind, number: int, document: NewDocument) -> None:
        """Replace the document of this number."""
        argument = "Receipt_TD" if kind is Kind.COST else "InvTD"
        fields = outgoing.document_fields(document, number=number)
        self._exchange.send(f"Update{_NOUNS[kind]}_TypeDefined", **{argument: fields})

    def delete_document(self, kind: Kind, remote_id: int) -> None:
        """Delete a document by its id, never by its number: numbers are used again."""
        self._exchange.send(f"Delete{_NOUNS[kind]}ByID", **{f"{_NOUNS[kind]}ID": remote_id})

    def payments(self, kind: Kind, number: int) -> tuple[LedgerPayment, ...]:
        """Give the payments of a document."""
        operation, by = f"Get{_NOUNS[kind]}Payment", f"{_NOUNS[kind]}Number"
        return tuple(self._exchange.rows(operation, "Payment", incoming.payment, **{by: number}))

    def insert_payment(self, kind: Kind, payment: NewPayment) -> int:
        """Enter a payment and give its id."""
        fields = outgoing.payment_fields(payment)
        return self._exchange.insert(f"Insert{_NOUNS[kind]}Payment", **{f"{_NOUNS[kind]}Payment": fields})

    def delete_payment(self, kind: Kind, number: int, payment_id: int) -> None:
        """Delete a payment of a document."""
        if kind is Kind.COST:
            self._exchange.send("DeleteReceiptPayment", ReceiptPaymentNumber=payment_id)
        else:
            self._exchange.send("DeleteInvoicePayment", InvoiceNumber=number, InvoicePaymentNumber=payment_id)

    def attachments(self, remote_id: int) -> tuple[LedgerAttachment, ...]:
        """Give the files of a purchase, by its id."""
        rows = self._exchange.rows
        return tuple(rows("GetReceiptAttachments", "ReceiptAttachment", incoming.attachment, ReceiptID=remote_id))

    def attach(self, kind: Kind, attachment: NewAttachment) -> None:
        """Attach a file to a document, found by its number."""
        fields = outgoing.attachment_fields(attachment)
        by = "ReceiptNo" if kind is Kind.COST else "InvoiceNo"
        self._exchange.send(f"AttachFileTo{_NOUNS[kind]}", **{by: attachment.number}, **fields)

    def delete_attachment(self, remote_id: int, attachment_id: int) -> None:
        """Delete a file of a purchase."""
        self._exchange.send("DeleteReceiptAttachment", ReceiptID=remote_id, AttachmentID=attachment_id)

    def notes(self, kind: Kind, remote_id: int) -> tuple[str, ...]:
        """Give the texts of a document's notes, by its id."""
        noun = _NOUNS[kind]
        rows = self._exchange.rows
        return tuple(rows(f"Get{noun}Notes", f"{noun}Notes", incoming.note, **{f"{noun}Id": remote_id}))

    def insert_note(self, kind: Kind, remote_id: int, text: str, written_on: date) -> None:
        """Add a note to a document, by its id."""
        noun = _NOUNS[kind]
        fields = {f"{noun}Id": remote_id, "NoteDate": outgoing.midnight(written_on), "Notes": outgoing.plain(text)}
        self._exchange.send(f"Insert{noun}Note", **fields)

    def remote_login_url(self) -> str:
        """Ask for a link that opens KashFlow once, within 120 seconds."""
        return self._exchange.ask("GetRemoteLoginURL", lambda answer: answer.text("GetRemoteLoginURLResult"))

    def _all_purchases(self) -> tuple[LedgerDocument, ...]:
        for _ in range(PAGE_TRIES):
            found, total = self._read_pages()
            if len(found) == total:
                return tuple(found.values())
        raise Unavailable("KashFlow's purchases changed while they were read. Nothing was changed by us.")

    def _read_pages(self) -> tuple[dict[int, LedgerDocument], int]:
        found: dict[int, LedgerDocument] = {}
        for page in count(1):
            asked = {"Page": page, "PerPage": PAGE, "FilterBy": "All"}
            read = self._exchange.ask("GetReceiptsWithPaging", _page, **asked)
            found |= {each.remote_id: each for each in read.documents}
            if page >= read.pages or not read.documents:
                break
        return found, read.total


@dataclass(frozen=True)
class _Page:
    documents: tuple[LedgerDocument, ...]
    pages: int
    total: int


def _page(answer: Node) -> _Page:
    rows = answer.parts("GetReceiptsWithPagingResult")
    return _Page(tuple(map(incoming.document, rows)), answer.whole("TotalPages"), answer.whole("TotalRecords"))


def _company_details(answer: Node) -> Company:
    details = answer.part("GetCompanyDetailsResult")
    if details is None:
        raise Unreadable("the answer does not name the organisation")
    return incoming.company(details)


def make_builder(username: str, password: str) -> Build:
    """Give what writes a request of this login."""
    login = {"UserName": username, "Password": password}

    def build(operation: str, arguments: dict[str, object]) -> bytes:
        client = _client()
        try:
            envelope = client.create_message(client.service, operation, **login, **arguments)
        except (ZeepError, ValueError, TypeError) as error:
            raise Rejected(f"{operation} cannot be written: {type(error).__name__}. Nothing was sent.") from None
        message: bytes = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        return message

    return build


@cache
def _client() -> Any:  # noqa: ANN401 - zeep has no types
    settings = Settings(forbid_dtd=True, forbid_external=True)
    return Client(str(WSDL), settings=settings)  # type: ignore[no-untyped-call]
