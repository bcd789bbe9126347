"""What lines come to for each VAT rate, as KashFlow will get them, and lines added from what was read. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from capture.amounts.totals import Amounts, Line, SumsDisagree, TaxLine, spread


def by_rate(amounts: Amounts, lines: Sequence[Line], tax_lines: Sequence[TaxLine]) -> list[TaxLine]:
    """Give net, VAT and gross for each rate, the highest VAT first; nothing while the amounts are open or disagree."""
    if None in {amounts.net, amounts.tax, amounts.total}:
        return []
    try:
        entered = spread(amounts, lines, tax_lines)
    except SumsDisagree:
        return []
    sums: dict[str, tuple[int, int]] = {}
    for line in entered:
        net, tax = sums.get(line.vat_rate, (0, 0))
        sums[line.vat_rate] = (net + line.net, tax + line.tax)
    ranked = sorted(sums.items(), key=lambda pair: -abs(pair[1][1]))
    return [TaxLine(rate, net, tax, net + tax) for rate, (net, tax) in ranked]


def with_missing(entered: Sequence[Line], read: Sequence[Line]) -> list[Line]:
    """Give the entered lines and those of the reading that are not among them: by description, else by amount."""
    there = Counter(_mark(line) for line in entered)
    missing = []
    for line in read:
        if there[_mark(line)] > 0:
            there[_mark(line)] -= 1
        else:
            missing.append(line)
    return [*entered, *missing]


def _mark(line: Line) -> str | int:
    return line.description.casefold() or line.amount
