"""Receipts one above the other in one picture are told apart (CAP-5); one long receipt stays one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from capture.reading.model import Box, Origin, Page, Word
from capture.reading.parts import find_parts
from capture.reading.pdf import open_pdf
from tests.documents.draw import draw_pdf
from tests.documents.papers import COFFEE, HARDWARE, STATIONERY, Item, Paper, vary

GAP = 20  # points between two papers


def seen(paper: Paper) -> Page:
    """Give a receipt's words as OCR would see them on a clean scan."""
    with open_pdf(draw_pdf(paper), max_pages=1) as pdf:
        return Page(1, *pdf.size(1), pdf.words(1), Origin.OCR)


def laid(pages: Sequence[Page], *, across: bool = False) -> Page:
    """Give one picture of several: one above the other, or side by side."""
    between = GAP * (len(pages) - 1)
    wide = sum(page.width for page in pages) + between if across else max(page.width for page in pages)
    high = max(page.height for page in pages) if across else sum(page.height for page in pages) + between
    words, x, y = [], 0.0, 0.0
    for page in pages:
        for word in page.words:
            left, top = x + word.box.x * page.width, y + word.box.y * page.height
            size = (word.box.width * page.width / wide, word.box.height * page.height / high)
            words.append(Word(word.text, Box(left / wide, top / high, *size), word.confidence))
        x, y = (x + page.width + GAP, y) if across else (x, y + page.height + GAP)
    return Page(1, wide, high, tuple(words), Origin.OCR)


def written(*lines: str) -> Page:
    """Give a slip of paper with these lines."""
    words, pitch = [], 1 / (len(lines) + 1)
    for number, line in enumerate(lines):
        at = 0.08
        for text in line.split():
            words.append(Word(text, Box(at, (number + 0.5) * pitch, len(text) * 0.02, 0.6 * pitch)))
            at += len(text) * 0.02 + 0.02
    return Page(1, 260, 15 * (len(lines) + 1), tuple(words), Origin.OCR)


@pytest.mark.parametrize(
    "papers", [*permutations((COFFEE, HARDWARE, STATIONERY), 2)], ids=lambda each: each[0].reference
)
def test_cap_5_two_receipts_one_above_the_other_are_two_documents(papers: tuple[Paper, ...]) -> None:
    upper, lower = find_parts((laid([seen(paper) for paper in papers]),))

    assert upper.region is not None
    assert lower.region is not None
    assert upper.region.y + upper.region.height <= lower.region.y + 0.02  # the margins may touch
    assert upper.siblings == lower.siblings == 1


def test_cap_5_three_in_a_stack_and_four_in_a_square_are_told_apart() -> None:
    pages = [seen(paper) for paper in (COFFEE, HARDWARE, STATIONERY)]
    square = [laid([seen(COFFEE), seen(HARDWARE)]), laid([seen(STATIONERY), seen(vary(HARDWARE, 3))])]

    assert len(find_parts((laid(pages),))) == 3
    assert len(find_parts((laid(square, across=True),))) == 4


def test_cap_5_two_receipts_of_one_shop_are_told_apart_by_their_dates() -> None:
    later = vary(HARDWARE, 2)

    assert len(find_parts((laid([seen(HARDWARE), seen(later)]),))) == 2


@pytest.mark.parametrize("many", [1, 12, 70])
def test_a_single_receipt_of_any_length_stays_one(many: int) -> None:
    items = tuple(Item(f"Thing number {number}", 100 + number * 7) for number in range(many))

    assert len(find_parts((seen(replace(HARDWARE, items=items)),))) == 1


SHOP = ("Lantern Hill Coffee", "4 Packhorse Row", "Hexham NE46 1AA", "Tel 01632 960123")
CARD = ("Merchant 8812 Terminal 2", "VISA ****4242")
BELOW = {
    "a card slip": (*SHOP, *CARD, "10 Mar 2026 00:01", "TOTAL £16.95", "Approved, thank you"),
    "a card slip with a tip": (*SHOP, *CARD, "09 Mar 2026 11:43", "TIP £2.00", "TOTAL £18.95", "Approved, thank you"),
    "a slip without a date": ("Packhorse Inn", "Tel 01632 960777", *CARD, "come again", "TOTAL £7.10", "Approved"),
    "totals without a head": ("Your year with us", "visits twelve", "until 31 Dec 2025", "stamps nine", "TOTAL £90.10"),
    "a greeting": (
        "Packhorse Inn",
        "Tel 01632 960777",
        "10 Mar 2026",
        "see you again",
        "soon at ours",
        "or at theirs",
        "with friends",
    ),
}


@pytest.mark.parametrize("lines", BELOW.values(), ids=BELOW)
def test_what_is_printed_below_a_receipt_is_part_of_it(lines: tuple[str, ...]) -> None:
    assert len(find_parts((laid([seen(COFFEE), written(*lines)]),))) == 1


def test_a_slip_with_all_that_begins_and_ends_another_receipt_is_one() -> None:
    other = (
        "Packhorse Inn",
        "Tel 01632 960777",
        "10 Mar 2026 18:30",
        "one pie",
        "one pint",
        "TOTAL £17.40",
        "thank you",
    )

    assert len(find_parts((laid([seen(COFFEE), written(*other)]),))) == 2
