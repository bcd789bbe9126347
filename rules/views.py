"""Rules made from an item, the list of them, their editor with its trial, and what grows from corrections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import may, needs
from capture.api import acting
from capture.coding.applying import recode
from capture.coding.corrections import suggestions
from capture.coding.facts import around_of, lookup_of
from capture.coding.trying import apply_rule
from capture.editing import get_party
from capture.entries.relinking import link_namesakes
from capture.models import Item
from capture.service import get_item
from core.db import LARGEST_ID, now, snapshot, transaction
from core.errors import Incomplete
from kashflow.ledger import Kind
from lists.models import Entry
from rules.describing import Spelling, spelling_of, with_name
from rules.forms import CONDITIONS, HINTS, SETTINGS, read_rule_form
from rules.models import Rule
from rules.parsing import Draft, parse_rule
from rules.service import (
    as_coding,
    as_dict,
    change_rule,
    delete_rule,
    get_rule,
    history_of,
    keep_party_rule,
    list_rules,
    make_rule,
    order_rules,
    rule_for_party,
    undo_change,
)
from rules.shadowing import is_unused, shadows
from rules.suggesting import Suggestion
from rules.telling import LISTS, Told, as_typed, as_version, choices, said_of, tell, tell_suggestion

pages = Blueprint("rules", __name__)
FROM_ITEM = ("category", "vat_rate", "payment_method", "bank_account", "paid")


@pages.get("/rules")
def show_rules() -> ResponseReturnValue:
    """Show the rules in their order, what is proposed, and which of them come to nothing."""
    with snapshot() as session:
        rules = list_rules(session, g.connection_id)
        spelling = _words(session, rules)
        used = [rule for rule in rules if rule.enabled]
        around = around_of(session, g.connection_id)
        proposals = [tell_suggestion(session, each, around) for each in suggestions(session, g.connection_id)]
        return render_template(
            "rules/rules.html",
            rows=[tell(rule, spelling) for rule in rules if not rule.proposed],
            proposed=[tell(rule, spelling) for rule in rules if rule.proposed],
            suggestions=proposals,
            shadowed={each.rule.id: each.by.name for each in shadows([as_coding(rule) for rule in used])},
            unused={rule.id for rule in used if is_unused((rule.created_at, rule.last_hit_at), now())},
        )


@pages.post("/rules/order")
@needs("rules")
def save_order() -> ResponseReturnValue:
    """Put the rules into the order in which their ids come; or one a place up or down."""
    with transaction() as session:
        ids = [rule.id for rule in list_rules(session, g.connection_id) if not rule.proposed]
        moved = request.form.get("rule", type=int)
        if moved in ids:
            at = ids.index(moved)
            ids.insert(max(at + (-1 if request.form.get("to") == "up" else 1), 0), ids.pop(at))
        else:
            ids = [int(each) for each in request.form.getlist("id") if each.isdecimal()]
        order_rules(session, g.connection_id, ids, who=acting().name)
    return redirect(url_for("rules.show_rules", moved=moved, to=request.form.get("to")))


@pages.get("/rules/new")
@needs("review")
def show_new() -> ResponseReturnValue:
    """Show an empty editor, or that of a supplier's or customer's rule, with what is suggested for them."""
    with snapshot() as session:
        party = session.get(Entry, min(request.args.get("party", 0, type=int), LARGEST_ID))
        if party is None or party.connection_id != g.connection_id:
            return _editor(session, None)
        side = "supplier" if party.is_cost else "customer"
        found = next(iter(suggestions(session, g.connection_id, party.id)), Suggestion(party.id, side, {}, ()))
        kept = rule_for_party(session, g.connection_id, found.side, party.id) if may("rules") else None
        known = as_dict(kept) if kept else {"name": party.name, "when": {found.side: party.id}}
        rule = as_version(known | {"sets": (kept.sets if kept else {}) | found.sets})
        return _editor(session, kept, tell(rule, _words(session, [rule])))


@pages.get("/rules/<int:rule_id>")
def show_rule(rule_id: int) -> ResponseReturnValue:
    """Show a rule in its editor, with its history."""
    with snapshot() as session:
        rule = get_rule(session, g.connection_id, rule_id)
        return _editor(session, rule, tell(rule, _words(session, [rule])))


@pages.post("/rules/new")
@needs("review")
def add_rule() -> ResponseReturnValue:
    """Make the rule that the editor describes; of somebody who may not change rules it is a proposal."""
    return _save(None)


@pages.post("/rules/<int:rule_id>")
@needs("rules")
def save_rule(rule_id: int) -> ResponseReturnValue:
    """Change a rule to what the editor describes."""
    return _save(rule_id)


def _save(rule_id: int | None) -> ResponseReturnValue:
    try:
        with transaction() as session:
            lookup = lookup_of(session, g.connection_id)
            draft = parse_rule(read_rule_form(request.form), lookup)
            if rule_id is None:
                draft = with_name(session, draft, lookup.around)
                rule = make_rule(session, g.connection_id, draft, who=acting().name, proposed=not may("rules"))
            else:
                rule = change_rule(session, get_rule(session, g.connection_id, rule_id), draft, who=acting().name)
            applied = apply_rule(session, rule) if "apply" in request.form and may("rules") else 0
    except Incomplete as error:
        with snapshot() as session:
            rule_now = get_rule(session, g.connection_id, rule_id) if rule_id is not None else None
            return _editor(session, rule_now, as_typed(request.form), wrong=str(error)), 422
    if rule.proposed:
        flash("Your proposal was saved. An administrator switches it on.")
    else:
        flash(f"Saved. {applied} items in the inbox were changed." if applied else "Saved.")
    return redirect(url_for("rules.show_rules"))


@pages.post("/rules/<int:rule_id>/switch")
@needs("rules")
def switch_rule(rule_id: int) -> ResponseReturnValue:
    """Switch a rule on or off; to switch a proposed one on is to accept it."""
    with transaction() as session:
        rule = get_rule(session, g.connection_id, rule_id)
        change_rule(session, rule, Draft(enabled=not rule.enabled), who=acting().name)
        said = f"“{rule.name}” is {'on' if rule.enabled else 'off'} now."
    flash(said)
    return redirect(url_for("rules.show_rules"))


@pages.post("/rules/<int:rule_id>/delete")
@needs("rules")
def remove_rule(rule_id: int) -> ResponseReturnValue:
    """Take a rule out of use."""
    with transaction() as session:
        delete_rule(session, g.connection_id, rule_id, who=acting().name)
    flash("The rule is no longer used. What it set stays; its history can bring it back.")
    return redirect(url_for("rules.show_history", rule_id=rule_id))


@pages.get("/rules/<int:rule_id>/history")
def show_history(rule_id: int) -> ResponseReturnValue:
    """Show who changed a rule, what and when; a deleted one's too."""
    with snapshot() as session:
        rule = get_rule(session, g.connection_id, rule_id, deleted=True)
        changes = history_of(session, rule)
        versions = [as_version(each.after) for each in changes]
        spelling = _words(session, versions)
        told = [tell(each, spelling) if each.when else None for each in versions]
        return render_template("rules/history.html", rule=rule, changes=list(zip(changes, told, strict=True)))


