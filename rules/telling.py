"""Rules as their pages show them: in sentences, and in the rows and lists of the editor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from core.money import to_pounds
from kashflow.ledger import ListKind
from lists.models import Entry
from lists.service import list_entries
from rules.conditions import WEEKDAYS
from rules.describing import Spelling, describe_sets, describe_when, spelling_of
from rules.entries import SET_LISTS, WHEN_LISTS
from rules.forms import GUARDS, Row, as_yaml, condition_rows, setting_rows, typed_conditions, typed_settings
from rules.lookup import Around
from rules.models import Rule
from rules.parsing import DOCUMENT_TYPES
from rules.saying import say
from rules.settings import VatTreatment
from rules.suggesting import Suggestion

MOST_CHOICES = 1000  # of one list; what is not among them can be typed
LISTS = {  # the list of choices for each condition and setting that has one
    **{name: kind.value for name, kind in (WHEN_LISTS | SET_LISTS).items()},
    **{name: name for name in ("channel", "owner", "kind", "document_type", "weekday", "vat_treatment", "vat_rate")},
    **dict.fromkeys(("paid", "vat_present"), "yes_no"),
}


@dataclass(frozen=True)
class Told:
    """A rule as it is shown. ``yaml`` holds conditions that the editor has no rows for."""

    name: str = ""
    when: str = ""
    mode: str = "all"
    rows: list[Row] = field(default_factory=list)
    settings: list[Row] = field(default_factory=list)
    yaml: str | None = None
    auto_publish: bool = False
    guards: Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True
    rule: Rule | None = None


def tell(rule: Rule, spelling: Spelling) -> Told:
    """Give a rule in words."""
    when = describe_when(rule.when, spelling)
    rows = condition_rows(when)
    guards = dict(rule.guards or {})
    if "max_total" in guards:
        guards["max_total"] = str(to_pounds(guards["max_total"]))
    if "min_confidence" in guards:
        guards["min_confidence"] = f"{(Decimal(guards['min_confidence']) * 100).normalize():f}%"
    return Told(
        name=rule.name,
        when=say(when),
        mode=rows[0] if rows else "all",
        rows=rows[1] if rows else [],
        settings=setting_rows(describe_sets(rule.sets, spelling)),
        yaml=None if rows else as_yaml(when),
        auto_publish=bool(rule.auto_publish),
        guards=guards,
        enabled=bool(rule.enabled),
        rule=rule,
    )


def as_version(kept: Mapping[str, Any]) -> Rule:
    """Give a rule as its history has it, not to be saved."""
    names = ("name", "when", "sets", "auto_publish", "guards", "enabled")
    return Rule(
        **{
            "when": {},
            "sets": {},
            "guards": {},
            "enabled": True,
            **{name: kept[name] for name in names if name in kept},
        }
    )


def as_typed(form: MultiDict[str, str]) -> Told:
    """Give the editor as it was sent, for what was wrong to be put right."""
    return Told(
        name=form.get("name", ""),
        mode=form.get("mode", "all"),
        rows=typed_conditions(form),
        settings=typed_settings(form),
        yaml=form.get("when_yaml"),
        auto_publish="auto_publish" in form,
        guards={name: form.get(name, "") for name in GUARDS},
        enabled="enabled" in form,
    )


def choices(session: Session, connection_id: int, around: Around) -> dict[str, list[str]]:
    """Give what can be picked for each list of the editor."""
    lists: dict[str, list[str]] = {}
    for kind in {*WHEN_LISTS.values(), *SET_LISTS.values(), ListKind.VAT_RATES}:
        entries = list_entries(session, connection_id, kind)[:MOST_CHOICES]
        is_coded = kind is ListKind.CATEGORIES
        names = [f"{each.code} {each.name}" if is_coded and each.code else each.name for each in entries]
        lists[kind.value] = list(dict.fromkeys(names))
    lists["vat_rate"] = [each.code for each in list_entries(session, connection_id, ListKind.VAT_RATES) if each.code]
    return lists | {
        "channel": list(around.channels.values()),
        "owner": list(around.owners.values()),
        "kind": ["cost", "sale"],
        "document_type": list(DOCUMENT_TYPES),
        "weekday": list(WEEKDAYS),
        "vat_treatment": list(VatTreatment),
        "yes_no": ["yes", "no"],
    }


@dataclass(frozen=True)
class ToldSuggestion:
    """A suggestion as it is shown: for whom, what it would set, and the items that speak for it."""

    party: Entry
    told: Told
    item_ids: tuple[int, ...]


def tell_suggestion(session: Session, suggestion: Suggestion, around: Around) -> ToldSuggestion:
    """Give a suggestion in words."""
    party = session.get_one(Entry, suggestion.party_id)
    rule = Rule(name=party.name, when={suggestion.side: party.id}, sets=suggestion.sets, guards={})
    spelling = spelling_of(session, [rule], around, "words")
    return ToldSuggestion(party, tell(rule, spelling), suggestion.item_ids)


def said_of(rule: Rule) -> str:
    """Say what became of a rule for a supplier or customer that somebody asked for."""
    if rule.proposed:
        return f"Your proposal for {rule.name} was saved. An administrator switches it on."
    return f"From now on this is done for {rule.name}."
