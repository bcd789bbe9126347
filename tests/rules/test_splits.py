"""A split adds up to the penny, whatever the total and the parts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.amounts.totals import EXEMPT, Amounts, TaxLine, percent_of, spread
from capture.coding.splitting import Whole, split_lines
from core.errors import Incomplete
from core.money import share
from rules.conditions import Facts
from rules.splits import SplitUnfit, split_total

totals = st.integers(-(10**11), 10**11)
cuts = st.lists(st.integers(1, 9999), min_size=1, max_size=6, unique=True)


def shares_of(points: list[int]) -> list[dict[str, Any]]:
    """Cut a hundred per cent at these hundredths of a per cent."""
    edges = [0, *sorted(points), 10_000]
    return [{"share": str(Decimal(high - low) / 100)} for low, high in pairwise(edges)]


@given(totals, cuts)
def test_shares_add_up(total: int, points: list[int]) -> None:
    assert sum(part.amount for part in split_total(total, shares_of(points), Facts())) == total


@given(totals, st.lists(st.integers(1, 10**6), max_size=3), st.lists(st.integers(1, 30), max_size=3))
def test_amounts_shares_and_a_rest_add_up_or_are_refused(total: int, amounts: list[int], shares: list[int]) -> None:
    parts = [{"amount": each} for each in amounts] + [{"share": str(each)} for each in shares] + [{}]

    try:
        lines = split_total(total, parts, Facts())
    except SplitUnfit:
        return

    assert sum(part.amount for part in lines) == total
    assert not any(part.amount * total < 0 for part in lines)


documents = st.lists(
    st.tuples(st.sampled_from(["20", "5", "0", EXEMPT]), st.integers(-(10**6), 10**6)),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row[0],
)


@given(documents, cuts, st.sampled_from([(), ("net",), ("tax",), ("gross",)]))
def test_shares_of_a_document_keep_its_net_and_its_vat(
    rows: list[tuple[str, int]], points: list[int], unprinted: tuple[str, ...]
) -> None:
    taxes = [(rate, net, share(net, percent_of(rate))) for rate, net in rows]
    net, tax = sum(each[1] for each in taxes), sum(each[2] for each in taxes)
    summary = [TaxLine(rate, net, tax, net + tax) for rate, net, tax in taxes]
    blank: dict[str, Any] = dict.fromkeys(unprinted)
    printed = [replace(line, **blank) for line in summary]
    amounts = Amounts(net, tax, net + tax, rows[0][0] if len(rows) == 1 else None)

    lines = split_lines(Whole(amounts, printed), shares_of(points), Facts())

    entered = spread(amounts, lines, printed)
    assert sum(line.amount for line in lines) == net + tax
    assert (sum(line.net for line in entered), sum(line.tax for line in entered)) == (net, tax)


def test_rounding_is_spread_over_the_shares() -> None:
    parts = [{"share": "33.33"}, {"share": "33.34"}, {"share": "33.33"}]

    assert [part.amount for part in split_total(100, parts, Facts())] == [33, 34, 33]


def test_amounts_above_the_total_are_no_split() -> None:
    with pytest.raises(Incomplete, match=r"more than the total, 10\.00"):
        split_total(1000, [{"amount": 1001}, {}], Facts())


def test_a_part_keeps_what_it_names() -> None:
    split = [{"share": "50", "category": 4, "description": "{supplier}, half"}, {"category": 5, "vat_rate": "0"}]

    first, second = split_total(1001, split, Facts(supplier_name="Shell"))

    assert (first.amount, first.category_id, first.description) == (501, 4, "Shell, half")
    assert (second.amount, second.category_id, second.vat_rate) == (500, 5, "0")
