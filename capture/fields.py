"""The fields of an item: their names, columns and kinds of value, and the way from text to columns and back. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from capture.reading.model import DocumentType
from core.errors import Incomplete
from core.money import to_pence, to_pounds
from kashflow.ledger import Kind, ListKind
from lists.service import normal_rate
from rules.settings import VatTreatment

HIGHEST_AMOUNT = 2 * 10**9  # pence: what an integer column takes on every database
HIGHEST_NUMBER = Decimal(10**9)  # of quantities, prices and exchange rates
LOWEST_NUMBER = Decimal("0.000001")  # below it an exchange rate's column would hold nought
FIRST_YEAR = 1900  # .NET's empty date is in the year 1


class Shape(StrEnum):
    """What kind of value a field holds."""

    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    FLAG = "flag"
    CHOICE = "choice"
    RATE = "rate"
    NUMBER = "number"
    ENTRY = "entry"
    USER = "user"


@dataclass(frozen=True)
class FieldSpec:
    """One field: its name everywhere, its column, what it holds, and its name on the page."""

    name: str
    column: str
    shape: Shape
    label: str
    list_kind: ListKind | None = None
    choices: type[StrEnum] | None = None
    longest: int = 300
    lowest: Decimal = LOWEST_NUMBER


SPECS = {
    spec.name: spec
    for spec in (
        FieldSpec("owner", "owner_id", Shape.USER, "Owner"),
        FieldSpec("kind", "kind", Shape.CHOICE, "Cost or sale", choices=Kind),
        FieldSpec("document_type", "document_type", Shape.CHOICE, "Type", choices=DocumentType),
        FieldSpec("date", "issued_on", Shape.DATE, "Date"),
        FieldSpec("supplier", "supplier_id", Shape.ENTRY, "Supplier", ListKind.SUPPLIERS),
        FieldSpec("customer", "customer_id", Shape.ENTRY, "Customer", ListKind.CUSTOMERS),
        FieldSpec("reference", "reference", Shape.TEXT, "Reference", longest=100),
        FieldSpec("category", "category_id", Shape.ENTRY, "Category", ListKind.CATEGORIES),
        FieldSpec("project", "project_id", Shape.ENTRY, "Project", ListKind.PROJECTS),
        FieldSpec("product", "product_id", Shape.ENTRY, "Product", ListKind.PRODUCTS),
        FieldSpec("source", "source_id", Shape.ENTRY, "Customer source", ListKind.SOURCES),
        FieldSpec("due_date", "due_on", Shape.DATE, "Due date"),
        FieldSpec("currency", "currency", Shape.TEXT, "Currency", longest=3),
        FieldSpec("exchange_rate", "exchange_rate", Shape.NUMBER, "Exchange rate"),
        FieldSpec("net", "net", Shape.MONEY, "Net"),
        FieldSpec("tax", "tax", Shape.MONEY, "VAT"),
        FieldSpec("total", "total", Shape.MONEY, "Total"),
        FieldSpec("vat_rate", "vat_rate", Shape.RATE, "VAT rate"),
        FieldSpec("vat_treatment", "vat_treatment", Shape.CHOICE, "VAT treatment", choices=VatTreatment),
        FieldSpec("paid", "paid", Shape.FLAG, "Paid"),
        FieldSpec("payment_method", "payment_method_id", Shape.ENTRY, "Payment method", ListKind.PAYMENT_METHODS),
        FieldSpec("bank_account", "bank_account_id", Shape.ENTRY, "Bank account", ListKind.BANK_ACCOUNTS),
        FieldSpec("description", "description", Shape.TEXT, "Description", longest=500),
        FieldSpec("note", "note", Shape.TEXT, "Note", longest=5000),
    )
}


ENTRIES = tuple(spec.name for spec in SPECS.values() if spec.shape is Shape.ENTRY)


def to_column(spec: FieldSpec, text: str | None) -> Any:  # noqa: ANN401 - whatever the column takes
    """Turn a value's canonical text into what its column takes.

    Raises:
        Incomplete: it is no such value; ``field`` names the field.
    """
    if text is None or not text.strip():
        return None
    try:
        return _TO_COLUMN[spec.shape](spec, text.strip())
    except (ValueError, ArithmeticError) as error:
        message = f"{spec.label}: “{text[:60]}” cannot be used. {_HINTS[spec.shape].format(longest=spec.longest)}"
        raise Incomplete(message, field=spec.name) from error


def to_text(spec: FieldSpec, value: Any) -> str | None:  # noqa: ANN401 - a column's value
    """Give a column's value as canonical text."""
    if value is None:
        return None
    if spec.shape is Shape.MONEY:
        return str(to_pounds(value))
    if spec.shape is Shape.DATE:
        return str(value.isoformat())
    if spec.shape is Shape.FLAG:
        return "yes" if value else "no"
    if spec.shape is Shape.NUMBER:
        return format(value.normalize(), "f")
    return str(value)


