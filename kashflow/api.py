"""The connection under /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from auth.access import needs
from auth.trail import record
from core.db import snapshot, transaction
from core.errors import Incomplete
from kashflow.connecting import check_connection, connect
from kashflow.forms import read_login
from kashflow.guide.views import leave_old
from kashflow.models import Connection
from kashflow.service import Login, get_connection, kept_login, rename
from lists.jobs import begin_refresh
from worker import enqueue

api = Blueprint("kashflow_api", __name__)


@api.get("/connection")
def show_connection() -> ResponseReturnValue:
    """Tell how the connection is."""
    with snapshot() as session:
        return jsonify(describe_connection(get_connection(session, g.organisation_id, g.connection_id)))


@api.put("/connection")
@needs("connect")
def put_connection() -> ResponseReturnValue:
    """Change what is sent; with a login, test it and connect or reconnect."""
    given = request.get_json(silent=True)
    names = {"name", "username", "password", "autoauth_key"}
    if not isinstance(given, dict) or not set(given) <= {*names, "accept_organisation"}:
        raise Incomplete("Send a JSON object with any of name, username, password, autoauth_key, accept_organisation.")
    accepts = given.pop("accept_organisation", False)
    if not isinstance(accepts, bool):
        raise Incomplete("“accept_organisation” is true or false.", field="accept_organisation")
    for name, value in given.items():
        if not isinstance(value, str) and (name, value) != ("autoauth_key", None):
            raise Incomplete(f"“{name}” is a text.", field=name)
    if "name" in given:
        with transaction() as session:
            rename(session, get_connection(session, g.organisation_id, g.connection_id), given["name"])
            record(session, g.organisation_id, g.user.email, "connection changed", given["name"])
    if accepts or set(given) - {"name"}:
        _connect(_login(given), accepts=accepts)
    with snapshot() as session:
        return jsonify(describe_connection(get_connection(session, g.organisation_id, g.connection_id)))


def _connect(login: Login, *, accepts: bool) -> None:
    """Connect; when that moved the connection to another organisation, fetch its lists, for the old ones are left."""
    with snapshot() as session:
        era = get_connection(session, g.organisation_id, g.connection_id).era
    leave = leave_old if accepts else None
    connect(g.organisation_id, g.connection_id, login, who=g.user.email, leave_old=leave)
    enqueue("publishing.jobs.send_due", g.connection_id)
    with snapshot() as session:
        moved = get_connection(session, g.organisation_id, g.connection_id).era != era
    if moved:
        begin_refresh(g.connection_id, g.user.name or g.user.email)


@api.post("/connection/test")
@needs("connect")
def try_connection() -> ResponseReturnValue:
    """Test the saved login once."""
    check_connection(g.organisation_id, g.connection_id)
    with snapshot() as session:
        return jsonify(describe_connection(get_connection(session, g.organisation_id, g.connection_id)))


def describe_connection(connection: Connection) -> dict[str, Any]:
    """Give a connection as the interface shows it."""
    problem = {"code": connection.problem_code, "message": connection.problem} if connection.problem_code else None
    return {
        "id": connection.id,
        "name": connection.name,
        "state": connection.state,
        "organisation": connection.company,
        "username": connection.username,
        "last_refresh": connection.refreshed_at.isoformat() if connection.refreshed_at else None,
        "problem": problem,
    }


def _login(given: dict[str, str | None]) -> Login:
    with snapshot() as session:
        kept = kept_login(get_connection(session, g.organisation_id, g.connection_id))
    emptied = {"without_key": "1"} if given.get("autoauth_key", "stays") in {None, ""} else {}
    return read_login({name: text or "" for name, text in given.items()} | emptied, kept)
