"""The VAT summary of a document: for each rate what is printed of net, tax and gross, checked by arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from capture.reading.amounts import Amount
from capture.reading.folding import any_of, fold
from capture.reading.layout import Line, Sheet
from capture.reading.roles import Role

HIGHEST = Decimal(30)  # percent
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?)\s?%")
_TAX_WORD = any_of(
    r"""
    \bv\.?a\.?t\b|gst|sst|\btax\b|mwst|\bust\b|umsatzsteuer|steuer|tva|btw|rate|\bsr\b|\bzrl?\b|net\b
    """
)
_ITEM = re.compile(r"\d\s?[x×@]\s?£?\d+(?:\.\d+)?(?![\d.]|\s?%)|(?<![a-z])[x×]\s?£?\d")
_ZERO = re.compile(r"zero[ -]?rated|exempt\b|steuerfrei")
_BARE = r"(\d{1,2}(?:[.,]\d{1,2})?)(?!\S)"
_CODED = re.compile(rf"(?<!\S){_BARE}(?:(?<=^\d) {_BARE})?")  # a code of one digit may stand before it


@dataclass(frozen=True)
class TaxRow:
    """One rate of the summary, in pence; None is not printed. ``checked`` means that the figures agree."""

    percent: Decimal | None
    net: int | None
    tax: int | None
    gross: int | None
    line: Line
    checked: bool

    @property
    def whole(self) -> int | None:
        """Give what it adds to the total, if that is printed."""
        if self.gross is not None:
            return self.gross
        return self.net + self.tax if self.net is not None and self.tax is not None else None


def find_rows(sheet: Sheet, amounts: tuple[Amount, ...]) -> tuple[TaxRow, ...]:
    """Give the rows of the VAT summary: each rate once, the fullest row for it."""
    by_line: dict[int, list[Amount]] = {}
    for amount in amounts:
        by_line.setdefault(amount.line.number, []).append(amount)
    found: list[TaxRow] = []
    for line in sheet.lines:
        here = by_line.get(line.number, [])
        if here:
            found += _line_rows(line, here)
    return tuple(_best_of_each(found))


def find_rates(sheet: Sheet) -> frozenset[Decimal]:
    """Give the rates that the document names beside a word for tax."""
    found = set()
    for line in sheet.lines:
        text = fold(line.text)
        if _TAX_WORD.search(text) and not _ITEM.search(text):
            found |= {Decimal(match[1].replace(",", ".")) for match in _PERCENT.finditer(text)}
    return frozenset(rate for rate in found if 0 < rate <= HIGHEST)


def tax_of(net: int, percent: Decimal) -> int:
    """Give the tax on a net amount, halves up."""
    return int((net * percent / 100).copy_abs().quantize(Decimal(1), "ROUND_HALF_UP")) * (1 if net >= 0 else -1)


def tax_inside(gross: int, percent: Decimal) -> int:
    """Give the tax inside a gross amount, halves up."""
    exact = (gross * percent / (100 + percent)).copy_abs()
    return int(exact.quantize(Decimal(1), "ROUND_HALF_UP")) * (1 if gross >= 0 else -1)


def _line_rows(line: Line, amounts: list[Amount]) -> Iterator[TaxRow]:
    """Give the rows on one line; two tables may stand side by side, so each percent takes the amounts behind it."""
    text = fold(line.text)
    rates = [(match.start(), Decimal(match[1].replace(",", "."))) for match in _PERCENT.finditer(text)]
    headers = " ".join(fold(amount.header) for amount in amounts)
    if not _TAX_WORD.search(text + " " + headers) or _ITEM.search(text):
        return
    bare = (_row(line, rate, amounts, zero=False) for rate in (() if rates else _bare_rates(text, amounts, headers)))
    found = next(filter(None, bare), None)
    if found:
        yield found
    elif not rates and _ZERO.search(text):
        rates = [(0, Decimal(0))]
    for index, (start, percent) in enumerate(rates):
        if percent > HIGHEST:
            continue
        end = rates[index + 1][0] if index + 1 < len(rates) else len(text)
        reach = [each for each in amounts if start <= _place(line, each) < end]
        near = amounts if len(rates) == 1 else reach
        row = _row(line, percent, near, zero=bool(_ZERO.search(text)))
        if row:
            yield row


def _place(line: Line, amount: Amount) -> int:
    """Give where in the line's text the amount begins."""
    at = 0
    for token in line.span.tokens:
        if token is amount.span.tokens[0]:
            return at
        at += len(token.text) + 1
    return at


def _bare_rates(text: str, amounts: list[Amount], headers: str) -> Iterator[Decimal]:
    """Give what may be a rate without its sign in a table with a head ("6.00" or "20" before net and tax)."""
    if len(amounts) < 2 or not re.search(r"gst|vat|tax|mwst|tva|btw", headers):
        return
    match = _CODED.search(text)
    if match:
        yield from (Decimal(rate.replace(",", ".")) for rate in match.groups() if rate)


def _row(line: Line, percent: Decimal, amounts: list[Amount], *, zero: bool) -> TaxRow | None:
    values = [amount.pence for amount in amounts[:4]]
    for size in (3, 2):
        for net, tax, *rest in permutations(values, size) if len(values) >= size else ():
            if _agree(percent, net, tax, rest) and (percent or tax == 0):
                return TaxRow(percent, net, tax, rest[0] if rest else None, line, checked=True)
    for gross, tax in permutations(values, 2):
        if percent and tax and abs(tax - tax_inside(gross, percent)) <= 1 and abs(tax) < abs(gross):
            return TaxRow(percent, None, tax, gross, line, checked=True)
    if len(values) == 1 and zero and not percent:
        return TaxRow(percent, None, None, values[0], line, checked=False)
    if len(values) == 1 and amounts[0].role is Role.TAX:
        return TaxRow(percent, None, values[0], None, line, checked=False)
    return None


def _agree(percent: Decimal, net: int, tax: int, gross: list[int]) -> bool:
    if gross and net + tax != gross[0]:
        return False
    if abs(tax) > abs(net) or (net == 0 and not gross):
        return False
    slack = 2 + abs(net) // 20_000  # rounding by line adds up over many lines
    return abs(tax - tax_of(net, percent)) <= slack


def _best_of_each(rows: list[TaxRow]) -> Iterator[TaxRow]:
    """Keep for each rate the row that shows most; rows that say no more than others are the same again."""
    order = sorted(rows, key=lambda row: (not row.checked, row.net is None, row.gross is None, row.line.number))
    kept: dict[Decimal | None, TaxRow] = {}
    for row in order:
        kept.setdefault(row.percent, row)
    yield from sorted(kept.values(), key=lambda row: row.line.number)