@pages.post("/rules/changes/<int:change_id>/undo")
@needs("rules")
def undo(change_id: int) -> ResponseReturnValue:
    """Make a rule what it was before a change."""
    with transaction() as session:
        rule_id = undo_change(session, g.connection_id, change_id, who=acting().name).id
    flash("Undone.")
    return redirect(url_for("rules.show_history", rule_id=rule_id))


@pages.post("/items/<int:item_id>/rule")
@needs("review")
def make_item_rule(item_id: int) -> ResponseReturnValue:
    """Do always what this item does, for its supplier or customer; proposed where the person may not change rules."""
    with transaction() as session:
        item = get_item(session, g.connection_id, item_id)
        party = get_party(session, item)
        side = "supplier" if item.kind is Kind.COST else "customer"
        sets = _sets_of(item, set(request.form.getlist("field")))
        if not sets:
            raise Incomplete("Choose at least one field for the rule to set.", field="field")
        rule = keep_party_rule(session, party, side, sets, who=acting().name, proposed=not may("rules"))
        if not rule.proposed:
            recode(session, item)
    link_namesakes(party.id)
    flash(said_of(rule))
    return redirect(url_for("capture.show_item", item_id=item_id))


def _editor(session: Session, rule: Rule | None, told: Told | None = None, wrong: str | None = None) -> str:
    around = around_of(session, g.connection_id)
    return render_template(
        "rules/rule.html",
        rule=rule,
        told=told or Told(),
        wrong=wrong,
        conditions=CONDITIONS,
        settings=SETTINGS,
        hints=HINTS,
        lists=LISTS,
        choices=choices(session, g.connection_id, around),
    )


def _words(session: Session, rules: Iterable[Rule]) -> Spelling:
    return spelling_of(session, rules, around_of(session, g.connection_id), "words")


def _sets_of(item: Item, chosen: set[str]) -> dict[str, Any]:
    columns = {name: name if name in {"vat_rate", "paid"} else f"{name}_id" for name in FROM_ITEM}
    values = {name: getattr(item, column) for name, column in columns.items() if name in chosen}
    return {name: value for name, value in values.items() if value is not None}
