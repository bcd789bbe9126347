"""Rules as a YAML file: written with names and KashFlow's codes, and read again, first dry, into another connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml
from sqlalchemy.orm import Session

from core.errors import Incomplete
from rules.describing import describe_rule, spelling_of
from rules.lookup import LABELS, Around, Lookup
from rules.models import Rule
from rules.parsing import Draft, parse_rule
from rules.service import change_rule, list_rules, make_rule

VERSION = 1
LARGEST = 2_000_000  # characters
IN_FILE = ("name", "when", "set", "auto_publish", "guards", "enabled")


@dataclass(frozen=True)
class Planned:
    """What becomes of one rule of a file: added, changed or skipped, and why; ``draft`` is None for skipped ones."""

    name: str
    what: str
    why: str = ""
    draft: Draft | None = None
    rule: Rule | None = None


@dataclass(frozen=True)
class Plan:
    """What an import does, and what of the file is unknown here: the list and the name."""

    rules: tuple[Planned, ...]
    unknown: tuple[tuple[str, str], ...] = ()

    def named(self, what: str) -> list[str]:
        """Give the names of those that are added, changed or skipped."""
        return [each.name for each in self.rules if each.what == what]


class _Plain(yaml.SafeLoader):
    """YAML without aliases, which could make a small file a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - as PyYAML has it
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not taken")
        return super().compose_node(parent, index)


def read_yaml(text: str) -> Any:  # noqa: ANN401 - YAML
    """Read YAML that somebody wrote.

    Raises:
        Incomplete: it is none.
    """
    if len(text) > LARGEST:
        raise Incomplete("The file is too large for rules.", field="file")
    try:
        return yaml.load(text, Loader=_Plain)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Incomplete("That is no YAML that can be read.", field="file") from error


def export_rules(session: Session, connection_id: int, around: Around) -> str:
    """Give a connection's rules as a YAML file, in their order, without ids of ours."""
    rules = [rule for rule in list_rules(session, connection_id) if not rule.proposed]
    spelling = spelling_of(session, rules, around, "file")
    written = [{name: describe_rule(rule, spelling)[name] for name in IN_FILE} for rule in rules]
    return yaml.safe_dump({"counterfoil_rules": VERSION, "rules": written}, sort_keys=False, allow_unicode=True)


def plan_import(session: Session, connection_id: int, text: str, lookup: Lookup) -> Plan:
    """Tell what an import of this file would do; nothing is written.

    Raises:
        Incomplete: it is no file of rules, or of a version that is not known.
    """
    known: dict[str, list[Rule]] = {}  # several may have one name: each of the file meets one of them, in their order
    for rule in list_rules(session, connection_id):
        if not rule.proposed:
            known.setdefault(rule.name, []).append(rule)
    planned = []
    unknown: dict[tuple[str, str], None] = {}
    for given in _read(text):
        own = replace(lookup, missing=[])
        one = _plan_one(given, own, known)
        unknown |= {(list_kind.value, name): None for list_kind, name in own.missing or ()}
        planned.append(one)
    return Plan(tuple(planned), tuple(unknown))


def import_rules(session: Session, connection_id: int, plan: Plan, *, who: str) -> None:
    """Do what a plan says: new rules go to the end of the order, in that of the file."""
    for each in plan.rules:
        if each.draft is not None and each.rule is not None:
            change_rule(session, each.rule, each.draft, who=who)
        elif each.draft is not None:
            make_rule(session, connection_id, each.draft, who=who)


def _read(text: str) -> list[Any]:
    given = read_yaml(text)
    rules = given.get("rules") if isinstance(given, Mapping) else None
    if not isinstance(rules, list) or not isinstance(given, Mapping):
        raise Incomplete("The file holds no rules of Counterfoil.", field="file")
    if given.get("counterfoil_rules") != VERSION:
        raise Incomplete(f"The file is of a version that is not known here; {VERSION} is.", field="file")
    return rules


def _plan_one(given: object, lookup: Lookup, known: Mapping[str, list[Rule]]) -> Planned:
    name = str(given.get("name", "")) if isinstance(given, Mapping) else ""
    if not isinstance(given, Mapping) or not name.strip():
        return Planned(name or "(without a name)", "skipped", "a rule in a file needs a name")
    rule = known[name].pop(0) if known.get(name) else None
    try:
        draft = parse_rule(given, lookup)
    except Incomplete as error:
        return Planned(name, "skipped", str(error))
    if lookup.missing:
        said = ", ".join(dict.fromkeys(f"{LABELS[list_kind]} “{each}”" for list_kind, each in lookup.missing))
        return Planned(name, "skipped", f"not known here: {said}")
    if not draft.when or not (draft.sets or draft.auto_publish):
        return Planned(name, "skipped", "it has no condition, or does nothing")
    if rule is not None and all(getattr(rule, column) == value for column, value in draft.values().items()):
        return Planned(name, "skipped", "it is here already, just so")
    return Planned(name, "changed" if rule is not None else "added", draft=draft, rule=rule)
