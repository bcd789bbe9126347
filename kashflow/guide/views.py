"""Connecting in plain steps: in KashFlow, the login, the result with the first refresh, the questions."""

from __future__ import annotations

import json

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import needs
from capture.api import acting
from core.config import current
from core.db import snapshot, transaction
from core.errors import Incomplete
from core.secrets import make_vault
from kashflow.address import own_address
from kashflow.connecting import AnotherOrganisation, connect
from kashflow.errors import ConnectionFault, Unavailable
from kashflow.forms import read_login
from kashflow.models import Connection
from kashflow.service import Login, NotConnected, get_connection, kept_login, make_connection, rename
from kashflow.views import asked
from lists.jobs import begin_refresh, recode_open_items
from lists.results import latest_progress
from lists.service import LABELS, leave_entries
from lists.settings import read_answers, save_answers
from publishing.recall import recall_queued
from worker import enqueue

pages = Blueprint("guide", __name__, url_prefix="/connections/<int:connection_id>")


@pages.get("/connect")
@needs("connect")
def show_steps(connection_id: int) -> ResponseReturnValue:
    """Say what to do in KashFlow first."""
    found = _found(connection_id)
    return render_template("kashflow/steps.html", found=found, address=own_address(current().kashflow_url))


@pages.get("/login")
@needs("connect")
def show_login(connection_id: int) -> ResponseReturnValue:
    """Ask for the login, once the steps are ticked as done."""
    found = _found(connection_id)
    if found.connected_at is None and not request.args.get("done"):
        return redirect(url_for("guide.show_steps", connection_id=connection_id))
    return _login_page(found)


def _login_page(found: Connection, error: Exception | None = None) -> ResponseReturnValue:
    page = render_template(
        "kashflow/login.html",
        found=found,
        kept=kept_login(found),
        error=error,
        code=getattr(error, "code", None),
        wrong=getattr(error, "field", None),
        address=getattr(error, "address", None),
    )
    return page, 422 if error else 200


@pages.post("/login")
@needs("connect")
def save_login(connection_id: int) -> ResponseReturnValue:
    """Try the login once, and keep it when it works."""
    found = _found(connection_id)
    if found.connected_at is None and not request.form.get("done"):
        return redirect(url_for("guide.show_steps", connection_id=connection_id))
    try:
        login = read_login(request.form, kept_login(found))
        if "name" in request.form:
            with transaction() as session:
                rename(session, get_connection(session, g.organisation_id, connection_id), request.form["name"])
        connect(g.organisation_id, connection_id, login, who=g.user.email)
    except AnotherOrganisation as other:
        kept = json.dumps({"company": other.company.name, "login": vars(login)})
        sealed = make_vault(current()).seal(_pending(connection_id), kept)
        return render_template("kashflow/other.html", found=found, other=other, sealed=sealed), 422
    except (Incomplete, ConnectionFault, Unavailable, NotConnected) as error:
        return _login_page(_found(connection_id), error)
    return _go_on(connection_id, first=found.connected_at is None)


@pages.post("/other")
@needs("connect")
def settle_other(connection_id: int) -> ResponseReturnValue:
    """Use a login of another organisation: for a new connection of its own, or for this one, mapping its lists."""
    sealed = request.form.get("sealed", "")
    kept = json.loads(make_vault(current()).open(_pending(_found(connection_id).id), sealed))
    if request.form.get("choice") == "new":
        with transaction() as session:
            connection_id = make_connection(session, g.organisation_id, name=kept["company"]).id
    try:
        connect(g.organisation_id, connection_id, Login(**kept["login"]), who=g.user.email, leave_old=leave_old)
    except (ConnectionFault, Unavailable) as error:
        return _login_page(_found(connection_id), error)
    return _go_on(connection_id, first=True)


def leave_old(session: Session, connection: Connection) -> None:
    """Put away what belongs to the organisation that a connection leaves: its lists, and what is queued for it."""
    leave_entries(session, connection.id)
    recall_queued(session, connection.id, acting())


def _go_on(connection_id: int, *, first: bool) -> ResponseReturnValue:
    """Let what was held go on, and after connecting fetch the lists; after reconnecting they stay as they are."""
    enqueue("publishing.jobs.send_due", connection_id)
    if first:
        begin_refresh(connection_id, g.user.name or g.user.email)
        return redirect(url_for("guide.show_connected", connection_id=connection_id, connection=connection_id))
    flash(f"Reconnected to {_found(connection_id).company}. What was waiting goes on.")
    return redirect(url_for("kashflow.show_connection", connection_id=connection_id))


@pages.get("/connected")
@needs("connect")
def show_connected(connection_id: int) -> ResponseReturnValue:
    """Show the result, and how far the first refresh is."""
    with snapshot() as session:
        found = get_connection(session, g.organisation_id, connection_id)
        progress = latest_progress(session, connection_id)
        return render_template("kashflow/connected.html", found=found, progress=progress, labels=LABELS)


@pages.get("/questions")
@needs("connect")
def show_questions(connection_id: int) -> ResponseReturnValue:
    """Ask what is to be filled in and how it is to be published."""
    found = _found(connection_id)
    return render_template("kashflow/questions.html", found=found, **asked(found))


@pages.post("/questions")
@needs("connect")
def save_questions(connection_id: int) -> ResponseReturnValue:
    """Save the answers and finish."""
    try:
        with transaction() as session:
            save_answers(session, get_connection(session, g.organisation_id, connection_id), read_answers(request.form))
    except Incomplete as error:
        found = _found(connection_id)
        return render_template("kashflow/questions.html", found=found, **asked(found, error)), 422
    enqueue(recode_open_items, connection_id)
    flash("All set. Drop your first receipt.")
    return redirect(url_for("capture.show_costs", connection=connection_id))


def _found(connection_id: int) -> Connection:
    with snapshot() as session:
        return get_connection(session, g.organisation_id, connection_id)


def _pending(connection_id: int) -> str:
    return f"connection:{connection_id}:pending"
