"""Values that stand beside or under a label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from capture.reading.folding import fold
from capture.reading.layout import Line, Sheet, Span


@dataclass(frozen=True)
class Labelled:
    """A value found by a label: its text and place, and the label's, with the cell it stands in and where it begins."""

    label: str
    cell: Span
    at: int
    value: str
    whole: str  # the cell the value stands in
    span: Span
    line: Line
    under: bool


def find_labelled(sheet: Sheet, label: re.Pattern[str], value: re.Pattern[str]) -> Iterator[Labelled]:
    """Give the values of that shape behind, beside or under each place where the label stands (on folded text).

    The label must not be the tail of a longer word, the value is the first match in the text that follows.
    """
    for line, index in sheet.cells:
        cell = line.cells[index]
        for match in label.finditer(fold(cell.text)):
            found = _beside(line, index, match, value) or _under(sheet, line, cell, match, value)
            if found:
                yield found


def _beside(line: Line, index: int, match: re.Match[str], value: re.Pattern[str]) -> Labelled | None:
    cell = line.cells[index]
    start = match.end() + _lead(cell.text[match.end() :])
    hit = value.match(fold(cell.text), start)
    if hit:
        return _labelled(match, line, cell, cell, hit, under=False)
    if cell.text[start:].strip():
        return None
    for other in line.cells[index + 1 : index + 3]:
        folded = fold(other.text)
        hit = value.match(folded, _lead(folded))
        if hit:
            return _labelled(match, line, cell, other, hit, under=False)
        if folded.strip(" :#.-="):
            return None
    return None


def _under(sheet: Sheet, line: Line, cell: Span, match: re.Match[str], value: re.Pattern[str]) -> Labelled | None:
    if cell.text[match.end() :].strip(" :#.-="):
        return None
    label = cell.part(match.start(), match.end())
    heads = any(len(after.cells) > 2 for after in sheet.lines[line.number + 1 : line.number + 2])  # a table's own
    other = next(sheet.below(label, line, lines=1 if heads else 2), None)
    if other and other.top - label.bottom > 1.5 * label.height:
        return None
    hit = value.match(fold(other.text)) if other else None
    return _labelled(match, line, cell, other, hit, under=True) if other and hit else None


def _lead(text: str) -> int:
    """Give how many letters of punctuation stand before the value."""
    return len(text) - len(text.lstrip(" :#.-="))


def _labelled(
    match: re.Match[str], line: Line, cell: Span, other: Span, hit: re.Match[str], *, under: bool
) -> Labelled:
    span = other.part(hit.start(), hit.end())
    return Labelled(match[0], cell, match.start(), other.text[hit.start() : hit.end()], other.text, span, line, under)
