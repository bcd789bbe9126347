"""Conditions of rules: what each tests. Pure, and total: a condition nobody knows never holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from lists.matching import plain

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
GROUPS = frozenset({"all", "any", "not"})
PIECE = 4  # letters
DEEPEST = 20  # conditions within conditions


@dataclass(frozen=True)
class Facts:
    """What rules may look at: an item as it is without any rule.

    Entries by their id, with names for what is said about them; amounts in pence; ``text`` is all that was read,
    ``fields`` what was read for each field.
    """

    kind: str = "cost"
    document_type: str = "receipt"
    supplier_id: int | None = None
    supplier_name: str | None = None
    customer_id: int | None = None
    customer_name: str | None = None
    channel_id: int | None = None
    channel_name: str | None = None
    owner_id: int | None = None
    owner_name: str | None = None
    payment_method_id: int | None = None
    payment_method_name: str | None = None
    total: int | None = None
    tax: int | None = None
    currency: str = "GBP"
    issued_on: date | None = None
    reference: str | None = None
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def folded(self) -> str:
        """The text as it is searched."""
        return self.text.casefold()

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text, by which rules that look for a text find this item."""
        return frozenset(self.folded.split())

    @cached_property
    def party_keys(self) -> tuple[tuple[str, int | str], ...]:
        """By what rules for a supplier or customer find this item: its id, and its name in plain letters."""
        keys = (
            ("supplier", self.supplier_id),
            ("supplier", plain(self.supplier_name or "")),
            ("customer", self.customer_id),
            ("customer", plain(self.customer_name or "")),
        )
        return tuple((side, key) for side, key in keys if key)


Test = Callable[[Facts], bool]


def compile_when(when: object, depth: int = 0) -> Test:
    """Give the test that all conditions of a rule hold; ``any``, ``all`` and ``not`` nest."""
    if not isinstance(when, Mapping) or depth > DEEPEST:
        return _never
    tests = [_compile_one(name, wanted, depth) for name, wanted in when.items()]
    if len(tests) == 1:
        return tests[0]
    return lambda facts: all(test(facts) for test in tests)


def party_keys(when: Mapping[str, Any]) -> list[tuple[str, int | str]] | None:
    """Give the suppliers or customers a rule is for, as Facts.party_keys has them; None: it is for none in particular.

    A rule that names both is listed under its suppliers; its test looks at the rest.
    """
    for side in ("supplier", "customer"):
        if side in when:
            wanted = [each for each in as_list(when[side]) if isinstance(each, int | str)]
            return [(side, plain(each) if isinstance(each, str) else each) for each in wanted]
    return None


def pieces_of(text: str) -> frozenset[str]:
    """Give every piece of a few letters that a text holds."""
    return frozenset({text[at : at + PIECE] for at in range(len(text) - PIECE + 1)})


def text_needles(when: Mapping[str, Any]) -> list[str] | None:
    """Give for each text of which a document must say one its longest word, folded; None where one is too short."""
    needles = [each.casefold().split() for each in as_list(when.get("text")) if isinstance(each, str) and each]
    words = [max(each, key=len, default="") for each in needles]
    return words if words and all(len(each) >= PIECE for each in words) else None


def names_in(when: object) -> set[str]:
    """Give the names of all conditions in these, nested ones too."""
    if not isinstance(when, Mapping):
        return set()
    inner = (names_in(each) for name in GROUPS & set(when) for each in as_list(when[name]))
    return set(when).union(*inner)


def as_list(value: object) -> list[Any]:
    """Give a condition's values: several stand in a list, one may stand alone."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _compile_one(name: str, wanted: object, depth: int) -> Test:
    if name == "not":
        inner = compile_when(wanted, depth + 1)
        return (lambda facts: not inner(facts)) if isinstance(wanted, Mapping) and wanted else _never
    if name in GROUPS:
        tests = [compile_when(each, depth + 1) for each in as_list(wanted)]
        holds = all if name == "all" else any
        return lambda facts: holds(test(facts) for test in tests)
    make = _MAKERS.get(name)
    return make(wanted) if make is not None else _never


def _never(facts: Facts) -> bool:
    del facts
    return False


def _party(side: str) -> Callable[[object], Test]:
    def make(wanted: object) -> Test:
        keys = frozenset(party_keys({side: wanted}) or ())
        return lambda facts: not keys.isdisjoint(facts.party_keys)

    return make


def _one_of(name: str) -> Callable[[object], Test]:
    def make(wanted: object) -> Test:
        values = frozenset(each for each in as_list(wanted) if isinstance(each, int | str))
        return lambda facts: getattr(facts, name) in values

    return make


def _text(wanted: object) -> Test:
    needles = [each.casefold() for each in as_list(wanted) if isinstance(each, str) and each]
    if len(needles) == 1:
        needle = needles[0]
        return lambda facts: needle in facts.folded
    return lambda facts: any(each in facts.folded for each in needles)


def _field_text(wanted: object) -> Test:
    if not isinstance(wanted, Mapping) or not wanted:
        return _never
    parts = [(name, [str(each).casefold() for each in as_list(part)]) for name, part in wanted.items()]

    def holds(facts: Facts) -> bool:
        return all(any(each in facts.fields.get(name, "").casefold() for each in needles) for name, needles in parts)

    return holds


def _total(fits: Callable[[int, int], bool]) -> Callable[[object], Test]:
    def make(wanted: object) -> Test:
        if not isinstance(wanted, int):
            return _never
        return lambda facts: facts.total is not None and fits(facts.total, wanted)

    return make


def _weekday(wanted: object) -> Test:
    days = frozenset(WEEKDAYS.index(each) for each in as_list(wanted) if each in WEEKDAYS)
    return lambda facts: facts.issued_on is not None and facts.issued_on.weekday() in days


def _vat_present(wanted: object) -> Test:
    return lambda facts: bool(facts.tax) == bool(wanted)


_MAKERS: dict[str, Callable[[object], Test]] = {
    "supplier": _party("supplier"),
    "customer": _party("customer"),
    "channel": _one_of("channel_id"),
    "owner": _one_of("owner_id"),
    "payment_method": _one_of("payment_method_id"),
    "kind": _one_of("kind"),
    "document_type": _one_of("document_type"),
    "currency": _one_of("currency"),
    "text": _text,
    "field_text": _field_text,
    "total_min": _total(lambda total, wanted: total >= wanted),
    "total_max": _total(lambda total, wanted: total <= wanted),
    "weekday": _weekday,
    "vat_present": _vat_present,
}
CONDITIONS = frozenset(_MAKERS) | GROUPS
