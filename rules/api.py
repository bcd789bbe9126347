"""Rules, their trial run and their files under /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import may, needs
from capture.amounts.vat_review import accept_warning
from capture.api import acting, describe_item
from capture.coding.facts import around_of
from capture.coding.past import MOST, Value, Window
from capture.coding.trials import Trial
from capture.coding.trying import apply_rule, try_rule
from capture.fields import SPECS, Shape
from capture.service import SomebodyWasFaster, get_item
from core.db import LARGEST_ID, snapshot, transaction
from core.errors import Forbidden, Incomplete
from kashflow.ledger import ListKind
from lists.models import Entry
from rules.describing import describe_rule, spelling_of, with_name
from rules.files import export_rules, import_rules, plan_import
from rules.lookup import Lookup
from rules.models import Rule
from rules.parsing import parse_rule
from rules.service import (
    change_rule,
    delete_rule,
    get_rule,
    history_of,
    list_rules,
    make_rule,
    undo_change,
)
from rules.values import read_text, read_whole

api = Blueprint("rules_api", __name__)
APPLY = "apply"  # beside a rule's own keys: run it over the inbox once it is saved


@api.get("/rules")
def show_rules() -> ResponseReturnValue:
    """Give the rules in their order."""
    with snapshot() as session:
        rules = list_rules(session, g.connection_id)
        spelling = spelling_of(session, rules, around_of(session, g.connection_id))
        return jsonify(rules=[describe_rule(rule, spelling) for rule in rules])


@api.get("/rules/<int:rule_id>")
def show_rule(rule_id: int) -> ResponseReturnValue:
    """Give one rule."""
    with snapshot() as session:
        return jsonify(described(session, get_rule(session, g.connection_id, rule_id)))


@api.post("/rules")
@needs("review")
def add_rule() -> ResponseReturnValue:
    """Make a rule; of somebody who may not change rules it is a proposal, and not used until it is accepted."""
    given, apply = _body()
    proposed = not may("rules")
    with transaction() as session:
        finder = lookup(session)
        draft = with_name(session, parse_rule(given, finder), finder.around)
        rule = make_rule(session, g.connection_id, draft, who=acting().name, proposed=proposed)
        applied = 0 if proposed or not apply else apply_rule(session, rule)
        return jsonify(described(session, rule) | {"applied": applied}), 201


@api.patch("/rules/<int:rule_id>")
@needs("rules")
def edit_rule(rule_id: int) -> ResponseReturnValue:
    """Change what is sent of a rule, and nothing else."""
    given, apply = _body()
    with transaction() as session:
        rule = get_rule(session, g.connection_id, rule_id)
        _check_version(rule)
        change_rule(session, rule, parse_rule(given, lookup(session)), who=acting().name)
        applied = apply_rule(session, rule) if apply else 0
        return jsonify(described(session, rule) | {"applied": applied})


@api.delete("/rules/<int:rule_id>")
@needs("rules")
def remove_rule(rule_id: int) -> ResponseReturnValue:
    """Take a rule out of use; what it set stays."""
    with transaction() as session:
        rule = get_rule(session, g.connection_id, rule_id)
        _check_version(rule)
        delete_rule(session, g.connection_id, rule_id, who=acting().name)
    return jsonify(id=rule_id, deleted=True)


@api.get("/rules/<int:rule_id>/history")
def show_history(rule_id: int) -> ResponseReturnValue:
    """Give a rule's changes, the newest first; a deleted one's too."""
    with snapshot() as session:
        rule = get_rule(session, g.connection_id, rule_id, deleted=True)
        changes = [
            {"id": each.id, "who": each.who, "what": each.what, "at": each.at.isoformat()}
            for each in history_of(session, rule)
        ]
    return jsonify(changes=changes)


@api.post("/rules/changes/<int:change_id>/undo")
@needs("rules")
def undo(change_id: int) -> ResponseReturnValue:
    """Make a rule what it was before a change."""
    with transaction() as session:
        return jsonify(described(session, undo_change(session, g.connection_id, change_id, who=acting().name)))


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
        draft = parse_rule(rule, lookup(session)) if isinstance(rule, Mapping) else None
        named = rule if draft is None else rule.get("id")
        rule_id = None if named is None and draft else read_whole(named, "rule", highest=LARGEST_ID)
        return jsonify(describe_trial(session, try_rule(session, g.connection_id, draft, window, rule_id=rule_id)))


@api.get("/rules/export")
def show_file() -> ResponseReturnValue:
    """Give the rules as a YAML file."""
    with snapshot() as session:
        text = export_rules(session, g.connection_id, around_of(session, g.connection_id))
    return Response(text, content_type="application/yaml; charset=utf-8")


@api.post("/rules/import")
@needs("rules")
def take_file() -> ResponseReturnValue:
    """Take rules from a YAML file; with ``?dry=1`` tell alone what that would do.

    The body is the file, or JSON: ``yaml``, and ``mapping`` of unknown names: {list: {name: id of an entry}}.
    """
    given = request.get_json(silent=True)
    text = given.get("yaml") if isinstance(given, dict) else request.get_data(as_text=True)
    if not isinstance(text, str):
        raise Incomplete("Send the file as “yaml”.", field="yaml")
    mapping = parse_mapping(given.get("mapping") if isinstance(given, dict) else None)
    dry = request.args.get("dry") in {"1", "true"}
    with transaction() as session:
        plan = plan_import(session, g.connection_id, text, replace(lookup(session), mapping=mapping))
        if not dry:
            import_rules(session, g.connection_id, plan, who=acting().name)
    return jsonify(
        dry=dry,
        added=plan.named("added"),
        changed=plan.named("changed"),
        skipped=[{"name": each.name, "why": each.why} for each in plan.rules if each.what == "skipped"],
        unknown=[{"list": list_kind, "name": name} for list_kind, name in plan.unknown],
    )


@api.post("/items/<int:item_id>/warnings")
@needs("review")
def accept_item_warning(item_id: int) -> ResponseReturnValue:
    """Accept a warning about an item's VAT: its ``code``, and a ``note`` why."""
    given = request.get_json(silent=True)
    given = given if isinstance(given, dict) else {}
    with transaction() as session:
        item = get_item(session, g.connection_id, item_id)
        code, note = (read_text(given.get(name), name, 500) for name in ("code", "note"))
        accept_warning(session, item, code, note, acting())
        return jsonify(describe_item(session, item))


