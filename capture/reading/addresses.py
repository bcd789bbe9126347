"""Addresses: lines one under the other, or parts of one line, that end in a town with its postcode."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from capture.reading.candidates import Candidate
from capture.reading.folding import any_of, fold, plain
from capture.reading.layout import Line, Sheet, Span
from capture.reading.model import Origin
from capture.reading.money import find_money

_TOWN = any_of(r"""
    \b(?P<uk>[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})\b
    \b(?P<ie>[ac-fhknprtv-y]\d[\dw] ?(?=\d*[a-z])[\dac-fhknprtv-y]{4})\b
    (?:^|[,;·•|●-] ?)(?:[a-z]{1,2}-)?(?P<five>\d{5}),? [a-z']{3,}
    (?:^|[,;·•|●-] ?)(?P<nl>\d{4} ?[a-z]{2}),? [a-z']{3,}
    (?:^|[,;·•|●-] ?)(?:a|b|ch|dk|l)-(?P<four>\d{4}) [a-z']{3,}
    \b[a-z]{2},? (?P<us>\d{5})(?:-\d{4})?$
""")
_STREET = any_of(r"""
    \d|\b(?:road|street|lane|avenue|square|park|place|drive|close|way|house|yard|mill|wharf|quay|estate|floor|court)\b
    stra[s]{1,2}e\b|str\.|\b(?:weg|allee|platz|gasse|rue|boulevard|place|chemin|route|impasse)\b|straat|laan\b|kade\b
""")
_OTHER = any_of(r"""
    @|www\.|\b(?:tel|telefon|telephone|fax|phone|fon|vat|tva|btw|ust|siret|siren|kvk|iban|bic|gln|invoice|rechnung)\b
    \b(?:facture|factuur|receipt|credit|statement|quotation|date|datum|order|account|customer|served|table|till)\b
    \w: ?\d|^no\b|:$
""")
_PARTS = re.compile(r"[,;•·|●]|\s[-\u2013\u2014]\s")
_NUMBER = re.compile(r"^\W*(?:co\b.*)?(?:[a-z]{0,2}(?:\d[ -]?){6,}\W*[a-z]{0,2}\W*)?$|\breg\b")  # of a company
_LEAD = re.compile(r"^.{3,}: +|^(?:c/o|attn)\b\W*", re.IGNORECASE)
_OFFICE = re.compile(r"registered|siege|\bsitz\b|zetel")
MOST_LINES = 5
GAP = 1.6  # of the letter height: a wider gap between lines ends the block
FLUSH, FLUSH_SEEN = 0.015, 0.05  # of the page's width; the second in a picture, where lines run askew
_EDGE = " ,;:-|•·●\u2013\u2014."


@dataclass(frozen=True)
class Block:
    """The lines or parts of an address, what stands over it included; the last has the town."""

    cells: tuple[Span, ...]
    lines: tuple[Span, ...]
    texts: tuple[str, ...]
    line: Line
    postcode: str

    def after(self, name: str) -> int:
        """Give where the address begins that follows this name, -1 where the name is not in the block."""
        wanted = plain(name)
        found = [index for index, span in enumerate(self.lines) if wanted and wanted in plain(span.text)]
        if not found:
            return -1
        return found[-1] + (wanted in plain(self.texts[found[-1]]))

    @property
    def street(self) -> int:
        """Give where the street begins, or the town where none is shown."""
        found = (index for index, text in enumerate(self.texts) if _STREET.search(fold(text)))
        return next(found, len(self.texts) - 1)

    @property
    def top(self) -> Span:
        """Give the line it begins with."""
        return self.lines[0]

    @property
    def is_stacked(self) -> bool:
        """Tell whether it has a line for the name, one or more for the street, and one for the town."""
        return len({span.top for span in self.lines}) >= 3


def find_blocks(sheet: Sheet) -> Iterator[Block]:
    """Give the addresses of the document."""
    for line in sheet.lines:
        for span in _spans(line):
            folded = fold(span.text)
            match = _TOWN.search(folded)
            code = next((each for each in match.groups() if each), "") if match else ""
            at = folded.find(code)
            if match is None or not _is_code(span.text[at : at + len(code)]) or any(find_money(span.text)):
                continue
            parts = [part for part in _parts(span) if part[0] < match.end()]
            above = list(_above(sheet, line, span))
            lines = [*above, *(span.part(start, end) for start, end in parts)]
            texts = [_LEAD.sub("", each.text).strip(_EDGE) for each in above]
            texts += [_LEAD.sub("", span.text[start:end]).strip(_EDGE) for start, end in parts]
            yield Block((*above, span), tuple(lines), tuple(texts), line, code.upper())


def find_addresses(sheet: Sheet, blocks: Iterable[Block], name: str) -> Iterator[tuple[Candidate, str]]:
    """Give the addresses that may be this firm's, each with its postcode."""
    for block in blocks:
        start = block.after(name)
        if start == len(block.texts):
            continue
        score, why = (3.5, "under its name") if start >= 0 else (0.0, "an address")
        if start < 0:
            start = block.street
            head = block.lines[start]
            above = [cell for other in sheet.lines[: head_line(sheet, head)] for cell in other.cells][-2:]
            if any(plain(name) and plain(name) in plain(cell.text) for cell in above):
                score, why = 2.5, "below its name"
        score += 0.8 * (1 - block.line.number / max(len(sheet.lines), 1))
        if _OFFICE.search(fold(block.line.text)):
            score, why = score - 1.0, f"{why}, of its registered office"
        spans = block.lines[start:]
        parts = dict.fromkeys(each for each in block.texts[start:] if each and not _NUMBER.search(fold(each)))
        if len(parts) == 1:
            score, why = score - 2.0, f"{why}, a town alone"
        text = ", ".join(parts)
        tokens = tuple(dict.fromkeys(token for span in spans for token in span.tokens))
        yield Candidate(text, score, why, Span(tokens, spans[0].page, spans[0].scale)), block.postcode


def head_line(sheet: Sheet, span: Span) -> int:
    """Give the number of the line that the span stands on."""
    return next(line.number for line in sheet.lines if span.tokens[0] in line.span.tokens)


def _spans(line: Line) -> tuple[Span, ...]:
    """Give the cells, or the line as one where nothing but marks parts them."""
    if any(not re.search(r"[a-z0-9]", fold(cell.text)) for cell in line.cells[1:-1]):
        return (line.span,)
    return line.cells


def _is_code(text: str) -> bool:
    """Tell whether a postcode has no small letters: a house number and a word are none."""
    return text == text.upper()


def _parts(span: Span) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _PARTS.finditer(span.text):
        if span.text[start : match.start()].strip(_EDGE):
            yield start, match.start()
        start = match.end()
    if span.text[start:].strip(_EDGE):
        yield start, len(span.text)


def _above(sheet: Sheet, line: Line, bottom: Span) -> list[Span]:
    """Give the cells over the town's that belong to the same block, from the top."""
    found: list[Span] = []
    last, seen = bottom, sheet.origin is Origin.OCR
    for other in reversed(sheet.lines[max(0, line.number - 2 * MOST_LINES) : line.number]):
        if (
            other.page != line.page
            or len(found) == MOST_LINES
            or last.top - other.span.bottom > GAP * min(last.height, bottom.height)
        ):
            break
        near = [cell for cell in other.cells if _is_flush(cell, bottom, FLUSH_SEEN if seen else FLUSH)]
        if not near:
            continue
        if last.top - near[0].bottom > GAP * min(last.height, bottom.height) or _is_end(near[0]):
            break
        found.append(near[0])
        last = near[0]
    return found[::-1]


def _is_flush(cell: Span, other: Span, most: float) -> bool:
    middles = (cell.left + cell.right - other.left - other.right) / 2
    return min(abs(cell.left - other.left), abs(middles), abs(cell.right - other.right)) < most


def _is_end(cell: Span) -> bool:
    """Tell whether a cell is no part of the address under it: a telephone number, an amount, another address."""
    folded = fold(cell.text)
    return bool(_OTHER.search(folded) or _TOWN.search(folded)) or any(True for _ in find_money(cell.text))
