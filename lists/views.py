"""The lists that came from KashFlow: each with its search, their refreshing, and what is linked to what."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import needs
from capture.api import acting
from capture.entries.strays import find_strays, remap
from capture.lessons.telling import told_lessons
from core.db import snapshot, transaction
from core.errors import Incomplete
from kashflow.ledger import ListKind
from lists.api import parse_list
from lists.jobs import refresh_lists
from lists.links import read_links, save_links, show_method_links
from lists.refreshing import RefreshRunning, request_refresh
from lists.results import get_progress, last_of_each, latest_progress, list_refreshes
from lists.service import (
    GONE,
    LABELS,
    PARTY_LISTS,
    Search,
    count_entries,
    find_names,
    get_entry,
    list_entries,
    names_of,
    search_entries,
)
from worker import enqueue

pages = Blueprint("lists", __name__)
HELP = {
    ListKind.CATEGORIES: "KashFlow's nominal codes, under the names people pick them by.",
    ListKind.VAT_RATES: "By their percent. Exempt is one of them: it is not the same as 0%.",
    ListKind.PRODUCTS: "Account codes that things are sold or bought under, and the products under each: they always "
    "come together.",
    ListKind.PAYMENT_METHODS: "KashFlow keeps those for costs and those for sales apart.",
}
CHOICES = {"active": True, "inactive": False, "all": None}


@pages.get("/lists")
def show_lists() -> ResponseReturnValue:
    """Show every list with its count, how its last refresh went, and what is used but gone."""
    with snapshot() as session:
        return render_template(
            "lists/lists.html",
            labels=LABELS,
            counts=count_entries(session, g.connection_id),
            progress=latest_progress(session, g.connection_id),
            results=last_of_each(session, g.connection_id),
            strays=find_strays(session, g.connection_id),
        )


@pages.post("/lists/refresh")
@needs("refresh")
def start_refresh() -> ResponseReturnValue:
    """Fetch the lists again, or one of them."""
    wanted = [parse_list(name) for name in request.form.getlist("list")]
    accepts_empty = bool(request.form.get("accept_empty")) and bool(wanted)
    try:
        with transaction() as session:
            who = g.user.name or g.user.email
            refresh = request_refresh(session, g.connection_id, who=who, wanted=wanted, accepts_empty=accepts_empty)
    except RefreshRunning as running:
        flash(f"{running.code}: {running}", "info")
        return redirect(url_for("lists.show_refresh", refresh_id=running.refresh_id))
    enqueue(refresh_lists, refresh.id)
    if len(wanted) == 1:
        return redirect(url_for("lists.show_list", kind=wanted[0]))
    return redirect(url_for("lists.show_lists"))


@pages.get("/refreshes/<int:refresh_id>")
def show_refresh(refresh_id: int) -> ResponseReturnValue:
    """Show what a refresh brought: for each list what was added, changed from what to what, and turned inactive."""
    with snapshot() as session:
        progress = get_progress(session, g.connection_id, refresh_id)
        others = list_refreshes(session, g.connection_id)
        return render_template("lists/refresh.html", labels=LABELS, progress=progress, others=others)


@pages.get("/lists/<kind>/choices")
def show_choices(kind: str) -> ResponseReturnValue:
    """Give the names of a list that begin like, or hold, the typed letters."""
    with snapshot() as session:
        return {"names": find_names(session, g.connection_id, parse_list(kind), request.args.get("q", ""))}


@pages.get("/lists/<kind>")
def show_list(kind: str) -> ResponseReturnValue:
    """Show one list."""
    return _list_page(parse_list(kind))


@pages.get("/suppliers")
def show_suppliers() -> ResponseReturnValue:
    """Show the suppliers."""
    return _list_page(ListKind.SUPPLIERS)


@pages.get("/customers")
def show_customers() -> ResponseReturnValue:
    """Show the customers."""
    return _list_page(ListKind.CUSTOMERS)


def _list_page(kind: ListKind) -> ResponseReturnValue:
    chosen = request.args.get("show", "active")
    after = request.args.get("after", type=int)
    search = Search(text=request.args.get("q", ""), active=CHOICES.get(chosen, True), after=after)
    with snapshot() as session:
        entries = search_entries(session, g.connection_id, kind, search)
        following = entries[search.limit - 1].id if len(entries) > search.limit else None
        counts = count_entries(session, g.connection_id)
        return render_template(
            "lists/list.html",
            kind=kind,
            label=LABELS[kind],
            help=HELP.get(kind),
            entries=entries[: search.limit],
            products=names_of(session, {each.parent_id for each in entries if each.parent_id}),
            following=following,
            search=search,
            chosen=chosen,
            active_count=counts.get((kind, True), 0),
            inactive_count=counts.get((kind, False), 0),
            last=last_of_each(session, g.connection_id).get(kind),
            links=show_method_links(session, g.connection_id) if kind is ListKind.PAYMENT_METHODS else {},
        )


@pages.get("/lists/<kind>/<int:entry_id>")
def show_entry(kind: str, entry_id: int) -> ResponseReturnValue:
    """Show one entry as KashFlow has it."""
    list_kind = parse_list(kind)
    with snapshot() as session:
        entry = get_entry(session, g.connection_id, list_kind, entry_id)
        parent = get_entry(session, g.connection_id, list_kind, entry.parent_id) if entry.parent_id else None
        return render_template(
            "lists/entry.html",
            kind=list_kind,
            label=LABELS[list_kind],
            entry=entry,
            parent=parent,
            lessons=told_lessons(session, entry) if list_kind in PARTY_LISTS.values() else [],
        )


@pages.get("/lists/links")
def show_links() -> ResponseReturnValue:
    """Show from which bank account each payment method pays, and which card tells it."""
    return _links_page()


def _links_page(error: Incomplete | None = None) -> ResponseReturnValue:
    with snapshot() as session:
        page = render_template(
            "lists/links.html",
            methods=list_entries(session, g.connection_id, ListKind.PAYMENT_METHODS),
            accounts=list_entries(session, g.connection_id, ListKind.BANK_ACCOUNTS, with_inactive=True),
            links=show_method_links(session, g.connection_id),
            gone=GONE,
            error=error,
        )
    return page, 422 if error else 200


@pages.post("/lists/links")
@needs("settings")
def save_all_links() -> ResponseReturnValue:
    """Save all rows together."""
    try:
        with transaction() as session:
            save_links(session, g.connection_id, read_links(request.form))
    except Incomplete as error:
        return _links_page(error)
    flash("Saved.")
    return redirect(url_for("lists.show_links"))


@pages.get("/lists/remap")
def show_remap() -> ResponseReturnValue:
    """Show what rules and items use although it is gone, with what could take its place."""
    with snapshot() as session:
        return render_template("lists/remap.html", strays=find_strays(session, g.connection_id), labels=LABELS)


@pages.post("/lists/remap")
@needs("rules")
def save_remap() -> ResponseReturnValue:
    """Put the chosen entries in the place of those that are gone, everywhere, as one step."""
    given = {name.removeprefix("to-"): value for name, value in request.form.items() if name.startswith("to-")}
    chosen = {int(old): int(new) for old, new in given.items() if old.isdecimal() and new.isdecimal()}
    with transaction() as session:
        done = remap(session, g.connection_id, chosen, acting())
    flash(f"{done.entries} mapped: {done.rules} rules and {done.items} items use the new ones.")
    return redirect(url_for("lists.show_lists"))
