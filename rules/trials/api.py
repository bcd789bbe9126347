"""The trial run of a rule under /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import needs
from capture.coding.facts import lookup_of
from capture.coding.past import MOST, Value, Window
from capture.coding.trials import Trial
from capture.coding.trying import try_rule
from capture.fields import SPECS, Shape
from core.db import LARGEST_ID, snapshot
from core.errors import Incomplete
from lists.models import Entry
from rules.api import api
from rules.parsing import parse_rule
from rules.service import list_rules
from rules.values import read_whole


@api.post("/rules/trial")
@needs("review")
def run() -> ResponseReturnValue:
    """Tell what a rule would have changed; nothing is written."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or "rule" not in given:
        raise Incomplete("Send a JSON object with “rule”: a rule, or the id of one.", field="rule")
    unknown = sorted(set(given) - {"rule", "last", "from", "to"})
    if unknown:
        raise Incomplete(f"A trial takes rule, last, from and to, not “{unknown[0]}”.", field=unknown[0])
    window = Window(
        last=read_whole(given.get("last", 100), "last", highest=MOST),
        first_day=_day(given, "from"),
        last_day=_day(given, "to"),
    )
    with snapshot() as session:
        rule = given["rule"]
        draft = parse_rule(rule, lookup_of(session, g.connection_id)) if isinstance(rule, Mapping) else None
        named = rule if draft is None else rule.get("id")
        rule_id = None if named is None and draft else read_whole(named, "rule", highest=LARGEST_ID)
        return jsonify(_described(session, try_rule(session, g.connection_id, draft, window, rule_id=rule_id)))


def _described(session: Session, trial: Trial) -> dict[str, Any]:
    return {
        "examined": trial.examined,
        "fits": trial.fitting,
        "changed": [
            {
                "item": change.item_id,
                "field": change.field,
                "from": _shown(session, change.old),
                "to": _shown(session, change.new),
            }
            for change in trial.changed
        ],
        "kept": trial.kept,
        "agreed": trial.agreed,
        "shadows": _named(session, trial.shadows),
        "shadowed_by": _named(session, trial.shadowed_by),
    }


def _day(given: Mapping[str, Any], name: str) -> date | None:
    if given.get(name) is None:
        return None
    try:
        return date.fromisoformat(str(given[name]))
    except ValueError as error:
        raise Incomplete(f"“{name}” takes a date such as 2026-12-31.", field=name) from error


def _shown(session: Session, value: Value | None) -> object:
    if value is None or value.text is None:
        return None
    entry = session.get(Entry, value.entry_id) if value.entry_id is not None else None
    if entry is not None:
        is_category = value.field == "category"
        return {"code": entry.plain_code, "name": entry.name} if is_category else {"id": entry.id, "name": entry.name}
    if value.field in SPECS and SPECS[value.field].shape is Shape.FLAG:
        return value.text == "yes"
    return value.text


def _named(session: Session, counts: Mapping[int, int]) -> list[dict[str, Any]]:
    names = {rule.id: rule.name for rule in list_rules(session, g.connection_id)}
    return [{"rule": each, "name": names.get(each), "items": number} for each, number in counts.items()]
