"""What a person's correction teaches about a supplier's papers: beside or under which words a value stands.

An anchor is remembered by whoever keeps the corrections (a row of its own there, shown, and forgotten on request) and
given back when a document is read. It only adds a candidate, with its reason; sums and other evidence still count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from capture.reading.candidates import Candidate
from capture.reading.dates import find_dates
from capture.reading.folding import fold, plain
from capture.reading.layout import Line, Sheet, Span, lay_out
from capture.reading.model import Anchor, Page
from capture.reading.money import find_money, pounds

MONEY = {"net", "tax", "total", "amount_due", "service_charge"}
DATES = {"date", "due_date"}
CODES = {"reference", "order_number"}
REMEMBERED = 6.0  # the score of a value that stands where a correction said
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z0-9/._-]*\d)[a-z0-9][a-z0-9/._-]*[a-z0-9]")


@dataclass(frozen=True)
class _Place:
    value: str
    span: Span
    words: str
    under: bool


def learn_anchor(pages: tuple[Page, ...], *, supplier: str, field: str, value: str) -> Anchor | None:
    """Give the anchor that a correction teaches; None where the value is not printed beside or under any words."""
    for place in _places(lay_out(pages), field):
        if place.words and plain(place.value) == plain(value):
            return Anchor(plain(supplier), field, place.words, place.under)
    return None


def find_anchored(sheet: Sheet, anchors: Iterable[Anchor], supplier: str | None, field: str) -> Iterator[Candidate]:
    """Give the values that stand where corrections to this supplier's papers said."""
    for anchor in anchors:
        if anchor.field != field or anchor.supplier != plain(supplier or ""):
            continue
        for place in _places(sheet, field):
            if (place.words, place.under) == (anchor.words, anchor.under):
                side = "under" if anchor.under else "beside"
                why = f'remembered from a correction: {side} "{anchor.words}"'
                yield Candidate(place.value, REMEMBERED, why, place.span)


def _places(sheet: Sheet, field: str) -> Iterator[_Place]:
    """Give every value of the field's kind with the words that it stands beside, or else under."""
    for line, index in sheet.cells:
        cell = line.cells[index]
        for start, end, value in _values(cell.text, field):
            span = cell.part(start, end)
            beside = _words(cell.text[:start]) or (_words(line.cells[index - 1].text) if index else "")
            above = "" if beside else _above(sheet, line, span)
            if beside or above:
                yield _Place(value, span, beside or above, under=not beside)


def _values(text: str, field: str) -> Iterator[tuple[int, int, str]]:
    if field in MONEY:
        for money in find_money(text):
            yield money.start, money.end, pounds(money.pence)
    elif field in DATES:
        for date in find_dates(text):
            yield date.start, date.end, date.day.isoformat()
    elif field in CODES:
        for match in _CODE.finditer(fold(text)):
            yield match.start(), match.end(), text[match.start() : match.end()]


def _above(sheet: Sheet, line: Line, span: Span) -> str:
    for other in reversed(sheet.lines[max(0, line.number - 3) : line.number]):
        for cell in other.cells:
            if (
                other.page == line.page
                and min(cell.right, span.right) > max(cell.left, span.left)
                and _words(cell.text)
            ):
                return _words(cell.text)
    return ""


def _words(text: str) -> str:
    """Give the words of a label, without what changes from paper to paper."""
    return " ".join(re.findall(r"[a-z]{2,}", fold(text)))
