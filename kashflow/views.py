"""Connections: all of them side by side, and one to manage."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import chosen_connection, needs, stay_on_connection
from auth.trail import record
from core.db import LARGEST_ID, snapshot, transaction
from core.errors import Incomplete, NotFound
from kashflow.connecting import AnotherOrganisation, check_connection
from kashflow.errors import ConnectionFault, Unavailable
from kashflow.forms import read_schedule
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection, Schedule
from kashflow.service import (
    NotConnected,
    disable,
    enable,
    get_connection,
    list_connections,
    make_connection,
    rename,
)
from lists.jobs import begin_refresh, recode_open_items
from lists.models import Defaults
from lists.service import GONE, find_defaults, get_entry, list_entries
from lists.settings import read_answers, save_answers
from worker import enqueue

pages = Blueprint("kashflow", __name__)
SCHEDULES = {Schedule.OFF: "Off", Schedule.TWO_HOURLY: "Every two hours", Schedule.DAILY: "Daily"}


def choose_connection(session: Session) -> Connection:
    """Give the connection that the address names, else the one that the pages of this session are about.

    Raises:
        NotFound: the address names none of this organisation.
    """
    named = request.args.get("connection", (request.view_args or {}).get("connection_id"))
    if named is None:
        with suppress(NotFound):  # the session is of a time before the organisation was changed
            return get_connection(session, g.organisation_id, chosen_connection())
        return get_connection(session, g.organisation_id)
    if not str(named).isdecimal() or int(named) > LARGEST_ID:
        raise NotFound("There is no such connection.")
    connection = get_connection(session, g.organisation_id, int(named))
    stay_on_connection(connection.id)
    return connection


@pages.get("/connections")
@needs("connect")
def show_connections() -> ResponseReturnValue:
    """Show every connection and its state."""
    with snapshot() as session:
        return render_template("kashflow/connections.html", connections=list_connections(session, g.organisation_id))


@pages.post("/connections")
@needs("connect")
def add_connection() -> ResponseReturnValue:
    """Make a further connection, and go on to connecting it."""
    try:
        with transaction() as session:
            connection = make_connection(session, g.organisation_id, name=request.form.get("name", ""))
    except Incomplete as error:
        with snapshot() as session:
            connections = list_connections(session, g.organisation_id)
        return render_template("kashflow/connections.html", connections=connections, problem=str(error)), 422
    return redirect(url_for("guide.show_steps", connection_id=connection.id))


@pages.get("/connections/<int:connection_id>")
@needs("connect")
def show_connection(connection_id: int) -> ResponseReturnValue:
    """Show one connection to manage."""
    return _manage(connection_id)


def _manage(connection_id: int, error: Incomplete | None = None) -> ResponseReturnValue:
    with snapshot() as session:
        found = get_connection(session, g.organisation_id, connection_id)
        page = render_template("kashflow/connection.html", found=found, schedules=SCHEDULES, **asked(found, error))
    return page, 422 if error else 200


def asked(connection: Connection, error: Incomplete | None = None) -> dict[str, Any]:
    """Give what the questions about a connection need: what can be chosen, what is, and what is wrong."""
    with snapshot() as session:
        defaults = {kind: find_defaults(session, connection.id, kind) or Defaults() for kind in Kind}
        categories = {kind: _categories(session, connection.id, kind, defaults[kind].category_id) for kind in Kind}
        rates = [entry.code for entry in list_entries(session, connection.id, ListKind.VAT_RATES)]
    wrong = {error.field or "": str(error)} if error else {}
    return {"categories": categories, "defaults": defaults, "rates": rates, "wrong": wrong, "kinds": list(Kind)}


def _categories(session: Session, connection_id: int, kind: Kind, chosen: int | None) -> list[tuple[int, str]]:
    """Give the categories to choose from, the chosen one among them even when it is gone, so that saving keeps it."""
    entries = list_entries(session, connection_id, ListKind.CATEGORIES, kind=kind)
    if chosen is not None and all(each.id != chosen for each in entries):
        entries.append(get_entry(session, connection_id, ListKind.CATEGORIES, chosen))
    return [(each.id, f"{each.code or ''} {each.name}{'' if each.active else GONE}".strip()) for each in entries]


@pages.post("/connections/<int:connection_id>")
@needs("connect")
def save_connection(connection_id: int) -> ResponseReturnValue:
    """Save a connection's settings."""
    try:
        with transaction() as session:
            found = get_connection(session, g.organisation_id, connection_id)
            rename(session, found, request.form.get("name", ""))
            found.schedule = read_schedule(request.form)
            save_answers(session, found, read_answers(request.form))
            record(session, g.organisation_id, g.user.email, "connection changed", found.name)
    except Incomplete as error:
        return _manage(connection_id, error)
    enqueue(recode_open_items, connection_id)
    flash("Saved.")
    return redirect(url_for("kashflow.show_connection", connection_id=connection_id))


