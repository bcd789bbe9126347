"""Which rule sets what: pure; facts in, settings with their reasons out.

Precedence between layers (a person, then rules, then the reading ...) is capture's; here the first rule in the user's
order that fits and names a field wins that field, so two rules can each add theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Facts:
    """What rules may look at. Entries by their id, amounts in pence, ``text`` is all that was read."""

    kind: str = "cost"
    document_type: str = "receipt"
    supplier_id: int | None = None
    customer_id: int | None = None
    channel_id: int | None = None
    owner_id: int | None = None
    payment_method_id: int | None = None
    party_name: str | None = None
    total: int | None = None
    tax: int | None = None
    currency: str = "GBP"
    issued_on: date | None = None
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Coding:
    """A rule as it is evaluated: ``when`` and ``sets`` of rules.models.Rule."""

    id: int
    name: str
    when: Mapping[str, Any]
    sets: Mapping[str, Any]
    auto_publish: bool = False

    def fits(self, facts: Facts) -> bool:
        """Tell whether all conditions hold; a rule without any fits nothing."""
        return bool(self.when) and holds(self.when, facts)


@dataclass(frozen=True)
class Setting:
    """What a rule sets a field to, and why it fits."""

    field: str
    value: Any
    rule_id: int
    reason: str


def evaluate(rules: Sequence[Coding], facts: Facts) -> dict[str, Setting]:
    """Give for each field the setting of the first rule, in the given order, that fits and names it."""
    settings: dict[str, Setting] = {}
    for rule in rules:
        if not set(rule.sets) - set(settings) or not rule.fits(facts):
            continue
        reason = f"rule “{rule.name}”, because {because(rule.when, facts)}"
        for name, value in rule.sets.items():
            settings.setdefault(name, Setting(name, value, rule.id, reason))
    return settings


def holds(when: Mapping[str, Any], facts: Facts) -> bool:
    """Tell whether every condition holds; ``any``, ``all`` and ``not`` nest. An unknown condition never holds."""
    return all(_CONDITIONS.get(name, _never)(facts, wanted) for name, wanted in when.items())


def because(when: Mapping[str, Any], facts: Facts) -> str:
    """Say in words which condition made a rule fit."""
    if "supplier" in when or "customer" in when:
        side = "supplier" if "supplier" in when else "customer"
        return f"{side} is {facts.party_name or 'the one it names'}"
    if "text" in when:
        return f"the document says “{when['text']}”"
    return "its conditions hold"


def _never(facts: Facts, wanted: object) -> bool:
    del facts, wanted
    return False


def _field_text(facts: Facts, wanted: Any) -> bool:  # noqa: ANN401 - checked here
    if not isinstance(wanted, Mapping):
        return False
    return all(str(part).casefold() in facts.fields.get(str(name), "").casefold() for name, part in wanted.items())


def _at_least(facts: Facts, wanted: Any) -> bool:  # noqa: ANN401 - pence
    return facts.total is not None and facts.total >= wanted


def _at_most(facts: Facts, wanted: Any) -> bool:  # noqa: ANN401 - pence
    return facts.total is not None and facts.total <= wanted


def _on_weekday(facts: Facts, wanted: object) -> bool:
    return facts.issued_on is not None and WEEKDAYS[facts.issued_on.weekday()] in _as_list(wanted)


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


_CONDITIONS: dict[str, Callable[[Facts, Any], bool]] = {
    "supplier": lambda facts, wanted: facts.supplier_id in _as_list(wanted),
    "customer": lambda facts, wanted: facts.customer_id in _as_list(wanted),
    "channel": lambda facts, wanted: facts.channel_id in _as_list(wanted),
    "owner": lambda facts, wanted: facts.owner_id in _as_list(wanted),
    "payment_method": lambda facts, wanted: facts.payment_method_id in _as_list(wanted),
    "kind": lambda facts, wanted: facts.kind in _as_list(wanted),
    "document_type": lambda facts, wanted: facts.document_type in _as_list(wanted),
    "currency": lambda facts, wanted: facts.currency in _as_list(wanted),
    "text": lambda facts, wanted: str(wanted).casefold() in facts.text.casefold(),
    "field_text": _field_text,
    "total_min": _at_least,
    "total_max": _at_most,
    "weekday": _on_weekday,
    "vat_present": lambda facts, wanted: bool(facts.tax) == bool(wanted),
    "all": lambda facts, wanted: all(holds(each, facts) for each in _as_list(wanted) if isinstance(each, Mapping)),
    "any": lambda facts, wanted: any(holds(each, facts) for each in _as_list(wanted) if isinstance(each, Mapping)),
    "not": lambda facts, wanted: isinstance(wanted, Mapping) and not holds(wanted, facts),
}
CONDITIONS = frozenset(_CONDITIONS)
