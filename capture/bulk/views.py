"""One thing done to many items: ordered from a list, told item by item, and taken back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import insist, needs
from capture.bulk.deeds import EDITED
from capture.bulk.jobs import run_bulk
from capture.bulk.models import Action, Bulk
from capture.bulk.service import (
    AT_ONCE,
    Counts,
    Order,
    can_undo,
    count_outcomes,
    count_states,
    get_bulk,
    list_outcomes,
    start_bulk,
    start_undo,
)
from capture.inbox.views import ENDPOINTS, as_kind, chosen_ids
from capture.views import pages
from core.db import snapshot, transaction
from core.errors import Incomplete
from worker import enqueue

SAID = {
    Action.EDIT: "changed",
    Action.RULES: "coded anew",
    Action.PUBLISH: "queued",
    Action.ARCHIVE: "archived",
    Action.DELETE: "deleted",
    Action.RESTORE: "restored",
    Action.MOVE: "moved",
    Action.ATTACH: "sent again",
}


@pages.post("/<kind>/bulk")
@needs("review")
def do_bulk(kind: str) -> ResponseReturnValue:
    """Do one thing to what is ticked, or to all that match."""
    wanted = as_kind(kind)
    action = request.form.get("action", "")
    if action not in set(Action):
        raise Incomplete("Choose what is to be done.", field="action")
    given = {name: request.form[f"set-{name}"] for name in EDITED if request.form.get(f"set-{name}", "").strip()}
    if Action(action).sends:
        insist("publish")
    if action == Action.EDIT and not given:
        raise Incomplete("Fill in at least one field.", field="action")
    order = Order(g.connection_id, g.user.id, Action(action), wanted, given)
    return _do(lambda session: start_bulk(session, order, chosen_ids(session, wanted)))


@pages.post("/bulk/<int:bulk_id>/undo")
@needs("review")
def undo_bulk(bulk_id: int) -> ResponseReturnValue:
    """Take back what was done to many."""
    return _do(lambda session: start_undo(session, g.connection_id, bulk_id, g.user.id))


@pages.get("/bulk/<int:bulk_id>")
def show_bulk(bulk_id: int) -> ResponseReturnValue:
    """Show what became of each item."""
    with snapshot() as session:
        bulk = get_bulk(session, g.connection_id, bulk_id)
        counts, rows = count_outcomes(session, bulk), list_outcomes(session, bulk)
        page = "capture/bulk/_outcomes.html" if "HX-Request" in request.headers else "capture/bulk/bulk.html"
        states = count_states(session, bulk) if bulk.action.sends and bulk.undo_of_id is None else {}
        shown = {"bulk": bulk, "counts": counts, "rows": rows, "states": states, "can_undo": can_undo(session, bulk)}
        answer = Response(render_template(page, **shown, back=url_for(ENDPOINTS[bulk.kind])))
        if "HX-Request" in request.headers:
            answer.add_etag()
        return answer.make_conditional(request)


def _do(start: Callable[[Session], Bulk]) -> ResponseReturnValue:
    """Start a bulk, do it at once where it is small, and tell how it went: as a page, or to a script."""
    with transaction() as session:
        bulk = start(session)
        size = count_outcomes(session, bulk).total
    if size <= AT_ONCE:
        run_bulk(bulk.id)
    else:
        enqueue(run_bulk, bulk.id)
    page = url_for("capture.show_bulk", bulk_id=bulk.id)
    if request.accept_mimetypes.best != "application/json":
        return redirect(page)
    with snapshot() as session:
        counts = count_outcomes(session, bulk)
        undoable = counts.done and not counts.waiting and can_undo(session, bulk)
    return {
        "text": said(bulk, counts),
        "page": page,
        "undo": url_for("capture.undo_bulk", bulk_id=bulk.id) if undoable else None,
        "failed": counts.failed,
        "waiting": counts.waiting,
    }


@pages.app_template_global()
def said(bulk: Bulk, counts: Counts) -> str:
    """Say in one line what became of many items."""
    done = f"{counts.done} {SAID[bulk.action] if bulk.undo_of_id is None else 'put back'}"
    others = ((counts.failed, "failed"), (counts.skipped, "skipped"), (counts.waiting, "to go"))
    told = [f"{number} {what}" for number, what in others if number]
    return ", ".join([done, *told] if counts.done or not told else told) + "."
