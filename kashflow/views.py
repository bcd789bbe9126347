"""Connections: how they are, connecting and reconnecting."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import needs
from core.db import snapshot
from kashflow.connecting import connect
from kashflow.errors import ConnectionFault, Unavailable
from kashflow.service import Login, get_connection, list_connections
from lists.jobs import begin_refresh

pages = Blueprint("kashflow", __name__)


@pages.get("/connections")
@needs("connect")
def show_connections() -> ResponseReturnValue:
    """Show every connection and its state."""
    with snapshot() as session:
        return render_template("kashflow/connections.html", connections=list_connections(session, g.organisation_id))


@pages.get("/connections/<int:connection_id>/connect")
@needs("connect")
def show_connect(connection_id: int) -> ResponseReturnValue:
    """Ask for the login."""
    with snapshot() as session:
        found = get_connection(session, g.organisation_id, connection_id)
    return render_template("kashflow/connect.html", found=found, username=found.username or "", problem=None)


@pages.post("/connections/<int:connection_id>/connect")
@needs("connect")
def save_connect(connection_id: int) -> ResponseReturnValue:
    """Try the login and keep it when it works."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    key = request.form.get("autoauth_key", "").strip() or None
    with snapshot() as session:
        found = get_connection(session, g.organisation_id, connection_id)
    problem: str | None = "KashFlow needs a user name and a password."
    if username and password:
        try:
            company = connect(g.organisation_id, connection_id, Login(username, password, key))
        except (ConnectionFault, Unavailable) as error:
            problem = f"{error.code}: {error}"
        else:
            begin_refresh(connection_id, g.user.name or g.user.email)
            flash(f"Connected to {company.name}. The lists are coming in; allow a minute.")
            return redirect(url_for("lists.show_lists", connection=connection_id))
    return render_template("kashflow/connect.html", found=found, username=username, problem=problem), 422
