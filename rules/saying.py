"""Conditions in words: what a rule asks for, and what of that an item meets. Pure, and total."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from core.money import format_money, to_pence, to_pounds
from rules.conditions import GROUPS, Facts, as_list, compile_when

NAMED = frozenset({"supplier", "customer", "channel", "owner", "payment_method"})
TOTALS = frozenset({"total_min", "total_max"})


def say(when: Mapping[str, Any], currency: str = "GBP") -> str:
    """Say conditions as they are written (names, pounds) in one sentence, nested ones too."""
    return " and ".join(_say(name, value, currency) for name, value in when.items())


def because(when: Mapping[str, Any], facts: Facts) -> str:
    """Say which conditions, as they are kept (ids, pence), made a rule fit this item."""
    return say(_met(when, facts), facts.currency)


def _met(when: object, facts: Facts) -> dict[str, Any]:
    """Give conditions as they are written; of several values or alternatives the one that the item meets."""
    return {name: _met_one(name, value, facts) for name, value in when.items()} if isinstance(when, Mapping) else {}


def _met_one(name: str, wanted: Any, facts: Facts) -> Any:  # noqa: ANN401 - a condition's JSON
    if name == "not":
        return _met(wanted, facts)
    if name in GROUPS:
        parts = [each for each in as_list(wanted) if isinstance(each, Mapping)]
        holding = [each for each in parts if compile_when(each)(facts)]
        return [_met(each, facts) for each in (holding[:1] if name == "any" and holding else parts)]
    if name == "field_text":
        named = wanted.items() if isinstance(wanted, Mapping) else ()
        return {key: _narrowed(name, part, facts, key) for key, part in named}
    values = _narrowed(name, wanted, facts)
    if name in NAMED:
        known = getattr(facts, f"{name}_name") if compile_when({name: wanted})(facts) else None
        return known or [each if isinstance(each, str) else "one it names" for each in values[:1]]
    return [to_pounds(each) for each in values if isinstance(each, int)] if name in TOTALS else values


def _narrowed(name: str, wanted: object, facts: Facts, key: str | None = None) -> list[Any]:
    """Give of a condition's values the first that the item meets, or all; ``key`` names the field of a field's text."""
    values = as_list(wanted)
    met = (each for each in values if compile_when({name: each if key is None else {key: each}})(facts))
    return list(islice(met, 1)) or values


def _say(name: str, value: Any, currency: str) -> str:  # noqa: ANN401 - a condition's JSON
    if name == "not":
        inner = say(value, currency)
        return f"not {inner}" if len(value) == 1 and inner.startswith("(") else f"not ({inner})"
    if name in GROUPS:
        joined = (" or " if name == "any" else " and ").join(say(each, currency) for each in value)
        return f"({joined})" if len(value) > 1 else joined
    if name == "vat_present":
        return "VAT is on it" if any(as_list(value)) else "no VAT is on it"
    if name == "field_text":
        return " and ".join(f"its {_spaced(key)} says {_or(each, _quoted)}" for key, each in value.items())
    if name in TOTALS:
        value = [format_money(to_pence(Decimal(each)), currency) for each in as_list(value)]
    return f"{_SAID.get(name, name)} {_or(value, _WRITTEN.get(name, str))}"


def _or(value: object, write: Callable[[object], str]) -> str:
    return " or ".join(write(each) for each in as_list(value))


def _quoted(value: object) -> str:
    return f"“{value}”"


def _spaced(value: object) -> str:
    return str(value).replace("_", " ").replace(" vat ", " VAT ")


_WRITTEN: dict[str, Callable[[object], str]] = {
    "text": _quoted,
    "document_type": _spaced,
    "weekday": lambda value: str(value).capitalize(),
}
_SAID = {
    "supplier": "the supplier is",
    "customer": "the customer is",
    "text": "the document says",
    "total_min": "the total is at least",
    "total_max": "the total is at most",
    "document_type": "its type is",
    "kind": "it is a",
    "channel": "it came by",
    "owner": "it belongs to",
    "payment_method": "it was paid by",
    "currency": "it is in",
    "weekday": "its date is a",
}
