"""Suggestions answered, warnings accepted, and what an item's page says of rules."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import may, needs
from capture.amounts.vat_review import accept_warning
from capture.api import acting
from capture.coding.corrections import suggestions
from capture.coding.facts import around_of
from capture.layers import runners_up, winners
from capture.models import Item
from capture.service import get_item
from core.db import snapshot, transaction
from core.errors import Incomplete, NotFound
from lists.models import Entry
from rules.service import keep_party_rule, refuse_suggestions
from rules.telling import ToldSuggestion, said_of, tell_suggestion

pages = Blueprint("rules_learning", __name__)


@pages.post("/rules/suggestions/<int:party_id>")
@needs("review")
def answer_suggestion(party_id: int) -> ResponseReturnValue:
    """Make the rule that was suggested for a supplier or customer, or never suggest one for them again."""
    with transaction() as session:
        party = session.get(Entry, party_id)
        found = next(iter(suggestions(session, g.connection_id, party_id)), None)
        if party is None or party.connection_id != g.connection_id or found is None:
            raise NotFound("There is no such suggestion any more.")
        if request.form.get("answer") == "never":
            refuse_suggestions(session, g.connection_id, party_id, who=acting().name)
            said = f"No rule will be suggested for {party.name} again."
        else:
            may_not = not may("rules")
            rule = keep_party_rule(session, party, found.side, found.sets, who=acting().name, proposed=may_not)
            said = said_of(rule)
    flash(said)
    return redirect(request.referrer or url_for("rules.show_rules"))


@pages.post("/items/<int:item_id>/warnings")
@needs("review")
def accept_item_warning(item_id: int) -> ResponseReturnValue:
    """Accept a warning about an item's VAT, with a note."""
    note = request.form.get("note", "").strip()[:500]
    with transaction() as session:
        item = get_item(session, g.connection_id, item_id)
        if not note:
            raise Incomplete("Say why it is all right, in a word or two.", field="note")
        accept_warning(session, item, request.form.get("code", ""), note, acting())
    return redirect(url_for("capture.show_item", item_id=item_id))


@pages.app_template_global()
def suggestions_for(item: Item) -> list[ToldSuggestion]:
    """Give the rules to suggest on an item's page."""
    if item.party is None:
        return []
    with snapshot() as session:
        around = around_of(session, g.connection_id)
        return [tell_suggestion(session, each, around) for each in suggestions(session, g.connection_id, item.party.id)]


@pages.app_template_global()
def otherwise(item: Item, name: str) -> str | None:
    """Give what a field would have been without what decided it, where that is something else."""
    ranked = runners_up(item.values, name)
    best = winners(item.values).get(name)
    other = ranked[0].value if ranked else None
    return other if best is not None and other != best.value else None
