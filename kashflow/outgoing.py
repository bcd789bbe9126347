"""Our values as the service wants them: what is required and not meant is 0, what is empty is left out."""

from __future__ import annotations

import base64
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePath

from core.money import to_pounds
from kashflow.ledger import DocumentLine, NewAttachment, NewContact, NewDocument, NewPayment

Fields = dict[str, object]
NEVER = datetime(1, 1, 1)  # noqa: DTZ001 - the service's empty date; its dates have no zone
CHECK_BOXES = 20
ADDRESS_LINES = 4
OF_2026: Fields = {"CISRCNetAmount": 0, "CISRCVatAmount": 0, "IsCISReverseCharge": False}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def midnight(day: date) -> datetime:
    """Give the moment a date is sent as: naive, so that no conversion shifts the day."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001


def plain(text: str) -> str:
    """Make a text one line that XML can carry; what is read back equals it."""
    return " ".join(_NOT_XML.sub(" ", text).split())


def document_fields(document: NewDocument, *, number: int = 0) -> Fields:
    """Give a purchase or sales invoice; its number is 0 for a new one, so that KashFlow numbers it."""
    fields: Fields = {
        "InvoiceDBID": 0,
        "InvoiceNumber": number,
        "InvoiceDate": midnight(document.issued_on),
        "DueDate": midnight(document.due_on),
        "CustomerID": document.contact_id,
        "Paid": 0,
        "SuppressTotal": 0,
        "ProjectID": document.project_id,
        "ExchangeRate": document.exchange_rate or Decimal(1),
        "NetAmount": 0,
        "VATAmount": 0,
        "AmountPaid": 0,
        **OF_2026,
    }
    lines = [
        line_fields(line, sort=sort, foreign=document.currency is not None)
        for sort, line in enumerate(document.lines, start=1)
    ]
    fields["Lines"] = {"InvoiceLine": lines}
    return fields | _texts(CustomerReference=document.reference, CurrencyCode=document.currency)


def line_fields(line: DocumentLine, *, sort: int, foreign: bool) -> Fields:
    """Give one line. The service keeps two decimals of a rate: what is not exact goes as one of the whole."""
    exact = line.rate is not None and line.quantity * line.rate == line.net
    fields: Fields = {
        "Quantity": line.quantity if exact else Decimal(1),
        "Rate": to_pounds(line.rate if exact and line.rate is not None else line.net),
        "ChargeType": line.category_id,
        "VatRate": line.percent,
        "VatAmount": to_pounds(line.tax),
        "ProductID": line.product_id,
        "Sort": sort,
        "ProjID": line.project_id,
        "LineID": 0,
    }
    if foreign:
        fields["ValuesInCurrency"] = 1
    return fields | _texts(Description=line.description)


def payment_fields(payment: NewPayment) -> Fields:
    """Give a payment of the document with this number."""
    return {
        "PayID": 0,
        "PayInvoice": payment.number,
        "PayDate": midnight(payment.paid_on),
        "PayMethod": payment.method_id,
        "PayAccount": payment.account_id,
        "PayAmount": to_pounds(payment.amount),
        **_texts(PayNote=payment.note),
    }


def attachment_fields(attachment: NewAttachment) -> Fields:
    """Give a file, without the document it belongs to."""
    return {
        "Base64String": base64.b64encode(attachment.content).decode("ascii"),
        "ContentType": attachment.media_type,
        "Filename": plain(attachment.filename),
        "FileExtension": PurePath(attachment.filename).suffix.removeprefix("."),
        "FileSize": str(len(attachment.content)),
    }


def supplier_fields(contact: NewContact) -> Fields:
    """Give a new supplier."""
    return {
        "SupplierID": 0,
        **_contact_fields(contact),
        **_texts(PostCode=contact.postcode),
        "TradeBorderType": 0,
    }


def customer_fields(contact: NewContact) -> Fields:
    """Give a new customer."""
    return {
        "CustomerID": 0,
        **_contact_fields(contact),
        **_texts(Postcode=contact.postcode),
        "OutsideEC": 0,
        "Source": contact.source_id,
        "Discount": 0,
        "ShowDiscount": False,
        **{f"CheckBox{n}": 0 for n in range(1, CHECK_BOXES + 1)},
    }


def _contact_fields(contact: NewContact) -> Fields:
    lines = list(contact.address[: ADDRESS_LINES - 1])
    lines += [", ".join(contact.address[ADDRESS_LINES - 1 :])]
    return {
        "EC": 0,
        "CurrencyID": contact.currency_id,
        "PaymentTerms": 0,
        "Created": NEVER,
        "Updated": NEVER,
        **_texts(
            Code=contact.code,
            Name=contact.name,
            Contact=contact.contact_name,
            Telephone=contact.phone,
            Email=contact.email,
            Website=contact.website,
            VATNumber=contact.vat_number,
            Notes=contact.notes,
            **{f"Address{n}": line for n, line in enumerate(lines, start=1)},
        ),
    }


def _texts(**texts: str | None) -> Fields:
    cleaned = {name: plain(text) for name, text in texts.items() if text}
    return {name: text for name, text in cleaned.items() if text}