@pages.post("/connections/<int:connection_id>/test")
@needs("connect")
def test_connection(connection_id: int) -> ResponseReturnValue:
    """Test the saved login once; when it works again, what was held goes on."""
    try:
        company = check_connection(g.organisation_id, connection_id)
    except ConnectionFault:
        flash("The test was refused.", "danger")  # the page itself says why
    except (Unavailable, AnotherOrganisation, NotConnected) as error:
        flash(f"{error.code}: {error}", "danger")
    else:
        enqueue("publishing.jobs.send_due", connection_id)
        flash(f"The connection works: {company.name}.")
    return redirect(url_for("kashflow.show_connection", connection_id=connection_id))


@pages.post("/connections/<int:connection_id>/vat")
@needs("connect")
def settle_vat(connection_id: int) -> ResponseReturnValue:
    """Publish VAT as KashFlow has it by now, or leave it as it is."""
    with transaction() as session:
        found = get_connection(session, g.organisation_id, connection_id)
        if request.form.get("choice") == "follow":
            found.publishes_vat = found.is_vat_registered
            record(session, g.organisation_id, g.user.email, "connection changed", f"{found.name}: VAT")
        found.vat_changed = False
    enqueue(recode_open_items, connection_id)
    flash(f"{found.name} publishes {'VAT' if found.publishes_vat else 'without VAT'}.")
    return redirect(url_for("kashflow.show_connection", connection_id=connection_id))


@pages.post("/connections/<int:connection_id>/refresh")
@needs("connect")
def refresh_connection(connection_id: int) -> ResponseReturnValue:
    """Fetch a connection's lists again."""
    with snapshot() as session:
        get_connection(session, g.organisation_id, connection_id)
    begin_refresh(connection_id, g.user.name or g.user.email)
    return redirect(url_for("lists.show_lists", connection=connection_id))


@pages.post("/connections/<int:connection_id>/disable")
@needs("connect")
def disable_connection(connection_id: int) -> ResponseReturnValue:
    """Let nothing be published or fetched by a connection."""
    with transaction() as session:
        found = get_connection(session, g.organisation_id, connection_id)
        disable(found)
        record(session, g.organisation_id, g.user.email, "connection disabled", found.name)
    flash(f"{found.name} is disabled. Its items, lists and rules are kept.")
    return redirect(url_for("kashflow.show_connection", connection_id=connection_id))


@pages.post("/connections/<int:connection_id>/enable")
@needs("connect")
def enable_connection(connection_id: int) -> ResponseReturnValue:
    """Let a disabled connection go on as it was; what waits is published."""
    with transaction() as session:
        found = get_connection(session, g.organisation_id, connection_id)
        enable(found)
        record(session, g.organisation_id, g.user.email, "connection enabled", found.name)
    enqueue("publishing.jobs.send_due", connection_id)
    flash(f"{found.name} is enabled again.")
    return redirect(url_for("kashflow.show_connection", connection_id=connection_id))


@pages.app_template_global()
def connections_here() -> list[Connection]:
    """Give the organisation's connections, for switching between them."""
    with snapshot() as session:
        return list_connections(session, g.organisation_id)
