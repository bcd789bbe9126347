"""A split adds up to the penny, whatever the total and the parts."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Incomplete
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
