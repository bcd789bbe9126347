"""Receipts that lie one above the other in a picture: where one ends and the next begins. Pure.

A long receipt has wide gaps, too, and a card slip under it repeats its date and total. So both sides of a cut must have
what begins a receipt (a telephone, an address, a registration), then a date and a total; the totals must be others, and
so must the dates, the numbers or the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from statistics import median

from capture.reading.amounts import Amount, find_amounts
from capture.reading.dates import find_dates
from capture.reading.folding import fold
from capture.reading.layout import Line, lay_out
from capture.reading.model import Page
from capture.reading.roles import Role

LEAST_LINES = 5  # with words on them, of a receipt
MOST_CUTS = 12  # the widest gaps, which are tried
LEAST_GAP = 0.7  # of the usual distance from line to line
HEAD_LINES = 9  # within which a receipt says who gave it
ALIKE = 0.75  # of two names
_HEAD = re.compile(
    r"\b(tel|telephone|phone|ph)\b|\bvat\s*(no|reg|number)|\bgst\b|\breg(istration)?\.?\s*no|\bcompany\s*no|www\.|\.co\b|"
    r"@|\b[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}\b|\b\d{5}\b"
)
_NUMBER = re.compile(
    r"(?:receipt|invoice|bill|order|trans\w*|check|ticket)\s*(?:no|number|id)?\s*[.:#]*\s*([a-z]*\d[\w/-]{2,})"
)


def find_cut(page: Page) -> float | None:
    """Give the height, a fraction of the page's, at which a second receipt begins; None where there is one only."""
    sheet = lay_out([page])
    lines = sorted(sheet.lines, key=lambda line: line.span.box.y)
    amounts = [amount for amount in find_amounts(sheet) if amount.role in {Role.TOTAL, Role.DUE}]
    for at in _gaps(lines):
        upper, lower = lines[:at], lines[at:]
        if _are_two(upper, lower, amounts):
            return (_foot(upper[-1]) + lower[0].span.box.y) / 2
    return None


def _gaps(lines: Sequence[Line]) -> Iterator[int]:
    """Give where the widest gaps are, as the number of lines above them."""
    tops = [line.span.box.y for line in lines]
    if len(lines) < 2 * LEAST_LINES:
        return
    usual = median(below - above for above, below in pairwise(tops))
    gaps = [(tops[at] - max(map(_foot, lines[max(0, at - 3) : at])), at) for at in range(LEAST_LINES, len(lines))]
    for gap, at in sorted(gaps, reverse=True)[:MOST_CUTS]:
        if gap > LEAST_GAP * usual:
            yield at


def _foot(line: Line) -> float:
    return line.span.box.y + line.span.box.height


def _are_two(upper: Sequence[Line], lower: Sequence[Line], amounts: Sequence[Amount]) -> bool:
    ours, theirs = _totals(upper, amounts), _totals(lower, amounts)
    if not (ours and theirs) or ours & theirs:
        return False
    if not all(_begins(part) and _is_wordy(part) for part in (upper, lower)):
        return False
    dates, other_dates = _dates(upper), _dates(lower)
    if not (dates and other_dates):
        return False
    return not dates & other_dates or _differ(_numbers(upper), _numbers(lower)) or not _same_name(upper, lower)


def _totals(lines: Sequence[Line], amounts: Sequence[Amount]) -> set[int]:
    numbers = {line.number for line in lines}
    return {amount.pence for amount in amounts if amount.line.number in numbers and amount.pence}


def _begins(lines: Sequence[Line]) -> bool:
    return any(_HEAD.search(fold(line.text)) for line in lines[:HEAD_LINES])


def _is_wordy(lines: Sequence[Line]) -> bool:
    return sum(len(re.findall(r"[a-z]", fold(line.text))) > 3 for line in lines) >= LEAST_LINES


def _dates(lines: Sequence[Line]) -> set[object]:
    return {written.day for line in lines for written in find_dates(line.text)}


def _numbers(lines: Sequence[Line]) -> set[str]:
    return {match[1] for line in lines for match in _NUMBER.finditer(fold(line.text))}


def _differ(ours: set[str], theirs: set[str]) -> bool:
    return bool(ours and theirs) and not ours & theirs


def _same_name(upper: Sequence[Line], lower: Sequence[Line]) -> bool:
    one, other = (fold(part[0].text) for part in (upper, lower))
    return SequenceMatcher(None, one, other).ratio() > ALIKE
