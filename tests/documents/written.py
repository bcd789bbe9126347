"""Pages written as plain text, each letter in its place, with what they say: ``pages/*.txt``, all invented.

Each file begins with what a reader should find, a field a line, then a line of dashes, then the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from capture.reading.model import Box, Origin, Page, Word

FOLDER = Path(__file__).parent / "pages"
LEAST_COLUMNS = 48
HEIGHT = 1.7  # of a letter, by its width


@dataclass(frozen=True)
class Written:
    """A page and what it says."""

    name: str
    page: Page
    expected: dict[str, str]


def written_pages() -> tuple[Written, ...]:
    """Give all written pages."""
    return tuple(read_written(path) for path in sorted(FOLDER.glob("*.txt")))


def read_written(path: Path) -> Written:
    """Give one written page."""
    head, page = path.read_text(encoding="utf-8").split("---\n", maxsplit=1)
    pairs = (line.split(": ", maxsplit=1) for line in head.splitlines())
    return Written(path.stem, page_of(page), dict(pairs))


def page_of(text: str, *, number: int = 1) -> Page:
    """Give the page with a word where the text has one."""
    lines = text.splitlines()
    columns = max([LEAST_COLUMNS, *map(len, lines)]) + 2
    rows = max(len(lines), 1)
    words = [
        Word(match[0], Box(match.start() / columns, row / rows, len(match[0]) / columns, 0.85 / rows))
        for row, line in enumerate(lines)
        for match in re.finditer(r"\S+", line)
    ]
    return Page(number, columns * 10.0, rows * 10.0 * HEIGHT / 0.85, tuple(words), Origin.TEXT_LAYER)
