"""Evaluation: the first rule in the user's order that fits and names a field wins it, and says why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.conditions import CONDITIONS, Facts
from rules.matching import Coding, Rulebook
from tests.rules.making import FUEL


def rule(when: dict[str, Any], sets: dict[str, Any] | None = None, number: int = 1) -> Coding:
    return Coding(number, f"Rule {number}", when, sets or {"paid": True})


@pytest.mark.parametrize(
    "when",
    [
        {"supplier": 7},
        {"supplier": "shell uk ltd"},
        {"supplier": [3, 7]},
        {"text": "petrol"},
        {"text": ["diesel", "unleaded"]},
        {"field_text": {"reference": "inv"}},
        {"total_min": 4999, "total_max": 4999},
        {"weekday": "monday"},
        {"vat_present": True},
        {"document_type": ["receipt", "invoice"], "currency": "GBP", "kind": "cost"},
        {"not": {"text": "diesel"}},
        {"any": [{"text": "diesel"}, {"all": [{"supplier": 7}, {"total_max": 5000}]}]},
    ],
)
def test_a_condition_holds(when: dict[str, Any]) -> None:
    assert rule(when).fits(FUEL)


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"supplier": 8},
        {"supplier": 7, "text": "diesel"},
        {"customer": 7},
        {"total_min": 5000},
        {"total_max": "5000"},
        {"weekday": "sunday"},
        {"vat_present": False},
        {"not": {"supplier": 7}},
        {"any": []},
        {"moon": "full"},
        {"any": "text", "all": 3},
    ],
)
def test_a_condition_does_not_hold(when: dict[str, Any]) -> None:
    assert not rule(when).fits(FUEL)


def test_two_rules_each_add_theirs_and_the_first_wins_what_both_name() -> None:
    first = rule({"text": "petrol"}, {"category": 1}, 1)
    second = rule({"supplier": 7}, {"category": 2, "paid": True}, 2)

    settings = Rulebook([first, second]).evaluate(FUEL).settings

    assert (settings["category"].value, settings["category"].rule_id) == (1, 1)
    assert (settings["paid"].value, settings["paid"].rule_id) == (True, 2)


@pytest.mark.parametrize("when", [{"text": "petrol"}, {"total_min": 0}])
def test_the_users_order_counts_whether_a_rule_is_for_a_supplier_or_not(when: dict[str, Any]) -> None:
    own, general = rule({"supplier": 7}, {"category": 1}, 1), rule(when, {"category": 2}, 2)

    assert Rulebook([general, own]).evaluate(FUEL).settings["category"].rule_id == 2
    assert Rulebook([own, general]).evaluate(FUEL).settings["category"].rule_id == 1


def test_what_was_not_read_meets_no_condition() -> None:
    assert not any(rule(when).fits(Facts()) for when in ({"total_min": 0}, {"total_max": 0}, {"weekday": "monday"}))


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["petrol", "pet", "ETRO", "rol STAT", "l  st", "monday", "GBP", "Shell UK Ltd", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(CONDITIONS)), inner, max_size=3),
    max_leaves=8,
)
whens = st.dictionaries(st.sampled_from(sorted(CONDITIONS)) | st.text(max_size=3), json, max_size=4)
setters = st.dictionaries(st.sampled_from(["category", "paid", "vat_rate"]), st.integers(0, 3), max_size=3)
codings = st.lists(st.builds(Coding, st.integers(1, 9), st.just("R"), whens, setters, st.booleans()), max_size=6)
many_facts = st.builds(
    Facts,
    supplier_id=st.none() | st.integers(-2, 3),
    supplier_name=st.sampled_from([None, "", "Shell UK Ltd"]),
    total=st.none() | st.integers(-9, 9),
    tax=st.none() | st.integers(0, 3),
    issued_on=st.none() | st.dates(),
    text=st.sampled_from(["", "Petrol", "diesel", "pet petr etrol", "Petrol  station, petrol station"]),
)


@given(codings, many_facts)
def test_evaluation_never_raises_and_always_gives_the_same(rules: list[Coding], facts: Facts) -> None:
    assert Rulebook(rules).evaluate(facts) == Rulebook(list(rules)).evaluate(facts)


@given(codings, many_facts)
def test_evaluation_is_that_of_one_rule_after_the_other(rules: list[Coding], facts: Facts) -> None:
    wanted: dict[str, tuple[int, int]] = {}
    for each in rules:
        if each.fits(facts):
            wanted |= {name: (value, each.id) for name, value in each.sets.items() if name not in wanted}

    settings = Rulebook(rules).evaluate(facts).settings

    assert {name: (each.value, each.rule_id) for name, each in settings.items()} == wanted


@given(codings, many_facts)
def test_rules_that_do_not_fit_may_stand_anywhere(rules: list[Coding], facts: Facts) -> None:
    fitting = [each for each in rules if each.fits(facts)]

    assert Rulebook(rules).evaluate(facts) == Rulebook(fitting).evaluate(facts)
