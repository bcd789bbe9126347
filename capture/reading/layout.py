"""Words into lines and cells: who stands beside whom on a page.

Units: the page's width is 1; heights are measured in the same unit, so that distances compare in both directions.
Origin top left.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from capture.reading.model import Box, Origin, Page

CELL_GAP = 0.9  # of the letter height: a wider blank begins a new cell
HEADING = 1.6  # of the letter height: larger letters are another cell's
SAME_LINE = 0.5  # of the lower of two words: how much of it must stand beside the other


@dataclass(frozen=True)
class Token:
    """One word on a page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float = 1.0

    @property
    def height(self) -> float:
        """Give the height."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Give how far down its middle stands."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Span:
    """Neighbouring words on one line of a page; ``scale`` is the page's height by its width."""

    tokens: tuple[Token, ...]
    page: int
    scale: float

    @cached_property
    def text(self) -> str:
        """Give the words with single blanks."""
        return " ".join(token.text for token in self.tokens)

    @cached_property
    def left(self) -> float:
        """Give where it begins."""
        return min(token.left for token in self.tokens)

    @cached_property
    def right(self) -> float:
        """Give where it ends."""
        return max(token.right for token in self.tokens)

    @cached_property
    def top(self) -> float:
        """Give its upper edge."""
        return min(token.top for token in self.tokens)

    @cached_property
    def bottom(self) -> float:
        """Give its lower edge."""
        return max(token.bottom for token in self.tokens)

    @cached_property
    def height(self) -> float:
        """Give the height of its letters."""
        return statistics.median(token.height for token in self.tokens)

    @property
    def confidence(self) -> float:
        """Give the engine's confidence in its worst word."""
        return min(token.confidence for token in self.tokens)

    @property
    def box(self) -> Box:
        """Give its place as fractions of the page."""
        width, height = self.right - self.left, self.bottom - self.top
        return Box(self.left, self.top / self.scale, width, height / self.scale)

    def part(self, start: int, end: int) -> Span:
        """Give the words that the letters from start to end of the text touch."""
        kept, at = [], 0
        for token in self.tokens:
            if at < end and at + len(token.text) > start:
                kept.append(token)
            at += len(token.text) + 1
        return Span(tuple(kept) or self.tokens, self.page, self.scale)


@dataclass(frozen=True)
class Line:
    """A line of a page: its cells from left to right."""

    cells: tuple[Span, ...]
    number: int  # in the document, from 0

    @cached_property
    def span(self) -> Span:
        """Give the whole line as one span."""
        tokens = tuple(token for cell in self.cells for token in cell.tokens)
        return Span(tokens, self.cells[0].page, self.cells[0].scale)

    @property
    def text(self) -> str:
        """Give the words of the line."""
        return self.span.text

    @property
    def page(self) -> int:
        """Give the page it stands on."""
        return self.cells[0].page


@dataclass(frozen=True)
class Sheet:
    """A document's lines from top to bottom, page after page."""

    lines: tuple[Line, ...]
    origin: Origin

    @cached_property
    def text(self) -> str:
        """Give all words, a line a line."""
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def cells(self) -> tuple[tuple[Line, int], ...]:
        """Give every cell as its line and its index there."""
        return tuple((line, index) for line in self.lines for index in range(len(line.cells)))

    def below(self, span: Span, line: Line, *, lines: int = 3) -> Iterator[Span]:
        """Give the cells that stand under this one, nearest first, on the next few lines."""
        for other in self.lines[line.number + 1 : line.number + 1 + lines]:
            if other.page != line.page:
                return
            yield from (cell for cell in other.cells if min(cell.right, span.right) > max(cell.left, span.left))

    def search(self, pattern: re.Pattern[str]) -> Iterator[tuple[Line, re.Match[str]]]:
        """Give each line in which the pattern is found, with its first match."""
        for line in self.lines:
            match = pattern.search(line.text)
            if match:
                yield line, match


def lay_out(pages: Iterable[Page]) -> Sheet:
    """Put the words of these pages into lines and cells."""
    lines: list[Line] = []
    origin = Origin.TEXT_LAYER
    for page in pages:
        if page.origin is Origin.OCR:
            origin = Origin.OCR
        scale = page.height / page.width
        for row in _rows(_tokens(page, scale)):
            lines.append(Line(tuple(_cells(row, page.number, scale)), len(lines)))
    return Sheet(tuple(lines), origin)


def _tokens(page: Page, scale: float) -> list[Token]:
    return [
        Token(
            word.text,
            word.box.x,
            word.box.y * scale,
            word.box.x + word.box.width,
            (word.box.y + word.box.height) * scale,
            word.confidence,
        )
        for word in page.words
    ]


def _rows(tokens: list[Token]) -> list[list[Token]]:
    """Chain the words into rows: from left to right, each goes to the row whose last word it stands beside best."""
    rows: list[list[Token]] = []
    for token in sorted(tokens, key=lambda each: each.left):
        best, share = None, SAME_LINE
        for row in rows:
            if row[-1].bottom <= token.top or row[-1].top >= token.bottom:  # most rows: not worth a call
                continue
            beside = _beside(row[-1], token)
            if beside > share:
                best, share = row, beside
        if best is None:
            rows.append([token])
        else:
            best.append(token)
    return sorted(rows, key=lambda row: statistics.median(token.middle for token in row))


def _beside(last: Token, token: Token) -> float:
    """Give how much of the lower of two words stands beside the other; 0 where one covers the other."""
    if token.left < last.right - 0.5 * (last.right - last.left):
        return 0.0
    shared = min(last.bottom, token.bottom) - max(last.top, token.top)
    return shared / max(min(last.height, token.height), 1e-6)


def _letter(one: Token, other: Token) -> float:
    """Give the letter height of two words: the lower one's where a heading stands beside a text."""
    low, high = sorted((one.height, other.height))
    return low if high > HEADING * low else high


def _cells(row: list[Token], page: int, scale: float) -> Iterator[Span]:
    cell: list[Token] = []
    for token in row:
        if cell and token.left - cell[-1].right > CELL_GAP * _letter(cell[-1], token):
            yield Span(tuple(cell), page, scale)
            cell = []
        cell.append(token)
    yield Span(tuple(cell), page, scale)