def _text(spec: FieldSpec, text: str) -> str:
    cleaned = "".join(each if each.isprintable() or each == "\n" else " " for each in text)
    if spec.name == "currency":
        cleaned = cleaned.upper()
        if len(cleaned) != spec.longest or not cleaned.isalpha() or not cleaned.isascii():
            raise ValueError(text)
    if len(cleaned) > spec.longest:
        raise ValueError(text)
    return cleaned


def _money(spec: FieldSpec, text: str) -> int:
    del spec
    amount = Decimal(text.replace(",", "").replace("£", "").replace(" ", ""))
    pence = to_pence(amount) if amount.is_finite() else HIGHEST_AMOUNT
    if abs(pence) >= HIGHEST_AMOUNT or amount != to_pounds(pence):
        raise ValueError(text)
    return pence


def _date(spec: FieldSpec, text: str) -> date:
    del spec
    if "/" in text:  # day first, as it is typed in the UK
        day, month, year = text.split("/")
        found = date(int(year), int(month), int(day))
    else:
        found = date.fromisoformat(text)
    if found.year < FIRST_YEAR:
        raise ValueError(text)
    return found


def _flag(spec: FieldSpec, text: str) -> bool:
    del spec
    if text.lower() not in {"yes", "no", "true", "false", "1", "0"}:
        raise ValueError(text)
    return text.lower() in {"yes", "true", "1"}


def _choice(spec: FieldSpec, text: str) -> StrEnum:
    if spec.choices is None:
        raise ValueError(text)
    return spec.choices(text)


def _rate(spec: FieldSpec, text: str) -> str:
    del spec
    return normal_rate(text)


def _number(spec: FieldSpec, text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or not spec.lowest <= number < HIGHEST_NUMBER:
        raise ValueError(text)
    return number


def _id(spec: FieldSpec, text: str) -> int:
    del spec
    return int(text)


_TO_COLUMN: dict[Shape, Callable[[FieldSpec, str], Any]] = {
    Shape.TEXT: _text,
    Shape.MONEY: _money,
    Shape.DATE: _date,
    Shape.FLAG: _flag,
    Shape.CHOICE: _choice,
    Shape.RATE: _rate,
    Shape.NUMBER: _number,
    Shape.USER: _id,
    Shape.ENTRY: _id,
}
_HINTS = {
    Shape.TEXT: "It takes a text of up to {longest} characters.",
    Shape.MONEY: "It takes an amount such as 12.50.",
    Shape.DATE: "It takes a date such as 31/12/2026.",
    Shape.FLAG: "It takes yes or no.",
    Shape.CHOICE: "It takes one of those that are offered.",
    Shape.RATE: "It takes a percent or “exempt”.",
    Shape.NUMBER: "It takes a number such as 1.25.",
    Shape.USER: "It takes a person's id.",
    Shape.ENTRY: "It takes an entry of the list.",
}
