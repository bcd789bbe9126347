"""The lists that came from KashFlow, and their refreshing."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from auth.access import needs
from core.db import snapshot, transaction
from lists.api import parse_list
from lists.jobs import refresh_lists
from lists.models import Entry, Refresh, RefreshedList
from lists.refreshing import RefreshRunning, request_refresh
from lists.service import LABELS, list_entries
from worker import enqueue

pages = Blueprint("lists", __name__)


@pages.get("/lists")
def show_lists() -> ResponseReturnValue:
    """Show every list with its count, and how the last refresh went."""
    with snapshot() as session:
        counted = select(Entry.list_kind, Entry.active, func.count()).where(Entry.connection_id == g.connection_id)
        rows = session.execute(counted.group_by(Entry.list_kind, Entry.active))
        counts = {(kind, active): number for kind, active, number in rows}
        last = session.scalars(
            select(Refresh).where(Refresh.connection_id == g.connection_id).order_by(Refresh.id.desc()).limit(1)
        ).first()
        fetched = session.scalars(select(RefreshedList).where(RefreshedList.refresh_id == (last.id if last else 0)))
        results = {row.list_kind: row for row in fetched}
        return render_template("lists/lists.html", labels=LABELS, counts=counts, last=last, results=results)


@pages.post("/lists/refresh")
@needs("refresh")
def start_refresh() -> ResponseReturnValue:
    """Fetch the lists again."""
    try:
        with transaction() as session:
            refresh_id = request_refresh(session, g.connection_id, who=g.user.name or g.user.email).id
    except RefreshRunning as running:
        flash(str(running), "info")
    else:
        enqueue(refresh_lists, refresh_id)
        flash("The lists are being refreshed. You can go on working; the result will show here.")
    return redirect(url_for("lists.show_lists"))


@pages.get("/lists/<kind>")
def show_list(kind: str) -> ResponseReturnValue:
    """Show one list."""
    list_kind = parse_list(kind)
    with snapshot() as session:
        entries = list_entries(session, g.connection_id, list_kind, with_inactive=True)
        return render_template("lists/list.html", label=LABELS[list_kind], entries=entries)
