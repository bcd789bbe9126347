"""Forgetting what was learned, on the page of the supplier or customer that it is about."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from auth.access import needs
from capture.lessons.service import forget, forget_all, get_lesson
from core.db import transaction
from lists.api import parse_list
from lists.service import get_entry

pages = Blueprint("lessons", __name__)


@pages.post("/lists/<kind>/<int:entry_id>/lessons/<int:lesson_id>/forget")
@needs("review")
def forget_one(kind: str, entry_id: int, lesson_id: int) -> ResponseReturnValue:
    """Forget one thing that was learned."""
    with transaction() as session:
        party = get_entry(session, g.connection_id, parse_list(kind), entry_id)
        forget(get_lesson(session, party, lesson_id))
    flash("Forgotten. The next document is read without it.")
    return redirect(url_for("lists.show_entry", kind=kind, entry_id=entry_id))


@pages.post("/lists/<kind>/<int:entry_id>/lessons/forget")
@needs("review")
def forget_everything(kind: str, entry_id: int) -> ResponseReturnValue:
    """Forget all that was learned about a supplier or customer."""
    with transaction() as session:
        party = get_entry(session, g.connection_id, parse_list(kind), entry_id)
        forget_all(session, party)
        name = party.name
    flash(f"All that was learned about {name} is forgotten.")
    return redirect(url_for("lists.show_entry", kind=kind, entry_id=entry_id))
