"""A rule as it is kept (ids, pence) becomes a rule as people and programs read it (names, codes, pounds)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.money import to_pounds
from kashflow.ledger import ListKind
from lists.models import Entry
from rules.conditions import GROUPS, as_list
from rules.entries import SET_LISTS, WHEN_LISTS, entry_ids
from rules.lookup import PARTIES, Around
from rules.models import Rule
from rules.parsing import LONGEST_NAME, Draft

Style = Literal["interface", "file", "words"]
MONEY = frozenset({"total_min", "total_max", "amount", "max_total"})


@dataclass(frozen=True)
class Spelling:
    """How ids are written out. ``doubles`` are the names that several entries of a list have: those keep their id."""

    entries: Mapping[int, Entry] = field(default_factory=dict)
    around: Around = field(default_factory=Around)
    doubles: frozenset[tuple[ListKind, str]] = frozenset()
    style: Style = "interface"

    def entry(self, value: int | str) -> object:
        """Write an entry: a category's code, any other's name, or its id where the name is several's.

        In files nothing stands by an id of ours: what has a code in KashFlow is written by code and name. In words a
        category is “7300 Vehicle fuel”, and of several of one name each is told by its number.
        """
        found = self.entries.get(value) if isinstance(value, int) else None
        if found is None:
            return value
        is_double = (found.list_kind, found.search_name) in self.doubles
        if self.style == "file":
            coded = found.code and found.list_kind not in PARTIES
            return {"code": found.code, "name": found.name} if coded else found.name
        if self.style == "words":
            is_category = found.list_kind is ListKind.CATEGORIES and found.code
            name = f"{found.code} {found.name}" if is_category else found.name
            return f"{name} (#{found.id})" if is_double and not is_category else name
        if found.list_kind is ListKind.CATEGORIES and found.code and found.code.isdecimal():
            return int(found.code)
        return found.id if is_double else found.name


def spelling_of(session: Session, rules: Iterable[Rule], around: Around, style: Style = "interface") -> Spelling:
    """Fetch what these rules name."""
    ids = {each for rule in rules for each in entry_ids(rule.when, rule.sets)}
    entries = {entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_(ids)))} if ids else {}
    names = {entry.search_name for entry in entries.values()}
    connections = {entry.connection_id for entry in entries.values()}
    counted = (
        select(Entry.list_kind, Entry.search_name)
        .where(Entry.connection_id.in_(connections), Entry.search_name.in_(names), Entry.active)
        .group_by(Entry.list_kind, Entry.search_name, Entry.side)
        .having(func.count() > 1)
    )
    doubles = frozenset((row.list_kind, row.search_name) for row in session.execute(counted)) if names else frozenset()
    return Spelling(entries, around, doubles, style)


def describe_rule(rule: Rule, spelling: Spelling) -> dict[str, Any]:
    """Give a rule as the HTTP interface has it; given back, it is the same rule."""
    return {
        "id": rule.id,
        "name": rule.name,
        "position": rule.position,
        "enabled": rule.enabled,
        "proposed": rule.proposed,
        "when": describe_when(rule.when, spelling),
        "set": describe_sets(rule.sets, spelling),
        "auto_publish": rule.auto_publish,
        "guards": {name: _plain(name, value) for name, value in rule.guards.items()},
        "hits": rule.hits,
        "last_hit": rule.last_hit_at.isoformat() if rule.last_hit_at else None,
        "made_by": rule.made_by,
        "version": rule.version,
    }


def with_name(session: Session, draft: Draft, around: Around) -> Draft:
    """Give a new rule's draft with a name: where it was given none, what its conditions name."""
    if draft.name or not draft.when:
        return draft
    rule = Rule(when=draft.when, sets={})
    when = describe_when(rule.when, spelling_of(session, [rule], around, "words"))
    plain = [value for name, value in when.items() if name not in GROUPS and not isinstance(value, dict)]
    name = ", ".join(" or ".join(str(each) for each in as_list(value)) for value in plain)
    return replace(draft, name=name[:LONGEST_NAME] or None)


def describe_when(when: Mapping[str, Any], spelling: Spelling) -> dict[str, Any]:
    """Write out conditions."""
    return {name: _condition(name, value, spelling) for name, value in when.items()}


def describe_sets(sets: Mapping[str, Any], spelling: Spelling) -> dict[str, Any]:
    """Write out what is set."""
    return {name: _setting(name, value, spelling) for name, value in sets.items()}


def _condition(name: str, value: Any, spelling: Spelling) -> Any:  # noqa: ANN401 - JSON
    if name == "not":
        return describe_when(value, spelling)
    if name in GROUPS:
        return [describe_when(each, spelling) for each in value]
    if name in WHEN_LISTS:
        return _each(value, spelling.entry)
    if name in {"channel", "owner"}:
        names = spelling.around.channels if name == "channel" else spelling.around.owners
        return _each(value, lambda each: names.get(each, each))
    return _plain(name, value)


def _setting(name: str, value: Any, spelling: Spelling) -> Any:  # noqa: ANN401 - JSON
    if name in SET_LISTS:
        return spelling.entry(value)
    if name == "owner":
        return spelling.around.owners.get(value, value)
    if name == "split":
        return [describe_sets(part, spelling) for part in value]
    return _plain(name, value)


def _each(value: Any, write: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - JSON
    return [write(each) for each in value] if isinstance(value, list) else write(value)


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    return str(to_pounds(value)) if name in MONEY else value
