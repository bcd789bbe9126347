"""Rules, their trial run and their files under /api/v1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import may, needs
from capture.amounts.vat_review import accept_warning
from capture.api import acting, describe_item
from capture.coding.facts import around_of, lookup_of
from capture.coding.trying import apply_rule
from capture.service import SomebodyWasFaster, get_item
from core.db import snapshot, transaction
from core.errors import Forbidden, Incomplete
from kashflow.ledger import ListKind
from rules.describing import describe_rule, spelling_of, with_name
from rules.files import export_rules, import_rules, plan_import
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
        finder = lookup_of(session, g.connection_id)
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
        change_rule(session, rule, parse_rule(given, lookup_of(session, g.connection_id)), who=acting().name)
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
        lookup = replace(lookup_of(session, g.connection_id), mapping=mapping)
        plan = plan_import(session, g.connection_id, text, lookup)
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


def described(session: Session, rule: Rule) -> dict[str, Any]:
    """Give one rule as the interface shows it."""
    return describe_rule(rule, spelling_of(session, [rule], around_of(session, g.connection_id)))


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
