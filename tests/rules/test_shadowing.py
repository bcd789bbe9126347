"""Which rules never come to anything: only what surely is so is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules.matching import Coding
from rules.shadowing import is_unused, shadows

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def rule(number: int, when: dict[str, Any], *names: str, auto_publish: bool = False) -> Coding:
    return Coding(number, f"Rule {number}", when, dict.fromkeys(names or ("category",), 1), auto_publish)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({"supplier": 7}, {"supplier": 7}),
        ({"supplier": [7, 8]}, {"supplier": 8, "total_max": 100}),
        ({"total_max": 200}, {"supplier": 7, "total_max": 100}),
        ({"total_min": 100}, {"total_min": 200}),
        ({"text": "fuel"}, {"text": "fuel card"}),
        ({"any": [{"supplier": 7}, {"supplier": 8}]}, {"supplier": 7}),
        ({"all": [{"supplier": 7}]}, {"all": [{"supplier": 7}, {"text": "x"}]}),
    ],
)
def test_a_narrower_rule_behind_a_wider_one_is_shadowed(wide: dict[str, Any], narrow: dict[str, Any]) -> None:
    [shadow] = shadows([rule(1, wide), rule(2, narrow)])

    assert (shadow.rule.id, shadow.by.id) == (2, 1)
    assert wide == narrow or shadows([rule(1, narrow), rule(2, wide)]) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (rule(1, {"supplier": 7}), rule(2, {"supplier": 7}, "category", "paid")),  # it adds a field
        (rule(1, {"supplier": 7}), rule(2, {"supplier": 7}, auto_publish=True)),  # it publishes
        (rule(1, {"supplier": 7}), rule(2, {"supplier": 8})),
        (rule(1, {"text": "fuel card"}), rule(2, {"text": "fuel"})),
        (rule(1, {"not": {"supplier": 8}}), rule(2, {"supplier": 7})),  # true, but not sure by its words
    ],
)
def test_what_may_come_to_something_is_left_alone(first: Coding, second: Coding) -> None:
    assert shadows([first, second]) == []


@pytest.mark.parametrize(("days", "unused"), [(364, False), (366, True)])
def test_a_rule_that_nothing_needed_for_a_year_is_unused(days: int, unused: bool) -> None:
    assert is_unused((NOW - timedelta(days=days), None), NOW) is unused
    assert not is_unused((NOW - timedelta(days=days), NOW), NOW)
