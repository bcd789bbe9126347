"""Why a rule fitted, in words: what of its conditions the item meets, and never what is not so."""

from __future__ import annotations

from typing import Any

import pytest

from rules.conditions import Facts
from rules.matching import Coding, Rulebook
from tests.rules.making import FUEL

EUROS = Facts(currency="EUR", total=4999)


@pytest.mark.parametrize(
    ("when", "facts", "said"),
    [
        ({"supplier": [3, 7], "total_max": 5000}, FUEL, "the supplier is Shell UK Ltd and the total is at most £50.00"),
        ({"total_min": 1000}, EUROS, "the total is at least €10.00"),
        ({"text": ["diesel", "petrol"]}, FUEL, "the document says “petrol”"),
        ({"field_text": {"reference": ["REF", "inv"]}}, FUEL, "its reference says “inv”"),
        ({"weekday": ["sunday", "monday"], "vat_present": True}, FUEL, "its date is a Monday and VAT is on it"),
        ({"any": [{"text": "diesel"}, {"document_type": "receipt"}]}, FUEL, "its type is receipt"),
        ({"not": {"supplier": "Esso"}}, FUEL, "not (the supplier is Esso)"),
        ({"not": {"supplier": [8, 9]}}, FUEL, "not (the supplier is one it names)"),
        ({"not": {"currency": ["GBP", "USD"]}}, EUROS, "not (it is in GBP or USD)"),
        (
            {"not": {"any": [{"text": "diesel"}, {"weekday": "sunday"}]}},
            FUEL,
            "not (the document says “diesel” or its date is a Sunday)",
        ),
    ],
)
def test_a_setting_says_why(when: dict[str, Any], facts: Facts, said: str) -> None:
    settings = Rulebook([Coding(1, "Fuel", when, {"paid": True})]).evaluate(facts).settings

    assert settings["paid"].reason == f"rule “Fuel”, because {said}"
