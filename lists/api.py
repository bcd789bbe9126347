"""Lists and their refreshing under /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from auth.access import needs
from capture.api import acting
from capture.entries.strays import Stray, find_strays, remap
from core.db import LARGEST_ID, snapshot, transaction
from core.errors import Incomplete, NotFound
from kashflow.ledger import ListKind
from lists.jobs import refresh_lists
from lists.models import Entry, RefreshState
from lists.refreshing import RefreshRunning, request_refresh
from lists.results import get_progress
from worker import enqueue

api = Blueprint("lists_api", __name__)
PAGE = 500
MOST = 5000


@api.post("/lists/refresh")
@needs("refresh")
def start_refresh() -> ResponseReturnValue:
    """Fetch the lists again, all of them or those named in ``lists``."""
    given = request.get_json(silent=True) or {}
    names = given.get("lists") or [] if isinstance(given, dict) else None
    if not isinstance(names, list):
        raise Incomplete("Send a JSON object; “lists” is a list of names.", field="lists")
    wanted = [parse_list(str(name)) for name in names]
    accepts_empty = given.get("accept_empty") is True
    try:
        with transaction() as session:
            refresh = request_refresh(
                session, g.connection_id, who=g.user.name or g.user.email, wanted=wanted, accepts_empty=accepts_empty
            )
    except RefreshRunning as running:
        error = {"code": running.code, "message": str(running), "fields": []}
        return jsonify(error=error, refresh=running.refresh_id), 409
    enqueue(refresh_lists, refresh.id)
    return jsonify(refresh=refresh.id), 202


@api.get("/refreshes/<int:refresh_id>")
def show_refresh(refresh_id: int) -> ResponseReturnValue:
    """Tell how far a refresh is and what it altered."""
    with snapshot() as session:
        progress = get_progress(session, g.connection_id, refresh_id)
    counts = {
        row.list_kind: {"added": row.added, "changed": row.changed, "inactive": row.inactive}
        for row in progress.rows
        if row.state is RefreshState.DONE
    }
    problems = [
        {"list": row.list_kind, "code": row.problem_code, "message": row.problem}
        for row in progress.rows
        if row.problem_code
    ]
    return jsonify(id=refresh_id, state=progress.refresh.state, counts=counts, problems=problems)


@api.get("/lists/<kind>")
def show_list(kind: str) -> ResponseReturnValue:
    """Give one page of a list's entries, inactive ones too, in the order of their ids."""
    list_kind = parse_list(kind)
    after, limit = request.args.get("after", "0"), request.args.get("limit", str(PAGE))
    if not after.isdecimal() or not limit.isdecimal():
        raise Incomplete("“limit” and “after” are whole numbers.", field="limit")
    size = max(1, min(int(limit), MOST))
    wanted = select(Entry).where(
        Entry.connection_id == g.connection_id, Entry.list_kind == list_kind, Entry.id > min(int(after), LARGEST_ID)
    )
    with snapshot() as session:
        rows = list(session.scalars(wanted.order_by(Entry.id).limit(size + 1)))
    following = rows[size - 1].id if len(rows) > size else None
    return jsonify(entries=[describe_entry(entry) for entry in rows[:size]], next=following)


@api.get("/lists/remap")
def show_strays() -> ResponseReturnValue:
    """Give what rules, items and settings use although it is gone, with what is likely to take its place."""
    with snapshot() as session:
        strays = find_strays(session, g.connection_id)
    return jsonify(strays=[_describe_stray(stray) for stray in strays])


def _describe_stray(stray: Stray) -> dict[str, Any]:
    return {
        "list": stray.entry.list_kind,
        "entry": describe_entry(stray.entry),
        "uses": {"rules": stray.rules, "items": stray.items, "settings": stray.settings},
        "suggested": describe_entry(stray.suggested) if stray.suggested else None,
    }


@api.post("/lists/remap")
@needs("rules")
def save_remap() -> ResponseReturnValue:
    """Put the chosen entries in the place of those that are gone, everywhere, as one step."""
    chosen = _read_mapping(request.get_json(silent=True))
    with transaction() as session:
        done = remap(session, g.connection_id, chosen, acting())
    return jsonify(entries=done.entries, rules=done.rules, items=done.items)


def _read_mapping(given: object) -> dict[int, int]:
    pairs = given.get("mapping") if isinstance(given, dict) else None
    try:
        chosen = {pair["from"]: pair["to"] for pair in pairs or ()}
    except (TypeError, KeyError):
        chosen = {}
    if not chosen or not all(type(each) is int for pair in chosen.items() for each in pair):
        raise Incomplete("Send a JSON object; “mapping” is a list of {“from”: id, “to”: id}.", field="mapping")
    return {old: min(new, LARGEST_ID) for old, new in chosen.items()}


def parse_list(name: str) -> ListKind:
    """Read the name of a list.

    Raises:
        NotFound: there is no such list.
    """
    try:
        return ListKind(name)
    except ValueError as error:
        raise NotFound(f"There is no list “{name}”.") from error


def describe_entry(entry: Entry) -> dict[str, Any]:
    """Give one entry as the interface shows it."""
    return {
        "id": entry.id,
        "remote_id": entry.remote_id,
        "code": entry.plain_code,
        "name": entry.name,
        "active": entry.active,
        "kinds": entry.kinds,
        "percent": None if entry.percent is None else format(entry.percent.normalize(), "f"),
        "parent": entry.parent_id,
        "details": entry.details,
    }
