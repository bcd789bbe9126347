"""Values that stand beside or under a label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from capture.reading.folding import fold
from capture.reading.layout import Line, Sheet, Span

_BETWEEN = re.compile(r"^[\s:#.\-=]*")


@dataclass(frozen=True)
class Labelled:
    """A value found by a label: its place, the text of both, and whether it stands beside the label or under it."""

    label: str
    value: str
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
    start = match.end() + len((_BETWEEN.match(cell.text[match.end() :]) or match)[0])
    hit = value.match(fold(cell.text), start)
    if hit:
        return Labelled(
            match[0], cell.text[hit.start() : hit.end()], cell.part(hit.start(), hit.end()), line, under=False
        )
    if cell.text[start:].strip():
        return None
    for other in line.cells[index + 1 : index + 3]:
        folded = fold(other.text)
        lead = len((_BETWEEN.match(folded) or match)[0])
        hit = value.match(folded, lead)
        if hit:
            return Labelled(
                match[0], other.text[hit.start() : hit.end()], other.part(hit.start(), hit.end()), line, under=False
            )
        if folded.strip(" :#.-="):
            return None
    return None


def _under(sheet: Sheet, line: Line, cell: Span, match: re.Match[str], value: re.Pattern[str]) -> Labelled | None:
    label = cell.part(match.start(), match.end())
    for other in sheet.below(label, line, lines=2):
        hit = value.match(fold(other.text))
        if hit:
            span = other.part(hit.start(), hit.end())
            return Labelled(match[0], other.text[hit.start() : hit.end()], span, line, under=True)
        return None
    return None
