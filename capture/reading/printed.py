"""Where on its pages the values of an e-invoice are printed, and whether they are: the two may not say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from capture.reading.folding import plain
from capture.reading.model import Box, Found, Page, Reading, Word

MOST_WORDS = 12  # of a value, on one line or several
DOUBTFUL = 0.4  # the confidence of what the page does not show
AMOUNTS = {"net", "tax", "total", "amount_due"}
DATES = {"date", "due_date"}
CHECKED = {"total": "total", "reference": "number"}  # what every invoice shows, and in one way only


def locate(reading: Reading, pages: tuple[Page, ...]) -> Reading:
    """Give the e-invoice's reading with the place of each value that the pages show.

    A total or number that no page shows is doubtful, and a note says so. Pages without words show nothing and
    prove nothing.
    """
    fields = {name: _found(name, found, pages) for name, found in reading.fields.items()}
    notes = list(reading.notes)
    if any(page.words for page in pages):
        for name, called in CHECKED.items():
            found = fields.get(name)
            if found is not None and found.page is None:
                fields[name] = replace(found, confidence=DOUBTFUL)
                notes.append(
                    f"The e-invoice inside this file says the {called} is {found.value}, but no page shows that. "
                    "Check which is right."
                )
    return replace(reading, fields=fields, notes=tuple(notes), pages=tuple(page.number for page in pages))


def complete(einvoice: Reading, page: Reading) -> Reading:
    """Give the e-invoice's reading with what only the page says, but no sums: those may be of something else."""
    more = {name: found for name, found in page.fields.items() if name not in AMOUNTS | {"service_charge"}}
    return replace(einvoice, fields=more | einvoice.fields)


def _found(name: str, found: Found, pages: tuple[Page, ...]) -> Found:
    wanted = set(_spellings(name, found.value))
    for page in pages:
        box = _place(wanted, page.words, is_amount=name in AMOUNTS)
        if box is not None:
            return replace(found, page=page.number, box=box)
    return found


def _spellings(name: str, value: str) -> Iterator[str]:
    """Give the ways to print a value, without blanks and marks."""
    if name in DATES:
        day = date.fromisoformat(value)
        for number, month, year in (
            (f"{day.day}", f"{day.month}", f"{day.year}"),
            (f"{day:%d}", f"{day:%m}", f"{day.year}"),
            (f"{day:%d}", f"{day:%m}", f"{day:%y}"),
            (f"{day.day}", f"{day:%b}", f"{day.year}"),
            (f"{day.day}", f"{day:%B}", f"{day.year}"),
            (f"{day:%d}", f"{day:%b}", f"{day.year}"),
            (f"{day:%d}", f"{day:%B}", f"{day.year}"),
        ):
            yield from (plain(number + month + year), plain(month + number + year), plain(year + month + number))
    else:
        yield plain(value)


def _place(wanted: set[str], words: tuple[Word, ...], *, is_amount: bool) -> Box | None:
    """Give the box of the first words in a row that together spell one of these."""
    spelled = [re.sub(r"\D", "", word.text) if is_amount else plain(word.text) for word in words]
    longest = max(map(len, wanted), default=0)
    for first in range(len(words)):
        text = ""
        for last in range(first, min(first + MOST_WORDS, len(words))):
            text += spelled[last]
            if text in wanted and text and not (is_amount and not re.search(r"[.,]\d\d\D*$", words[last].text)):
                return _around(words[first : last + 1])
            if len(text) >= longest:
                break
    return None


def _around(words: tuple[Word, ...]) -> Box:
    left, top = min(word.box.x for word in words), min(word.box.y for word in words)
    right = max(word.box.x + word.box.width for word in words)
    bottom = max(word.box.y + word.box.height for word in words)
    return Box(left, top, right - left, bottom - top)
