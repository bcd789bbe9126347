"""Items as a table: CSV and XLSX. Text that begins like a formula stays text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

import xlsxwriter

from capture.models import Item
from core.money import to_pounds

Cell = str | Decimal | date | int | None
HEADINGS = (
    *("Id", "Kind", "Type", "State", "Supplier or customer", "Date", "Due", "Reference", "Category code", "Category"),
    *("Currency", "Net", "VAT", "Total", "VAT rate", "Paid", "Payment method", "Project", "Description", "Note"),
    *("KashFlow number", "Received", "File"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def row_of(item: Item) -> tuple[Cell, ...]:
    """Give one item's cells, in the order of the headings."""
    money = [None if each is None else to_pounds(each) for each in (item.net, item.tax, item.total)]
    category = item.category
    return (
        *(item.id, item.kind.value, item.document_type.value, item.state.value, item.party_name),
        *(item.issued_on, item.due_on, item.reference),
        *((category.code, category.name) if category else (None, None)),
        *(item.currency, *money, item.vat_rate, "yes" if item.paid else "no"),
        item.payment_method.name if item.payment_method else None,
        item.project.name if item.project else None,
        *(item.description, item.note, item.ledger_number, item.created_at.date()),
        item.submission.filename if item.submission else None,
    )


def as_csv(items: Iterable[Item]) -> bytes:
    """Give items as CSV, with the mark by which Excel knows UTF-8."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    writer.writerows([_harmless(cell) for cell in row_of(item)] for item in items)
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    """Give a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def as_xlsx(items: Iterable[Item]) -> bytes:
    """Give items as an Excel workbook: numbers and dates as such, all text as text."""
    out = BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as book:
        sheet = book.add_worksheet("Items")
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, HEADINGS, bold)
        for number, item in enumerate(items, start=1):
            for column, cell in enumerate(row_of(item)):
                if isinstance(cell, Decimal):
                    sheet.write_number(number, column, float(cell), money)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, int):
                    sheet.write_number(number, column, cell)
                elif cell:
                    sheet.write_string(number, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return out.getvalue()


@dataclass(frozen=True)
class Sum:
    """What a category comes to in one currency: net, VAT and total in hundredths."""

    name: str
    currency: str
    amounts: tuple[int, int, int]


def by_category(items: Sequence[Item]) -> list[Sum]:
    """Sum items by category and currency, the largest first."""
    sums: dict[tuple[str, str], tuple[int, int, int]] = {}
    for item in items:
        key = (item.category.name if item.category else "No category", item.currency)
        net, tax, total = sums.get(key, (0, 0, 0))
        sums[key] = (net + (item.net or 0), tax + (item.tax or 0), total + (item.total or 0))
    return sorted((Sum(*key, amounts) for key, amounts in sums.items()), key=lambda each: -abs(each.amounts[2]))