def parse_mapping(given: object) -> dict[tuple[ListKind, str], int]:
    """Read what unknown names of a file mean here.

    Raises:
        Incomplete: it is no {list: {name: id}}.
    """
    mapping: dict[tuple[ListKind, str], int] = {}
    for kind, names in (given or {}).items() if isinstance(given, dict | None) else [("", None)]:
        if kind not in set(ListKind) or not isinstance(names, dict):
            raise Incomplete("“mapping” takes {list: {name: id}}.", field="mapping")
        mapping |= {(ListKind(kind), name): read_whole(each, "mapping", highest=10**9) for name, each in names.items()}
    return mapping


def describe_trial(session: Session, trial: Trial) -> dict[str, Any]:
    """Give a trial's result; values as items show them."""
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


def described(session: Session, rule: Rule) -> dict[str, Any]:
    """Give one rule as the interface shows it."""
    return describe_rule(rule, spelling_of(session, [rule], around_of(session, g.connection_id)))


def lookup(session: Session) -> Lookup:
    """Give what finds a rule's names in the request's connection."""
    return Lookup(session, g.connection_id, around_of(session, g.connection_id))


def _body() -> tuple[dict[str, Any], bool]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise Incomplete("Send a JSON object with the rule.", field="rule")
    apply = given.pop(APPLY, False)
    if not isinstance(apply, bool):
        raise Incomplete("“apply” takes true or false.", field=APPLY)
    if apply and not may("rules"):
        raise Forbidden("Only an administrator may do this.")
    return given, apply


def _check_version(rule: Rule) -> None:
    wanted = request.headers.get("If-Match", "").removeprefix("W/").strip('" ')
    if wanted not in {"", "*", str(rule.version)}:
        raise SomebodyWasFaster(f"Somebody else changed this rule: it is version {rule.version} now. Load it again.")


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
