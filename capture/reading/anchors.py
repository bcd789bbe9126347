"""What a person's correction teaches about a supplier's papers: beside or under which words a value stands, and where.

It is remembered by whoever keeps the corrections (shown, and forgotten on request) and given back as an anchor when a
document is read. An anchor only adds a candidate, with its reason; sums and other evidence still count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from capture.reading.candidates import Candidate
from capture.reading.dates import find_dates
from capture.reading.folding import fold, plain
from capture.reading.layout import Line, Sheet, Span, lay_out
from capture.reading.model import Anchor, Box, Page, Spot
from capture.reading.money import find_money, pounds

MONEY = {"net", "tax", "total", "amount_due", "service_charge"}
DATES = {"date", "due_date"}
CODES = {"reference", "order_number"}
TEACHABLE = MONEY | DATES | CODES
REMEMBERED = 6.0  # the score of a value that stands where a correction said
FARTHEST = 1.5  # at most, of it, for standing elsewhere on the page
UNPROVEN = 0.8  # at most, the confidence in what an anchor brings that nobody has confirmed often enough
SAME_WORDS = 85  # of 100: alike enough to be the same label, read differently
SAME_PLACE = 0.03  # of the page, where no label tells
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z0-9/._-]*\d)[a-z0-9][a-z0-9/._-]*[a-z0-9]")


@dataclass(frozen=True)
class _Place:
    value: str
    span: Span
    words: str
    under: bool
    month_first: bool

    @property
    def spot(self) -> Spot:
        return Spot(self.words, self.under, self.span.page, self.span.box, self.month_first)


def key_of(name: str) -> str:
    """Give a name or VAT number as anchors know a supplier by it."""
    return plain(name).removeprefix("gb")


def learn_spot(pages: Iterable[Page], field: str, value: str, *, near: Spot | None = None) -> Spot | None:
    """Give where a corrected value stands; None where it is not printed.

    Of several places it is the one that was pointed at (``near``), else one whose words tell it from all other values.
    """
    places = list(_places(lay_out(pages), field))
    here = [each for each in places if plain(each.value) == plain(value)]
    if not here:
        return None
    if near is not None:
        return min(here, key=lambda each: (each.span.page != near.page, _distance(each.span.box, near.box))).spot

    def others(place: _Place) -> int:
        return sum(_fits(place.spot, each) and plain(each.value) != plain(value) for each in places)

    return min(here, key=lambda each: (not each.words, others(each))).spot


def find_anchored(sheet: Sheet, anchors: Iterable[Anchor]) -> Iterator[Candidate]:
    """Give the values that stand where these anchors say."""
    for anchor in anchors:
        for place in _places(sheet, anchor.field):
            if _fits(anchor.spot, place):
                away = min(FARTHEST, 3 * _distance(place.span.box, anchor.spot.box))
                yield Candidate(place.value, REMEMBERED - away, anchor.reason, place.span, anchor)


def _fits(spot: Spot, place: _Place) -> bool:
    """Tell whether a value stands beside or under the words of the spot; where it has none, in its place."""
    if place.month_first != spot.month_first:
        return False
    if not spot.words or not place.words:
        return spot.words == place.words and _distance(spot.box, place.span.box) < SAME_PLACE
    return place.under == spot.under and fuzz.ratio(place.words, spot.words) >= SAME_WORDS


def _distance(one: Box, other: Box) -> float:
    """Give how far two places are apart; columns are flush left or right, and papers differ in length."""
    right = abs(one.x + one.width - other.x - other.width)
    return min(abs(one.x - other.x), right) + abs(one.y - other.y)


def _places(sheet: Sheet, field: str) -> Iterator[_Place]:
    """Give every value of the field's kind with the words that it stands beside, or else under."""
    for line, index in sheet.cells:
        cell = line.cells[index]
        for start, end, value, month_first in _values(cell.text, field):
            span = cell.part(start, end)
            beside = _words(cell.text[:start]) or (_words(line.cells[index - 1].text) if index else "")
            above = "" if beside else _above(sheet, line, span)
            yield _Place(value, span, beside or above, bool(above), month_first)


def _values(text: str, field: str) -> Iterator[tuple[int, int, str, bool]]:
    if field in MONEY:
        for money in find_money(text):
            yield money.start, money.end, pounds(money.pence), False
    elif field in DATES:
        for date in find_dates(text):
            yield date.start, date.end, date.day.isoformat(), False
            yield date.start, date.end, date.read(month_first=True).isoformat(), True
    elif field in CODES:
        for match in _CODE.finditer(fold(text)):
            yield match.start(), match.end(), text[match.start() : match.end()], False


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
