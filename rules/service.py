"""Reads and writes of rules; every read is bound to its connection, every change is kept and can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from auth.trail import record
from core.db import LARGEST_ID, now
from core.errors import Conflict, Incomplete, NotFound
from kashflow.models import Connection
from lists.models import Entry
from rules.entries import entry_ids, with_others
from rules.matching import Coding, Rulebook
from rules.models import PartyDefault, Refusal, Rule, RuleChange
from rules.parsing import LONGEST_NAME, Draft

KEPT = ("name", "enabled", "proposed", "when", "sets", "auto_publish", "guards", "position")


def list_rules(session: Session, connection_id: int) -> list[Rule]:
    """Give a connection's rules in the user's order, proposed ones too."""
    wanted = select(Rule).where(Rule.connection_id == connection_id, Rule.deleted_at.is_(None))
    return list(session.scalars(wanted.order_by(Rule.position, Rule.id)))


def get_rule(session: Session, connection_id: int, rule_id: int, *, deleted: bool = False) -> Rule:
    """Give one rule; one that was deleted only when asked for.

    Raises:
        NotFound: this connection has no such rule.
    """
    rule = session.get(Rule, min(rule_id, LARGEST_ID))
    if rule is None or rule.connection_id != connection_id or (rule.deleted_at is not None and not deleted):
        raise NotFound("There is no such rule.")
    return rule


def as_coding(rule: Rule) -> Coding:
    """Give a rule as it is evaluated."""
    return Coding(rule.id, rule.name, rule.when, rule.sets, rule.auto_publish, rule.guards)


def rulebook(session: Session, connection_id: int) -> Rulebook:
    """Give the rules that are switched on, in order."""
    return Rulebook(as_coding(rule) for rule in list_rules(session, connection_id) if rule.enabled)


def make_rule(session: Session, connection_id: int, draft: Draft, *, who: str, proposed: bool = False) -> Rule:
    """Make a rule at the end of the order, or where the draft says; a proposed one is off until it is accepted.

    Raises:
        Incomplete: its conditions, or all of what it does, are missing.
    """
    last = session.scalar(select(func.max(Rule.position)).where(Rule.connection_id == connection_id))
    rule = Rule(connection_id=connection_id, made_by=who, position=(last or 0) + 1, when={}, sets={}, name="")
    rule.auto_publish, rule.guards = False, {}
    _write(rule, draft)
    rule.enabled, rule.proposed = draft.enabled is not False and not proposed, proposed
    session.add(rule)
    session.flush()
    _note(session, rule, who, "proposed" if proposed else "made", {})
    _place(session, rule, draft)
    return rule


def change_rule(session: Session, rule: Rule, draft: Draft, *, who: str) -> Rule:
    """Change what the draft gives; to switch a proposed rule on is to accept it.

    Raises:
        Incomplete: nothing that it does would be left.
    """
    before = as_dict(rule)
    _write(rule, draft)
    if rule.enabled:
        rule.proposed = False
    session.flush()
    _place(session, rule, draft)
    if as_dict(rule) != before:
        _note(session, rule, who, "changed", before)
    return rule


def delete_rule(session: Session, connection_id: int, rule_id: int, *, who: str) -> Rule:
    """Take a rule out of use; its row stays, because items name it as their reason."""
    rule = get_rule(session, connection_id, rule_id)
    rule.deleted_at = now()
    _note(session, rule, who, "deleted", as_dict(rule), {})
    return rule


def order_rules(session: Session, connection_id: int, ids: Sequence[int], *, who: str) -> None:
    """Put the rules into this order; those that are not named follow, as they stood.

    Raises:
        NotFound: one of them is not this connection's.
    """
    rules = {rule.id: rule for rule in list_rules(session, connection_id)}
    if not set(ids) <= set(rules):
        raise NotFound("There is no such rule.")
    order = [*dict.fromkeys(ids), *(each for each in rules if each not in set(ids))]
    for position, rule_id in enumerate(order, start=1):
        rule = rules[rule_id]
        if rule.position != position:
            before = as_dict(rule)
            rule.position = position
            _note(session, rule, who, "moved", before)
    session.flush()


def history_of(session: Session, rule: Rule) -> list[RuleChange]:
    """Give a rule's changes, the newest first."""
    wanted = select(RuleChange).where(RuleChange.rule_id == rule.id).order_by(RuleChange.id.desc())
    return list(session.scalars(wanted))


def undo_change(session: Session, connection_id: int, change_id: int, *, who: str) -> Rule:
    """Make a rule what it was before a change; the making of a rule is undone by deleting it.

    Raises:
        NotFound: this connection has no such change.
        Conflict: it was undone already, as the rule is what it was before.
    """
    change = session.get(RuleChange, change_id)
    if change is None:
        raise NotFound("There is no such change.")
    rule = get_rule(session, connection_id, change.rule_id, deleted=True)
    now_is = as_dict(rule) if rule.deleted_at is None else {}
    if now_is == change.before:
        raise Conflict("That is undone already.")
    if not change.before:
        return delete_rule(session, connection_id, rule.id, who=who)
    for name, value in change.before.items():
        setattr(rule, name, value)
    rule.deleted_at = None
    session.flush()
    _note(session, rule, who, "undone", now_is)
    return rule


