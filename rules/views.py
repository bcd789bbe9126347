"""Rules made from an item, and the list of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import needs
from capture.api import acting
from capture.applying import recode
from capture.editing import get_party
from capture.models import Item
from capture.service import get_item
from core.db import snapshot, transaction
from core.errors import Incomplete
from kashflow.ledger import Kind
from lists.models import Entry
from rules.parsing import Draft
from rules.service import change_rule, delete_rule, list_rules, make_rule, rule_for_party

pages = Blueprint("rules", __name__)
FROM_ITEM = ("category", "vat_rate", "payment_method", "bank_account", "paid")


@pages.get("/rules")
def show_rules() -> ResponseReturnValue:
    """Show the rules in their order."""
    with snapshot() as session:
        rules = list_rules(session, g.connection_id)
        ids = {each for rule in rules for each in _entry_ids(rule.when, rule.sets)}
        names = {each: entry.name for each in ids if (entry := session.get(Entry, each)) is not None}
        return render_template("rules/rules.html", rules=rules, names=names)


@pages.post("/items/<int:item_id>/rule")
@needs("review")
def make_item_rule(item_id: int) -> ResponseReturnValue:
    """Do always what this item does, for its supplier or customer."""
    with transaction() as session:
        item = get_item(session, g.connection_id, item_id)
        party = get_party(session, item)
        side = "supplier" if item.kind is Kind.COST else "customer"
        sets = _sets_of(item, set(request.form.getlist("field")))
        if not sets:
            raise Incomplete("Choose at least one field for the rule to set.", field="field")
        rule = rule_for_party(session, g.connection_id, side, party.id)
        draft = Draft(name=party.name, when={side: party.id}, sets=sets)
        if rule is None:
            make_rule(session, g.connection_id, draft, who=acting().name)
        else:
            change_rule(session, rule, Draft(sets={**rule.sets, **sets}), who=acting().name)
        recode(session, item)
    flash(f"From now on this is done for {party.name}.")
    return redirect(url_for("capture.show_item", item_id=item_id))


@pages.post("/rules/<int:rule_id>/delete")
@needs("rules")
def remove_rule(rule_id: int) -> ResponseReturnValue:
    """Take a rule out of use."""
    with transaction() as session:
        delete_rule(session, g.connection_id, rule_id, who=acting().name)
    flash("The rule is no longer used. What it set stays.")
    return redirect(url_for("rules.show_rules"))


def _sets_of(item: Item, chosen: set[str]) -> dict[str, Any]:
    columns = {name: name if name in {"vat_rate", "paid"} else f"{name}_id" for name in FROM_ITEM}
    values = {name: getattr(item, column) for name, column in columns.items() if name in chosen}
    return {name: value for name, value in values.items() if value is not None}


def _entry_ids(*parts: dict[str, Any]) -> set[int]:
    names = {"supplier", "customer", "category", "payment_method", "bank_account", "project", "product"}
    return {value for part in parts for name, value in part.items() if name in names and isinstance(value, int)}
