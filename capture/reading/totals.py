"""Total, net and VAT of a document: the figures that agree with each other win over a good label alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import combinations, product

from capture.reading.amounts import Amount
from capture.reading.candidates import Candidate, Choice, choose
from capture.reading.folding import fold
from capture.reading.roles import Role, is_strong
from capture.reading.taxes import TaxRow, tax_inside, tax_of

PRIOR = {
    Role.TOTAL: 2.0, Role.DUE: 2.0, Role.CARD: 0.5, Role.PAID: 0.3, Role.CASH: -0.7, Role.SUBTOTAL: -0.5,
    Role.NET: -0.8, Role.NONE: -2.5, Role.OTHER: -2.5, Role.TAX: -4.0, Role.CHANGE: -4.0, Role.DISCOUNT: -4.0,
    Role.SERVICE: -4.0, Role.DEPOSIT: -3.0, Role.ROUNDING: -6.0,
}  # fmt: skip
_VAT = re.compile(r"v\.?a\.?t|gst|mwst|ust\b|umsatzsteuer|tva|btw|iva")
MOST_PARTS = 12  # different amounts of a kind that are tried as parts of a sum


@dataclass(frozen=True)
class Sums:
    """The figures of a document in pence, each with the amount it was taken from where it is printed."""

    total: Choice | None
    tax: Candidate | None = None
    net: Candidate | None = None
    due: Candidate | None = None
    service: Candidate | None = None
    rows: tuple[TaxRow, ...] = ()


@dataclass(frozen=True)
class _Figures:
    """The amounts of a document by what they are called, and its VAT summary."""

    amounts: tuple[Amount, ...]
    rows: tuple[TaxRow, ...]
    rates: frozenset[Decimal]

    @cached_property
    def by_role(self) -> dict[Role, list[Amount]]:
        found: dict[Role, list[Amount]] = {}
        for amount in self.amounts:
            found.setdefault(amount.role, []).append(amount)
        return found

    @cached_property
    def counts(self) -> Counter[int]:
        return Counter(amount.pence for amount in self.amounts)

    @cached_property
    def sums(self) -> dict[int, str]:
        """Give what the printed parts add up to, and how: net and VAT, a total and what comes on top of it."""
        found: dict[int, str] = {}
        taxes, nets = self.values(Role.TAX), self.values(Role.NET, Role.SUBTOTAL)
        tops = self.values(Role.SERVICE, Role.ROUNDING) + [-abs(each) for each in self.values(Role.DISCOUNT)]
        totals = self.values(Role.TOTAL)
        extras = [(), *((each,) for each in tops), *combinations(tops, 2)]
        for base, extra in product([*nets, *totals], extras):
            if extra:
                found.setdefault(base + sum(extra), "a sum and what comes on top")
        for net, tax, extra in product(nets, taxes, extras):
            found[net + tax + sum(extra)] = "net and VAT add up to it"
        for one, other in combinations(totals, 2):
            found[one + other] = "two sums make it"
        return found

    def values(self, *roles: Role) -> list[int]:
        """Give the different amounts of these kinds, but for 0."""
        found = dict.fromkeys(amount.pence for role in roles for amount in self.by_role.get(role, ()))
        return [pence for pence in found if pence][:MOST_PARTS]


def solve(
    amounts: tuple[Amount, ...], rows: tuple[TaxRow, ...], rates: frozenset[Decimal], *, also: Iterable[Candidate] = ()
) -> Sums:
    """Find the figures that fit together best."""
    figures = _Figures(amounts, rows, rates)
    total = choose((*_totals(figures), *also))
    if total is None:
        return Sums(None, rows=rows)
    value = int(total.winner.value)
    rows = tuple(row for row in rows if row.checked or not row.tax or abs(row.tax) <= _most_tax(value, row) + 2)
    figures = _Figures(amounts, rows, rates)
    tax = _tax(value, figures)
    net = _net(value, tax, figures)
    return Sums(total, tax, net, _due(value, figures), _service(figures), _fill(figures, value, tax, net))


def _most_tax(total: int, row: TaxRow) -> int:
    return abs(total) if row.percent is None else abs(tax_inside(total, row.percent))


def _totals(figures: _Figures) -> Iterator[Candidate]:
    support = {value: list(_support(value, figures)) for value in figures.counts}
    named = bool(figures.by_role.get(Role.TOTAL) or figures.by_role.get(Role.DUE))
    alone = len([value for value in figures.counts if value > 0]) == 1
    for amount in figures.amounts:
        score, why = PRIOR[amount.role], [f'"{amount.words}" is {amount.role}']
        if amount.role in {Role.TOTAL, Role.DUE}:
            score += (1.0 if is_strong(amount.words) else 0.0) - (0.0 if amount.label else 0.7)
            score -= 0.8 if fold(amount.words) == "amount" else 0.0
        elif not named and amount.role in {Role.NET, Role.SUBTOTAL}:
            score, why = score + 2.0, [*why, "nothing is called a total"]
        elif not named and amount.role in {Role.CARD, Role.PAID}:
            score, why = score + 1.5, [*why, "nothing is called a total"]
        elif not named and any(_fits(row, amount.pence) for row in figures.rows):
            score, why = score + 2.0, [*why, "nothing is called a total"]
        elif alone and amount.pence > 0:
            score, why = score + 3.5, [*why, "the only amount"]
        score -= 3.0 if amount.pence == 0 else 0.0
        score += sum(points for points, _ in support[amount.pence])
        yield Candidate(
            str(amount.pence), score, "; ".join([*why, *(text for _, text in support[amount.pence])]), amount.span
        )


def _support(value: int, figures: _Figures) -> Iterator[tuple[float, str]]:
    how = figures.sums.get(value)
    if how and value:
        yield {"n": 2.5, "a": 1.5, "t": 3.5}[how[0]], how
    elif any(
        base + tax_of(base, rate) == value for base in figures.values(Role.NET, Role.SUBTOTAL) for rate in figures.rates
    ):
        yield 2.0, "a net sum and the tax at a printed rate make it"
    elif any(_fits(row, value) for row in figures.rows):
        yield 1.5, "the VAT is inside it at the printed rate"
    wholes = [row.whole for row in figures.rows]
    beside = {0, *figures.values(Role.SERVICE)}  # what stands outside of VAT
    if wholes and None not in wholes and value - sum(filter(None, wholes)) in beside:
        yield 1.5, "the VAT summary adds up to it"
    yield from _payment_support(value, figures)
    if figures.counts[value] > 1:
        yield min(figures.counts[value] - 1, 3) * 0.3, f"stands there {figures.counts[value]} times"


def _fits(row: TaxRow, total: int) -> bool:
    """Tell whether the VAT of this row is what its rate makes of the total."""
    return bool(row.percent and row.tax) and abs((row.tax or 0) - tax_inside(total, row.percent or Decimal(0))) <= 1


def _payment_support(value: int, figures: _Figures) -> Iterator[tuple[float, str]]:
    given = {abs(each) for each in figures.values(Role.CASH, Role.CARD, Role.PAID)}
    change = {abs(amount.pence) for amount in figures.by_role.get(Role.CHANGE, ())}
    if any(cash - back == value for cash, back in product(given, change) if back):
        yield 2.0, "cash given less change"
    elif value in given and 0 in change:
        yield 1.5, "given exactly"
    elif abs(value) in {abs(each) for each in figures.values(Role.CARD)}:
        yield 1.0, "paid by card"
    elif value in given:
        yield 0.5, "paid"


def _tax(total: int, figures: _Figures) -> Candidate | None:
    nets = set(figures.values(Role.NET, Role.SUBTOTAL))
    row_tax = sum(row.tax or 0 for row in figures.rows)
    found = []
    for amount in figures.by_role.get(Role.TAX, ()):
        score, why = 1.0, f'"{amount.words}"'
        if abs(amount.pence) >= abs(total) and total:
            continue
        if total - amount.pence in nets and (amount.pence or not row_tax):  # 0 always fits
            score, why = score + 3, why + "; with the net it makes the total"
        if figures.rows and amount.pence == row_tax:
            score, why = score + 2, why + "; the sum of the VAT summary"
        if any(row.percent and abs(amount.pence - tax_inside(total, row.percent)) <= 1 for row in figures.rows):
            score, why = score + 1.5, why + "; inside the total at the printed rate"
        found.append(Candidate(str(amount.pence), score, why, amount.span))
    taxed = [row for row in figures.rows if row.tax is not None]
    if taxed:
        span = taxed[0].line.span if len(taxed) == 1 else None
        checked = 1.5 if all(row.checked for row in taxed) else 0.0
        found.append(Candidate(str(row_tax), 1.0 + checked + (len(taxed) > 1), "sum of the VAT summary", span))
    choice = choose(found)
    return choice.winner if choice else None


def _net(total: int, tax: Candidate | None, figures: _Figures) -> Candidate | None:
    charged = int(tax.value) if tax else 0
    outside = sum(amount.pence for amount in figures.by_role.get(Role.SERVICE, ())[:1])
    printed = [amount for role in (Role.NET, Role.SUBTOTAL) for amount in figures.by_role.get(role, ())]
    for amount in printed:
        if amount.pence + charged in {total, total - outside}:
            return Candidate(str(amount.pence), 4.0, f'"{amount.words}", with the VAT it makes the total', amount.span)
    for amount, rate in product(printed, figures.rates):
        if not tax and amount.pence + tax_of(amount.pence, rate) == total:
            return Candidate(str(amount.pence), 3.0, f'"{amount.words}", at the printed rate', amount.span)
    for amount in figures.by_role.get(Role.NONE, ()):
        if charged and amount.pence + charged == total and not amount.words:
            return Candidate(str(amount.pence), 2.0, "with the VAT it makes the total", amount.span)
    nets = [row.net for row in figures.rows]
    if nets and None not in nets and sum(filter(None, nets)) + charged in {total, total - outside}:
        span = figures.rows[0].line.span if len(nets) == 1 else None
        return Candidate(str(sum(filter(None, nets))), 3.0, "sum of the VAT summary", span)
    return None


def _due(total: int, figures: _Figures) -> Candidate | None:
    for amount in reversed(figures.by_role.get(Role.DUE, [])):
        if amount.pence not in {0, total}:
            return Candidate(str(amount.pence), 2.0, f'"{amount.words}"', amount.span)
    return None


def _service(figures: _Figures) -> Candidate | None:
    for amount in figures.by_role.get(Role.SERVICE, ()):
        if amount.pence > 0:
            return Candidate(str(amount.pence), 2.0, f'"{amount.words}"', amount.span)
    return None


def _fill(figures: _Figures, total: int, tax: Candidate | None, net: Candidate | None) -> tuple[TaxRow, ...]:
    """Give the VAT summary with what the sums add to it: the net of a single rate, VAT without a rate."""
    rows = figures.rows
    if tax is None or (tax.span is None and not rows):
        return rows
    charged, base = int(tax.value), int(net.value) if net else None
    if base is not None and base + charged != total:
        base = None
    if len(rows) == 1 and (rows[0].tax, rows[0].net, rows[0].gross) == (charged, None, None):
        return (replace(rows[0], net=base),)
    named = [
        each
        for each in figures.amounts
        if each.pence == charged and each.role is Role.TAX and _VAT.search(fold(each.words))
    ]
    if rows or not named:
        return rows
    return (TaxRow(None if charged else Decimal(0), base, charged, None, named[0].line, checked=False),)
