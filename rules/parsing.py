"""A rule as people and programs write it (names, codes, pounds) becomes a rule as it is kept (ids, pence)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.errors import Incomplete
from kashflow.ledger import Kind
from rules.conditions import CONDITIONS, DEEPEST, GROUPS, WEEKDAYS, as_list
from rules.entries import SET_LISTS, WHEN_LISTS
from rules.lookup import Lookup
from rules.settings import NO_TAX, SETTABLE, VatTreatment
from rules.splits import parse_split
from rules.values import (
    read_choice,
    read_confidence,
    read_currency,
    read_flag,
    read_money,
    read_rate,
    read_template,
    read_terms,
    read_text,
    read_whole,
)

LONGEST_NAME = 200
DOCUMENT_TYPES = ("receipt", "invoice", "credit_note", "not_a_vat_document")


@dataclass(frozen=True)
class Draft:
    """A rule's own values, checked; what was not given is None."""

    name: str | None = None
    when: dict[str, Any] | None = None
    sets: dict[str, Any] | None = None
    auto_publish: bool | None = None
    guards: dict[str, Any] | None = None
    enabled: bool | None = None
    position: int | None = None

    def values(self) -> dict[str, Any]:
        """Give the columns that were given."""
        return {name: value for name, value in vars(self).items() if value is not None and name != "position"}


def parse_rule(given: object, lookup: Lookup) -> Draft:
    """Read a rule's JSON.

    Raises:
        Incomplete: something in it is not known or cannot be used; ``field`` names where.
    """
    if not isinstance(given, Mapping):
        raise Incomplete("A rule is a JSON object.", field="rule")
    unknown = sorted(str(name) for name in given if name not in KEYS | TOLD)
    if unknown:
        raise Incomplete(f"A rule has no “{unknown[0]}”; it has {', '.join(sorted(KEYS))}.", field=str(unknown[0]))
    lookup = _sided(given, lookup)
    readers: dict[str, Callable[[object], Any]] = {
        "name": lambda value: read_text(value, "name", LONGEST_NAME),
        "when": lambda value: parse_when(value, lookup),
        "set": lambda value: parse_sets(value, lookup),
        "auto_publish": lambda value: read_flag(value, "auto_publish"),
        "guards": _guards,
        "enabled": lambda value: read_flag(value, "enabled"),
        "position": lambda value: read_whole(value, "position", highest=10**6),
    }
    values = {name: read(given[name]) for name, read in readers.items() if name in given}
    return Draft(**{"sets" if name == "set" else name: value for name, value in values.items()})


KEYS = frozenset(("name", "when", "set", "auto_publish", "guards", "enabled", "position"))
TOLD = frozenset(("id", "proposed", "hits", "last_hit", "made_by", "version", "applied"))  # what we add; ignored


def parse_when(given: object, lookup: Lookup, place: str = "when", depth: int = 0) -> dict[str, Any]:
    """Read conditions; ``any``, ``all`` and ``not`` nest.

    Raises:
        Incomplete: a condition is not known or cannot be used.
    """
    if not isinstance(given, Mapping) or not given:
        raise Incomplete("Conditions are a JSON object with at least one of them.", field=place)
    if depth >= DEEPEST:
        raise Incomplete("Conditions are nested too deep.", field=place)
    unknown = sorted(str(name) for name in given if name not in CONDITIONS)
    if unknown:
        text = f"There is no condition “{unknown[0]}”; there are {', '.join(sorted(CONDITIONS))}."
        raise Incomplete(text, field=f"{place}.{unknown[0]}")
    return {name: _condition(name, value, lookup, f"{place}.{name}", depth) for name, value in given.items()}


def parse_sets(given: object, lookup: Lookup, place: str = "set") -> dict[str, Any]:
    """Read what a rule sets.

    Raises:
        Incomplete: a field is not known, or its value cannot be used.
    """
    if not isinstance(given, Mapping):
        raise Incomplete("What a rule sets is a JSON object of fields and values.", field=place)
    named = {("due_date" if name == "due_days" else str(name)): value for name, value in given.items()}
    unknown = sorted(set(named) - set(SETTABLE))
    if unknown:
        text = f"A rule cannot set “{unknown[0]}”; it sets {', '.join(SETTABLE)}."
        raise Incomplete(text, field=f"{place}.{unknown[0]}")
    sets = {name: _setting(name, value, lookup, f"{place}.{name}") for name, value in named.items()}
    implied = NO_TAX.get(sets.get("vat_treatment", VatTreatment.AS_READ))
    if implied is not None and sets.get("vat_rate", implied) != implied:
        text = f"With that VAT treatment the rate is {implied}; leave the VAT rate out."
        raise Incomplete(text, field=f"{place}.vat_rate")
    return sets


