"""Total, net and VAT of a document: the figures that agree with each other win over a good label alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from capture.reading.amounts import Amount
from capture.reading.candidates import Candidate, Choice, choose
from capture.reading.layout import Sheet
from capture.reading.roles import Role, is_strong
from capture.reading.taxes import TaxRow, tax_inside

PRIOR = {
    Role.TOTAL: 2.0, Role.DUE: 2.0, Role.CARD: 0.5, Role.PAID: 0.3, Role.CASH: -0.7, Role.SUBTOTAL: -0.5,
    Role.NET: -0.8,
    Role.NONE: -2.5, Role.OTHER: -2.5, Role.TAX: -4.0, Role.CHANGE: -4.0, Role.DISCOUNT: -4.0, Role.SERVICE: -4.0,
    Role.DEPOSIT: -3.0, Role.ROUNDING: -6.0,
}  # fmt: skip


@dataclass(frozen=True)
class Sums:
    """The figures of a document in pence, each with the amount it was taken from where it is printed."""

    total: Choice | None
    tax: Candidate | None
    net: Candidate | None
    due: Candidate | None
    service: Candidate | None
    rows: tuple[TaxRow, ...]


def solve(sheet: Sheet, amounts: tuple[Amount, ...], rows: tuple[TaxRow, ...]) -> Sums:
    """Find the figures that fit together best."""
    del sheet
    by_role: dict[Role, list[Amount]] = {}
    for amount in amounts:
        by_role.setdefault(amount.role, []).append(amount)
    total = choose(_totals(amounts, by_role, rows))
    if total is None:
        return Sums(None, None, None, None, None, rows)
    value = int(total.winner.value)
    tax = _tax(value, by_role, rows)
    net = _net(value, tax, by_role, rows)
    return Sums(total, tax, net, _due(value, by_role), _service(by_role), _fill(rows, value, tax, net))


def _totals(
    amounts: tuple[Amount, ...], by_role: dict[Role, list[Amount]], rows: tuple[TaxRow, ...]
) -> Iterator[Candidate]:
    counts = Counter(amount.pence for amount in amounts)
    support = {value: list(_support(value, by_role, rows, counts)) for value in counts}
    for amount in amounts:
        score, why = PRIOR[amount.role], [f'"{amount.label or amount.header}" is {amount.role}']
        if amount.role in {Role.TOTAL, Role.DUE}:
            score += 1.0 if is_strong(amount.label or amount.header) else 0.0
            score -= 0.0 if amount.label else 0.7
        if amount.pence == 0:
            score -= 3.0
        for points, reason in support[amount.pence]:
            score += points
            why.append(reason)
        yield Candidate(str(amount.pence), score, "; ".join(why), amount.span)


def _support(
    value: int, by_role: dict[Role, list[Amount]], rows: tuple[TaxRow, ...], counts: Counter[int]
) -> Iterator[tuple[float, str]]:
    taxes = {amount.pence for amount in by_role.get(Role.TAX, ())}
    nets = {amount.pence for role in (Role.NET, Role.SUBTOTAL) for amount in by_role.get(role, ())}
    if any(net + tax == value and tax for net, tax in product(nets, taxes)):
        yield 2.5, "net and VAT add up to it"
    elif any(row.percent and row.tax and abs(row.tax - tax_inside(value, row.percent)) <= 1 for row in rows):
        yield 1.5, "the VAT is inside it at the printed rate"
    wholes = [row.whole for row in rows]
    if wholes and None not in wholes and sum(filter(None, wholes)) == value:
        yield 1.5, "the VAT summary adds up to it"
    given = {amount.pence for role in (Role.CASH, Role.CARD, Role.PAID) for amount in by_role.get(role, ())}
    change = {abs(amount.pence) for amount in by_role.get(Role.CHANGE, ())}
    if any(abs(cash) - back == value for cash, back in product(given, change) if back):
        yield 2.0, "cash given less change"
    elif any(abs(amount.pence) == abs(value) for amount in by_role.get(Role.CARD, ())):
        yield 1.0, "paid by card"
    elif value in given:
        yield 0.5, "paid"
    if counts[value] > 1:
        yield min(counts[value] - 1, 3) * 0.3, f"stands there {counts[value]} times"


def _tax(total: int, by_role: dict[Role, list[Amount]], rows: tuple[TaxRow, ...]) -> Candidate | None:
    nets = {amount.pence for role in (Role.NET, Role.SUBTOTAL) for amount in by_role.get(role, ())}
    row_tax = sum(row.tax or 0 for row in rows)
    found = []
    for amount in by_role.get(Role.TAX, ()):
        score, why = 1.0, f'"{amount.label or amount.header}"'
        if abs(amount.pence) >= abs(total) and total:
            continue
        if total - amount.pence in nets:
            score, why = score + 3, why + "; with the net it makes the total"
        if rows and amount.pence == row_tax:
            score, why = score + 2, why + "; the sum of the VAT summary"
        if any(row.percent and abs(amount.pence - tax_inside(total, row.percent)) <= 1 for row in rows):
            score, why = score + 1.5, why + "; inside the total at the printed rate"
        found.append(Candidate(str(amount.pence), score, why, amount.span))
    if rows and any(row.tax is not None for row in rows):
        span = next(row.line.span for row in rows if row.tax is not None)
        found.append(
            Candidate(str(row_tax), 1.5 + (len(rows) > 1), "sum of the VAT summary", None if len(rows) > 1 else span)
        )
    choice = choose(found)
    return choice.winner if choice else None


def _net(
    total: int, tax: Candidate | None, by_role: dict[Role, list[Amount]], rows: tuple[TaxRow, ...]
) -> Candidate | None:
    charged = int(tax.value) if tax else 0
    printed = [amount for role in (Role.NET, Role.SUBTOTAL) for amount in by_role.get(role, ())]
    for amount in printed:
        if amount.pence + charged == total and (tax or amount.role is Role.NET or amount.pence != total):
            return Candidate(
                str(amount.pence),
                4.0,
                f'"{amount.label or amount.header}", with the VAT it makes the total',
                amount.span,
            )
    outside = sum(amount.pence for amount in by_role.get(Role.SERVICE, ())[:1])
    nets = [row.net for row in rows]
    if rows and None not in nets:
        net = sum(filter(None, nets))
        if net + charged in {total, total - outside}:
            span = rows[0].line.span if len(rows) == 1 else None
            return Candidate(str(net), 3.0, "sum of the VAT summary", span)
    return None


def _due(total: int, by_role: dict[Role, list[Amount]]) -> Candidate | None:
    for amount in reversed(by_role.get(Role.DUE, [])):
        if amount.pence not in {0, total}:
            return Candidate(str(amount.pence), 2.0, f'"{amount.label or amount.header}"', amount.span)
    return None


def _service(by_role: dict[Role, list[Amount]]) -> Candidate | None:
    for amount in by_role.get(Role.SERVICE, ()):
        if amount.pence > 0:
            return Candidate(str(amount.pence), 2.0, f'"{amount.label or amount.header}"', amount.span)
    return None


def _fill(rows: tuple[TaxRow, ...], total: int, tax: Candidate | None, net: Candidate | None) -> tuple[TaxRow, ...]:
    """Add the document's own net to a single rate that shows its tax alone."""
    del total
    if (
        len(rows) == 1
        and rows[0].net is None
        and rows[0].gross is None
        and net
        and tax
        and rows[0].tax == int(tax.value)
    ):
        row = rows[0]
        return (TaxRow(row.percent, int(net.value), row.tax, None, row.line, checked=row.checked),)
    return rows
