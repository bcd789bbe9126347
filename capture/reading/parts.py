"""Which pages, and which parts of a picture, are documents of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from capture.reading.amounts import find_amounts
from capture.reading.candidates import choose
from capture.reading.dates import find_dates
from capture.reading.folding import fold
from capture.reading.layout import Sheet, lay_out
from capture.reading.model import Box, Origin, Page, Word
from capture.reading.references import find_references
from capture.reading.roles import Role
from capture.reading.stacks import find_cut

MARGIN = 0.01  # of the page, around the words of a part
MIDDLE = (0.2, 0.8)  # of the page's width: where the gap between two receipts may run
STEPS = 120
CROSSING = 0.01  # of the words: how many may stand across the gap
LEAST_LINES = 5
SURE_REFERENCE = 3.5  # the score of a number with a label of its own
_PAGE = re.compile(r"(?:page|seite|pagina|blatt)\s*:?\s*(\d{1,3})\s*(?:of|/|von|van|de|sur)\s*(\d{1,3})")


@dataclass(frozen=True)
class Part:
    """The pages of one document; ``region`` where it is a part of one picture, ``siblings`` the others in the file."""

    pages: tuple[Page, ...]
    region: Box | None = None
    siblings: int = 0


def find_parts(pages: tuple[Page, ...]) -> tuple[Part, ...]:
    """Divide the pages of a file into documents, in reading order."""
    if len(pages) == 1 and pages[0].origin is Origin.OCR:
        pieces = tuple(_pieces(pages[0]))
        if len(pieces) > 1:
            return tuple(Part((piece,), _around(piece.words), siblings=len(pieces) - 1) for piece in pieces)
    if len(pages) == 1:
        return (Part(pages),)
    groups = tuple(_groups(pages))
    return tuple(Part(group, siblings=len(groups) - 1) for group in groups)


def _groups(pages: tuple[Page, ...]) -> Iterator[tuple[Page, ...]]:
    """Give the pages that belong together: a new document begins on its page 1, or with a number of its own."""
    group: list[Page] = []
    known: str | None = None
    for page in pages:
        sheet = lay_out([page])
        number, reference = _page_number(sheet), _reference(sheet)
        other = bool(reference and known and reference != known and number is None and _has_total(sheet))
        if group and (number == 1 or other):
            yield tuple(group)
            group, known = [], None
        group.append(page)
        known = known or reference
    yield tuple(group)


def _page_number(sheet: Sheet) -> int | None:
    found = [(int(match[1]), int(match[2])) for match in _PAGE.finditer(fold(sheet.text))]
    return next((number for number, most in found if number <= most), None)


def _reference(sheet: Sheet) -> str | None:
    choice = choose(find_references(sheet), nothing=SURE_REFERENCE)
    return choice.winner.value if choice else None


def _pieces(page: Page) -> Iterator[Page]:
    """Give the receipts in a picture: those side by side, then in each of these those one above the other."""
    parts = _halves(page) or _storeys(page)
    if parts is None:
        yield page
        return
    for part in parts:
        yield from _pieces(part)


def _storeys(page: Page) -> tuple[Page, Page] | None:
    """Give the receipts, or the stacks of them, that lie one above the other in a picture."""
    cut = find_cut(page)
    if cut is None:
        return None
    upper = tuple(word for word in page.words if word.box.y + word.box.height / 2 < cut)
    lower = tuple(word for word in page.words if word.box.y + word.box.height / 2 >= cut)
    return (replace(page, words=upper), replace(page, words=lower)) if upper and lower else None


def _halves(page: Page) -> tuple[Page, Page] | None:
    """Give the two receipts that lie side by side in a picture."""
    gap = _find_gap(page.words)
    if gap is None:
        return None
    left, right = (
        replace(page, words=tuple(word for word in page.words if (word.box.x + word.box.width / 2 < gap) == first))
        for first in (True, False)
    )
    return (left, right) if _is_whole(left) and _is_whole(right) else None


def _find_gap(words: tuple[Word, ...]) -> float | None:
    """Give the middle of the widest upright gap between words, as a fraction of the page's width."""
    start, end = MIDDLE
    free = []
    for step in range(STEPS + 1):
        x = start + (end - start) * step / STEPS
        across = sum(word.box.x < x < word.box.x + word.box.width for word in words)
        free.append((x, across <= CROSSING * len(words)))
    runs: list[list[float]] = [[]]
    for x, is_free in free:
        if is_free:
            runs[-1].append(x)
        elif runs[-1]:
            runs.append([])
    widest = max(runs, key=len)
    return (widest[0] + widest[-1]) / 2 if len(widest) > 1 else None


def _is_whole(page: Page) -> bool:
    """Tell whether this could be a document by itself: lines of words, a date and a total."""
    sheet = lay_out([page])
    wordy = [line for line in sheet.lines if len(re.findall(r"[a-z]", fold(line.text))) > 3]
    dated = any(list(find_dates(line.text)) for line in sheet.lines)
    return len(wordy) >= LEAST_LINES and dated and _has_total(sheet)


def _has_total(sheet: Sheet) -> bool:
    return any(amount.role in {Role.TOTAL, Role.DUE} for amount in find_amounts(sheet))


def _around(words: tuple[Word, ...]) -> Box:
    left = max(0.0, min(word.box.x for word in words) - MARGIN)
    top = max(0.0, min(word.box.y for word in words) - MARGIN)
    right = min(1.0, max(word.box.x + word.box.width for word in words) + MARGIN)
    bottom = min(1.0, max(word.box.y + word.box.height for word in words) + MARGIN)
    return Box(left, top, right - left, bottom - top)