def _sided(given: Mapping[str, Any], lookup: Lookup) -> Lookup:
    """Look for entries on the side the rule is for first."""
    when, sets = given.get("when"), given.get("set")
    parts = [part for part in (when, sets) if isinstance(part, Mapping)]
    named = {str(part["kind"]) for part in parts if isinstance(part.get("kind"), str)}
    is_sale = "sale" in named or any("customer" in part for part in parts)
    sides = (Kind.SALE, Kind.COST) if is_sale else (Kind.COST, Kind.SALE)
    return replace(lookup, sides=sides)


def _condition(name: str, value: object, lookup: Lookup, place: str, depth: int) -> Any:  # noqa: ANN401 - JSON
    if name in GROUPS:
        if name == "not":
            return parse_when(value, lookup, place, depth + 1)
        if not isinstance(value, list) or not value:
            raise Incomplete(f"“{name}” takes a list of conditions.", field=place)
        return [parse_when(each, lookup, place, depth + 1) for each in value]
    if name in {"total_min", "total_max"}:
        return read_money(value, place)
    if name == "vat_present":
        return read_flag(value, place)
    if name == "field_text":
        if not isinstance(value, Mapping) or not value:
            raise Incomplete("It takes an object: a field's name and the text to look for.", field=place)
        return {str(key): _several(part, lambda each: read_text(each, place, 300)) for key, part in value.items()}
    return _several(value, lambda each: _one(name, each, lookup, place), place)


def _several(value: object, read: Callable[[object], Any], place: str = "when") -> Any:  # noqa: ANN401 - JSON
    if not isinstance(value, list):
        return read(value)
    if not value:
        raise Incomplete("An empty list is never met; name at least one.", field=place)
    return [read(each) for each in value]


def _one(name: str, value: object, lookup: Lookup, place: str) -> Any:  # noqa: ANN401 - JSON
    if name in WHEN_LISTS:
        return lookup.entry(WHEN_LISTS[name], value, place)
    if name in {"channel", "owner"}:
        return lookup.channel(value, place) if name == "channel" else lookup.owner(value, place)
    if name == "currency":
        return read_currency(value, place)
    choices = {"kind": tuple(Kind), "document_type": DOCUMENT_TYPES, "weekday": WEEKDAYS}.get(name)
    return read_text(value, place, 300) if choices is None else read_choice(value, choices, place)


def _setting(name: str, value: object, lookup: Lookup, place: str) -> Any:  # noqa: ANN401 - JSON
    if name in SET_LISTS:
        return lookup.entry(SET_LISTS[name], value, place)
    if name in _CHOICES:
        return read_choice(value, _CHOICES[name], place)
    if name == "owner":
        return lookup.owner(value, place)
    if name == "split":
        return parse_split(value, lookup, place)
    if name == "accept":
        return [read_text(each, place, 10).upper() for each in as_list(value)]
    return _READERS[name](value, place)


_CHOICES: dict[str, tuple[str, ...]] = {
    "vat_treatment": tuple(VatTreatment),
    "kind": tuple(Kind),
    "document_type": DOCUMENT_TYPES,
}
_READERS: dict[str, Callable[[object, str], Any]] = {
    "vat_rate": read_rate,
    "paid": read_flag,
    "due_date": read_terms,
    "currency": read_currency,
    "description": lambda value, place: read_template(value, place, 500),
    "note": lambda value, place: read_template(value, place, 5000),
}


def _guards(given: object) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise Incomplete("Guards are a JSON object.", field="guards")
    unknown = sorted(str(name) for name in given if name not in _GUARDS)
    if unknown:
        raise Incomplete(f"There is no guard “{unknown[0]}”; there are {', '.join(_GUARDS)}.", field="guards")
    return {name: _GUARDS[name](value, f"guards.{name}") for name, value in given.items() if value is not None}


_GUARDS: dict[str, Callable[[object, str], Any]] = {
    "max_total": read_money,
    "min_confidence": read_confidence,
    "first": lambda value, place: read_whole(value, place, lowest=0, highest=1000),
}
