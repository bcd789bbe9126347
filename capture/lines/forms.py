"""The form of an item's lines: columns of equal length become lines, or say which one is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from capture.amounts.totals import Line
from capture.editing import parse_line
from capture.models import Item
from core.errors import Incomplete

COLUMNS = ("description", "amount", "percent", "category", "project", "product", "quantity", "unit_price")
ENTRIES = frozenset({"category", "project", "product"})
MOST = 500


def read_lines_form(session: Session, item: Item, columns: Mapping[str, Sequence[str]]) -> list[Line]:
    """Give the lines that were entered; a row without an amount and description is none.

    Raises:
        Incomplete: a line cannot be used; the message tells which.
    """
    size = len(columns["amount"])
    if size > MOST or any(len(columns[name]) != size for name in COLUMNS):
        raise Incomplete(f"Lines come whole, and at most {MOST} of them.", field="lines")
    lines = []
    for number in range(size):
        row = {name: columns[name][number].strip() for name in COLUMNS}
        if not row["amount"] and not row["description"]:
            continue
        given: dict[str, object] = {name: value or None for name, value in row.items()}
        given |= {name: {"id": row[name]} if row[name] else None for name in ENTRIES}
        try:
            lines.append(parse_line(session, item, given))
        except Incomplete as error:
            raise Incomplete(f"Line {number + 1}: {error}", field="lines") from error
    return lines
