"""Documents, payments and the rest as the service gives them, turned into our values."""

from __future__ import annotations

from decimal import Decimal

from core.money import to_pence
from kashflow.ledger import Company, Contact, DocumentLine, LedgerAttachment, LedgerDocument, LedgerPayment
from kashflow.replies import Node


def company(node: Node) -> Company:
    """Give the organisation, with KashFlow's own name for its currency."""
    return Company(
        name=node.text("CompanyName"),
        vat_registered=node.flag("VatRegistered"),
        vat_number=node.text("VatRegistrationNumber") or None,
        currency=node.text("CurrencyName"),
    )


def document(node: Node) -> LedgerDocument:
    """Give a purchase or sales invoice."""
    lines = tuple(_line(line) for line in node.parts("Lines"))
    return LedgerDocument(
        remote_id=node.whole("InvoiceDBID"),
        number=node.whole("InvoiceNumber"),
        contact_id=node.whole("CustomerID"),
        reference=node.text("CustomerReference"),
        issued_on=node.day("InvoiceDate"),
        due_on=node.day("DueDate"),
        net=node.pence("NetAmount"),
        tax=node.pence("VATAmount"),
        paid=node.pence("AmountPaid"),
        is_paid=node.flag("Paid"),
        line_count=len(lines),
        lines=lines,
        currency=node.text("CurrencyCode") or None,
        exchange_rate=node.decimal("ExchangeRate") or None,
        permalink=node.text("PermaLink") or None,
    )


def payment(node: Node) -> LedgerPayment:
    """Give a payment."""
    return LedgerPayment(
        remote_id=node.whole("PayID"),
        paid_on=node.day("PayDate"),
        amount=node.pence("PayAmount"),
        method_id=node.whole("PayMethod"),
        account_id=node.whole("PayAccount"),
        note=node.text("PayNote"),
    )


def attachment(node: Node) -> LedgerAttachment:
    """Give a file."""
    return LedgerAttachment(
        remote_id=node.whole("AttachmentID"), filename=node.text("ActualFilename"), size=node.text("FileSize")
    )


def note(node: Node) -> str:
    """Give a note's text."""
    return node.text("Notes")


def supplier(node: Node) -> Contact:
    """Give a supplier."""
    return Contact(remote_id=node.whole("SupplierID"), code=node.text("Code"), name=node.text("Name"))


def customer(node: Node) -> Contact:
    """Give a customer."""
    return Contact(remote_id=node.whole("CustomerID"), code=node.text("Code"), name=node.text("Name"))


def _line(node: Node) -> DocumentLine:
    quantity, rate = node.decimal("Quantity"), node.decimal("Rate")
    return DocumentLine(
        description=node.text("Description"),
        net=to_pence(quantity * rate),
        tax=node.pence("VatAmount"),
        percent=node.decimal("VatRate").normalize() + Decimal(0),
        category_id=node.whole("ChargeType"),
        quantity=quantity,
        rate=to_pence(rate),
        product_id=node.whole("ProductID"),
        project_id=node.whole("ProjID"),
    )