def rule_for_party(session: Session, connection_id: int, side: str, entry_id: int) -> Rule | None:
    """Find the rule that is for this supplier or customer alone."""
    return next((rule for rule in list_rules(session, connection_id) if rule.when == {side: entry_id}), None)


def keep_party_rule(
    session: Session, party: Entry, side: str, sets: Mapping[str, Any], *, who: str, proposed: bool
) -> Rule:
    """Make the rule of a supplier or customer, or add to it; a proposal stands by itself."""
    rule = rule_for_party(session, party.connection_id, side, party.id)
    if rule is None or proposed:
        draft = Draft(name=party.name[:LONGEST_NAME], when={side: party.id}, sets=dict(sets))
        return make_rule(session, party.connection_id, draft, who=who, proposed=proposed)
    return change_rule(session, rule, Draft(sets={**rule.sets, **sets}), who=who)


def using(session: Session, connection_id: int, wanted: Iterable[int]) -> list[Rule]:
    """Give the rules that name one of these list entries, in the user's order (LST-2)."""
    named = set(wanted)
    return [rule for rule in list_rules(session, connection_id) if named & entry_ids(rule.when, rule.sets)]


def replace_entries(session: Session, connection_id: int, mapping: Mapping[int, int], *, who: str) -> int:
    """Let rules and suppliers' own defaults name other entries in the place of those that are gone; count the rules."""
    rules = using(session, connection_id, mapping)
    for rule in rules:
        draft = Draft(when=with_others(rule.when, mapping), sets=with_others(rule.sets, mapping))
        change_rule(session, rule, draft, who=who)
    _move_party_defaults(session, connection_id, mapping)
    return len(rules)


def _move_party_defaults(session: Session, connection_id: int, mapping: Mapping[int, int]) -> None:
    """Give a supplier's own defaults to whoever takes its place, unless that one has its own."""
    rows = list(session.scalars(select(PartyDefault).where(PartyDefault.connection_id == connection_id)))
    taken = {row.entry_id for row in rows}
    for row in rows:
        row.sets = with_others(row.sets, mapping)
        wanted = mapping.get(row.entry_id)
        if wanted in taken:
            session.delete(row)
        elif wanted is not None:
            taken.add(wanted)
            row.entry_id = wanted
    session.flush()


def count_hits(session: Session, rule_ids: Iterable[int]) -> None:
    """Note that these rules coded an item."""
    ids = set(rule_ids)
    if ids:
        hit = update(Rule).where(Rule.id.in_(ids)).values(hits=Rule.hits + 1, last_hit_at=now())
        session.execute(hit.execution_options(synchronize_session=False))


def party_default(session: Session, connection_id: int, entry_id: int | None) -> dict[str, Any]:
    """Give what a supplier's or customer's own defaults set."""
    wanted = select(PartyDefault.sets).where(
        PartyDefault.connection_id == connection_id, PartyDefault.entry_id == entry_id
    )
    return session.scalar(wanted) or {}


def keep_party_default(session: Session, connection_id: int, entry_id: int, sets: dict[str, Any], *, who: str) -> None:
    """Write a supplier's or customer's own defaults; none are left where nothing is set."""
    wanted = select(PartyDefault).where(PartyDefault.connection_id == connection_id, PartyDefault.entry_id == entry_id)
    kept = session.scalar(wanted)
    if kept is None:
        kept = PartyDefault(connection_id=connection_id, entry_id=entry_id)
        session.add(kept)
    kept.sets, kept.changed_by = sets, who
    session.flush()


def refuse_suggestions(session: Session, connection_id: int, entry_id: int, *, who: str) -> None:
    """Never propose a rule for this supplier or customer again."""
    session.add(Refusal(connection_id=connection_id, entry_id=entry_id, who=who))
    session.flush()


def as_dict(rule: Rule) -> dict[str, Any]:
    """Give what of a rule is kept in its history."""
    return {name: getattr(rule, name) for name in KEPT}


def _write(rule: Rule, draft: Draft) -> None:
    for name, value in draft.values().items():
        setattr(rule, name, value)
    if not rule.when:
        raise Incomplete("A rule needs at least one condition.", field="when")
    if not rule.sets and not rule.auto_publish:
        raise Incomplete("A rule needs at least one field to set.", field="set")
    rule.name = rule.name or "New rule"


def _place(session: Session, rule: Rule, draft: Draft) -> None:
    """Move a rule to the place its draft names, counted from 1."""
    if draft.position is None:
        return
    others = [each for each in list_rules(session, rule.connection_id) if each.id != rule.id]
    others.insert(draft.position - 1, rule)
    for position, each in enumerate(others, start=1):
        each.position = position
    session.flush()


def _note(session: Session, rule: Rule, who: str, what: str, before: dict[str, Any], after: object = None) -> None:
    kept = as_dict(rule) if after is None else after
    session.add(RuleChange(rule_id=rule.id, who=who, what=what, before=before, after=kept))
    organisation_id = session.get_one(Connection, rule.connection_id).organisation_id
    record(session, organisation_id, who, f"rule {what}", f"{rule.name} (rule {rule.id})")
