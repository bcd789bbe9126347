"""Reads and writes of rules; every read is bound to its connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.db import now
from core.errors import Incomplete, NotFound
from rules.entries import entry_ids
from rules.matching import CONDITIONS, Coding
from rules.models import Rule, RuleChange

SETTABLE = frozenset(
    (
        *("category", "vat_rate", "vat_treatment", "payment_method", "bank_account", "paid", "due_days", "project"),
        *("product", "source", "description", "currency", "kind", "document_type", "owner", "note", "split"),
    )
)


def list_rules(session: Session, connection_id: int) -> list[Rule]:
    """Give a connection's rules in the user's order."""
    wanted = select(Rule).where(Rule.connection_id == connection_id, Rule.deleted_at.is_(None))
    return list(session.scalars(wanted.order_by(Rule.position, Rule.id)))


def get_rule(session: Session, connection_id: int, rule_id: int) -> Rule:
    """Give one rule.

    Raises:
        NotFound: this connection has no such rule.
    """
    wanted = select(Rule).where(Rule.id == rule_id, Rule.connection_id == connection_id, Rule.deleted_at.is_(None))
    rule = session.scalar(wanted)
    if rule is None:
        raise NotFound("There is no such rule.")
    return rule


def codings(session: Session, connection_id: int) -> list[Coding]:
    """Give the rules that are switched on, in order, as they are evaluated."""
    return [
        Coding(id=rule.id, name=rule.name, when=rule.when, sets=rule.sets, auto_publish=rule.auto_publish)
        for rule in list_rules(session, connection_id)
        if rule.enabled
    ]


def save_rule(
    session: Session,
    connection_id: int,
    *,
    who: str,
    rule: Rule | None = None,
    **values: Any,  # noqa: ANN401 - columns
) -> Rule:
    """Make a rule, or change the given one, and keep what it was before.

    Raises:
        Incomplete: a condition or a field is not known, or one of them is missing.
    """
    _check(values)
    before = {} if rule is None else _as_dict(rule)
    if rule is None:
        last = session.scalar(select(func.max(Rule.position)).where(Rule.connection_id == connection_id))
        rule = Rule(connection_id=connection_id, made_by=who, position=(last or 0) + 1, **values)
        session.add(rule)
    else:
        for name, value in values.items():
            setattr(rule, name, value)
    session.flush()
    what = "changed" if before else "made"
    session.add(RuleChange(rule_id=rule.id, who=who, what=what, before=before, after=_as_dict(rule)))
    session.flush()
    return rule


def rule_for_party(session: Session, connection_id: int, side: str, entry_id: int) -> Rule | None:
    """Find the rule that is for this supplier or customer alone."""
    return next((rule for rule in list_rules(session, connection_id) if rule.when == {side: entry_id}), None)


def using(session: Session, connection_id: int, wanted: Iterable[int]) -> list[Rule]:
    """Give the rules that name one of these list entries, in the user's order (LST-2)."""
    named = set(wanted)
    return [rule for rule in list_rules(session, connection_id) if named & entry_ids(rule.when, rule.sets)]


def delete_rule(session: Session, connection_id: int, rule_id: int, *, who: str) -> None:
    """Take a rule out of use; its row stays, because items name it as their reason."""
    rule = get_rule(session, connection_id, rule_id)
    rule.deleted_at = now()
    session.add(RuleChange(rule_id=rule.id, who=who, what="deleted", before=_as_dict(rule), after={}))
    session.flush()


def count_hits(session: Session, rule_ids: Iterable[int]) -> None:
    """Note that these rules coded an item."""
    ids = set(rule_ids)
    if ids:
        hit = update(Rule).where(Rule.id.in_(ids)).values(hits=Rule.hits + 1, last_hit_at=now())
        session.execute(hit.execution_options(synchronize_session=False))


def _check(values: dict[str, Any]) -> None:
    unknown = [name for name in values.get("sets", {}) if name not in SETTABLE]
    unknown += [name for name in values.get("when", {}) if name not in CONDITIONS]
    if unknown:
        raise Incomplete(f"A rule knows nothing of {', '.join(sorted(unknown))}.", field="when")
    if "when" in values and not values["when"]:
        raise Incomplete("A rule needs at least one condition.", field="when")
    if "sets" in values and not values["sets"] and not values.get("auto_publish"):
        raise Incomplete("A rule needs at least one field to set.", field="set")
    if "name" in values and not str(values["name"]).strip():
        raise Incomplete("A rule needs a name.", field="name")


def _as_dict(rule: Rule) -> dict[str, Any]:
    names = ("name", "enabled", "when", "sets", "auto_publish", "guards", "position")
    return {name: getattr(rule, name) for name in names}
