"""Trying a rule on the past before it is saved, and running it over the inbox once it is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from capture.coding.applying import recode
from capture.coding.past import MOST, Window
from capture.coding.trials import Trial, run_trial
from capture.service import get_item
from core.errors import Incomplete
from rules.matching import Coding
from rules.models import Rule
from rules.parsing import Draft
from rules.service import as_coding, get_rule, list_rules, rulebook

INBOX = Window(last=MOST, inbox_only=True)


def try_rule(
    session: Session, connection_id: int, draft: Draft | None, window: Window, *, rule_id: int | None = None
) -> Trial:
    """Try a new rule, or one that is there as it is or as it would be after a change, in its place.

    Raises:
        NotFound: there is no rule of this id.
        Incomplete: it has no condition, or sets nothing.
    """
    kept = get_rule(session, connection_id, rule_id) if rule_id is not None else None
    known = as_coding(kept) if kept is not None else Coding(0, "this rule", {}, {})
    values = draft.values() if draft is not None else {}
    tried = Coding(
        known.id,
        values.get("name", known.name),
        values.get("when", known.when),
        values.get("sets", known.sets),
        values.get("auto_publish", known.auto_publish),
    )
    if not tried.when:
        raise Incomplete("A rule needs at least one condition.", field="when")
    if not tried.sets and not tried.auto_publish:
        raise Incomplete("A rule needs at least one field to set.", field="set")
    used = [rule for rule in list_rules(session, connection_id) if rule.id != known.id and rule.enabled]
    place = len(used)
    if draft is not None and draft.position is not None:
        place = draft.position - 1
    elif kept is not None:
        place = sum(rule.position < kept.position for rule in used)
    return run_trial(session, connection_id, tried, [as_coding(rule) for rule in used], place, window)


def apply_rule(session: Session, rule: Rule) -> int:
    """Run the rules over the items of the inbox that this one changes; give their number."""
    if not rule.enabled:
        return 0
    trial = try_rule(session, rule.connection_id, None, INBOX, rule_id=rule.id)
    book = rulebook(session, rule.connection_id)
    items = (get_item(session, rule.connection_id, each) for each in sorted({each.item_id for each in trial.changed}))
    return sum(recode(session, item, book) for item in items)
