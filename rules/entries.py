"""Which list entries a rule names. Pure; a rule's JSON as it is kept: entries by their id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kashflow.ledger import ListKind

WHEN_LISTS = {
    "supplier": ListKind.SUPPLIERS,
    "customer": ListKind.CUSTOMERS,
    "payment_method": ListKind.PAYMENT_METHODS,
}
PART_LISTS = {  # of one part of a split, too
    "category": ListKind.CATEGORIES,
    "project": ListKind.PROJECTS,
    "product": ListKind.PRODUCTS,
}
SET_LISTS = PART_LISTS | {
    "payment_method": ListKind.PAYMENT_METHODS,
    "bank_account": ListKind.BANK_ACCOUNTS,
    "source": ListKind.SOURCES,
}


def entry_ids(when: Mapping[str, Any], sets: Mapping[str, Any]) -> set[int]:
    """Give the ids of all list entries that a rule's conditions and settings name."""
    return {*_in_conditions(when), *_in_settings(sets)}


def _in_conditions(when: Mapping[str, Any]) -> Iterator[int]:
    for name, wanted in when.items():
        if name in WHEN_LISTS:
            yield from _ids(wanted)
        elif name in {"all", "any", "not"}:
            for each in wanted if isinstance(wanted, list) else [wanted]:
                yield from _in_conditions(each)


def _in_settings(sets: Mapping[str, Any]) -> Iterator[int]:
    for name, value in sets.items():
        if name in SET_LISTS:
            yield from _ids(value)
        elif name == "split":
            for part in value:
                yield from _in_settings(part)


def _ids(value: object) -> Iterator[int]:
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int))


def with_others(value: Any, mapping: Mapping[int, int], name: str = "") -> Any:  # noqa: ANN401 - a rule's JSON
    """Give conditions or settings of a rule with other entries in the place of those that are gone."""
    if isinstance(value, Mapping):
        return {each: with_others(part, mapping, each) for each, part in value.items()}
    if isinstance(value, list):
        return [with_others(part, mapping, name) for part in value]
    is_entry = name in WHEN_LISTS or name in SET_LISTS
    return mapping.get(value, value) if is_entry and isinstance(value, int) else value
