"""The trial run on the page of a rule."""

from __future__ import annotations

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from auth.access import needs
from capture.coding.facts import lookup_of
from capture.coding.past import Window
from capture.coding.trying import INBOX, try_rule
from capture.fields import SPECS
from capture.service import get_item
from core.db import snapshot
from core.errors import Incomplete
from rules.forms import read_rule_form
from rules.parsing import parse_rule
from rules.service import list_rules
from rules.views import pages

LAST = Window(last=500)


@pages.post("/rules/trial")
@needs("review")
def try_form() -> ResponseReturnValue:
    """Show what the rule in the editor would have changed; nothing is written."""
    rule_id = request.form.get("rule", type=int)
    try:
        with snapshot() as session:
            draft = parse_rule(read_rule_form(request.form), lookup_of(session, g.connection_id))
            trial = try_rule(session, g.connection_id, draft, LAST, rule_id=rule_id)
            waiting = try_rule(session, g.connection_id, draft, INBOX, rule_id=rule_id)
            ids = {each.item_id for each in trial.changed[:100]}
            names = {rule.id: rule.name for rule in list_rules(session, g.connection_id)}
            items = {each: get_item(session, g.connection_id, each) for each in ids}
            return render_template(
                "rules/_trial.html",
                trial=trial,
                waiting=len({each.item_id for each in waiting.changed}),
                items=items,
                names=names,
                labels={name: spec.label for name, spec in SPECS.items()} | {"split": "Lines"},
            )
    except Incomplete as error:
        return render_template("rules/_trial.html", trial=None, wrong=str(error))
