"""Amounts on the page, with the words beside and above them that say what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from capture.reading.folding import fold
from capture.reading.layout import Line, Sheet, Span
from capture.reading.money import find_money
from capture.reading.roles import Role, has_letters, role_of

LONGEST_LABEL = 60  # letters; more are a sentence that happens to stand on the line
HEADS = 40  # lines above an amount among which the head of its column is looked for
_CODES = re.compile(r"gbp|eur|usd|myr|gst|vat|mwst|tva|btw")
_ANY_HEAD = re.compile(
    r"[\W\d]*(?:line |item )?(?:amount|amt|price|value|betrag|montant)?[\W\d]*(?:rm|gbp|eur)?[\W\d]*"
)
_SUMS = {Role.NET, Role.TAX, Role.TOTAL, Role.DUE, Role.SUBTOTAL}


@dataclass(frozen=True)
class Amount:
    """An amount on the page, in pence, and what it is.

    ``label`` stands before it on the same line, ``header`` above it, ``tail`` behind it; ``symbol`` is the currency's
    as printed.
    """

    pence: int
    span: Span
    line: Line
    role: Role
    label: str
    header: str
    symbol: str
    tail: str

    @property
    def words(self) -> str:
        """Give the words it is called by."""
        return self.label or self.header


@dataclass(frozen=True)
class _Raw:
    pence: int
    span: Span
    label: str
    symbol: str
    tail: str


def find_amounts(sheet: Sheet) -> tuple[Amount, ...]:
    """Give every amount of the document with what it is called."""
    found: list[Amount] = []
    heads: list[Line] = []
    for line in sheet.lines:
        raw = list(_line_amounts(line))
        found += [_name(each, raw, line, heads) for each in raw]
        if len([cell for cell in line.cells if _is_head(cell)]) >= 2:
            heads = [line, *heads[:HEADS]]
    return tuple(found)


def _is_head(cell: Span) -> bool:
    return (has_letters(cell.text) or "%" in cell.text) and not any(find_money(cell.text))


def _name(raw: _Raw, row: list[_Raw], line: Line, heads: list[Line]) -> Amount:
    """Say what the amount is: by its own label, in a row of sums by the head of its column."""
    header, sums = _head_of(raw, line, heads)
    role = role_of(raw.label)
    row_role = role_of(row[0].label) if row[0].label else Role.NONE
    near = " ".join(cell.text for cell in line.cells if len(cell.text) <= LONGEST_LABEL)
    bare = not re.search(r"[a-z]{3}", _CODES.sub("", fold(near)))
    several = len(row) > 1
    of_row = not raw.label or (several and raw is row[0] and role in _SUMS)
    if sums and of_row and (bare or (several and row_role in _SUMS)):
        above = role_of(header)
        role = above if above in _SUMS and not _ANY_HEAD.fullmatch(fold(header)) else role
    return Amount(raw.pence, raw.span, line, role, raw.label, header, raw.symbol, raw.tail)


def _head_of(raw: _Raw, line: Line, heads: list[Line]) -> tuple[str, bool]:
    """Give the head of the amount's column, and whether it is one of a table of sums (net, VAT, gross)."""
    for head in heads:
        if head.page != line.page:
            break
        for cell in head.cells:
            if _is_head(cell) and _above(cell, raw.span):
                named = {role_of(part) for each in head.cells if _is_head(each) for part in _parts(each)}
                return _part_above(cell, raw.span), len(named & {Role.NET, Role.TAX, Role.TOTAL}) > 1
    return "", False


def _parts(cell: Span) -> tuple[str, ...]:
    return (cell.text, *(token.text for token in cell.tokens))


def _above(cell: Span, span: Span) -> bool:
    shared = min(cell.right, span.right) - max(cell.left, span.left)
    return shared > 0.3 * min(span.right - span.left, cell.right - cell.left)


def _part_above(cell: Span, span: Span) -> str:
    """Give the words of a head that stand above the amount (several heads may have run into one cell)."""
    reach = 0.5 * (span.right - span.left) + span.height
    kept = [token.text for token in cell.tokens if token.right > span.left - reach and token.left < span.right + reach]
    return " ".join(kept) if len(cell.tokens) > 3 else cell.text


def _line_amounts(line: Line) -> Iterator[_Raw]:
    label = ""
    for cell in line.cells:
        done = 0
        for money in find_money(cell.text):
            before = cell.text[done : money.start]
            if has_letters(before):
                label = before.strip(" :=-")
            span = cell.part(money.start, money.end)
            yield _Raw(money.pence, span, label, money.symbol, cell.text[money.end :].strip()[:12])
            done = money.end
            label = ""
        rest = cell.text[done:]
        if has_letters(rest) and (done == 0 or len(rest.strip()) > 3):
            label = rest.strip(" :=-") if len(rest) <= LONGEST_LABEL else ""
