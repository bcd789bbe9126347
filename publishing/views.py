"""Publishing from the item page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import object_session

from auth.access import may, needs
from capture.api import acting
from capture.models import Item
from capture.service import get_item
from core.db import snapshot, transaction
from core.errors import Conflict, Incomplete
from kashflow.errors import LedgerError
from kashflow.ledger import Kind
from kashflow.models import Connection, ConnectionState
from kashflow.service import get_connection
from publishing.asking import ask_to_publish, list_asked
from publishing.changes import attach_again, cancel_item, resend_item, undo_item
from publishing.choices import deny_item, link_item, look_now
from publishing.drift import accept_theirs
from publishing.jobs import holding, ledger_of, send_due
from publishing.news import MOST_SINGLE, count_waiting, last_event, news_since
from publishing.progress import document_of, steps_of
from publishing.rows import SqlRows
from publishing.service import Anyway, queue_item
from publishing.showing import Publication, find_publication, warn_of_outage
from worker import enqueue

pages = Blueprint("publishing", __name__)


@pages.app_template_global()
def can_publish() -> bool:
    """Tell whether the person may publish, and there is a KashFlow to publish to (D5)."""
    return may("publish") and g.connection.state not in {ConnectionState.NOT_CONNECTED, ConnectionState.DISABLED}


@pages.post("/items/<int:item_id>/publish")
@needs("publish")
def publish_item(item_id: int) -> ResponseReturnValue:
    """Queue one item for publishing."""
    anyway = _anyway()
    return _do(item_id, "Queued. The result will show on the item.", queue_item, anyway=anyway)


@pages.post("/items/<int:item_id>/ask")
@needs("review")
def ask(item_id: int) -> ResponseReturnValue:
    """Ask administrators to publish an item (PUB-17)."""
    return _do(item_id, "Asked. Administrators see it on their overview.", ask_to_publish)


@pages.post("/items/<int:item_id>/resend")
@needs("publish")
def resend(item_id: int) -> ResponseReturnValue:
    """Send an item's changes, or what was refused or given up."""
    return _do(item_id, "Queued. The result will show on the item.", resend_item, anyway=_anyway())


@pages.post("/items/<int:item_id>/attach")
@needs("publish")
def attach(item_id: int) -> ResponseReturnValue:
    """Send an item's file again."""
    return _do(item_id, "The file is sent again.", attach_again)


@pages.post("/items/<int:item_id>/cancel")
@needs("publish")
def cancel(item_id: int) -> ResponseReturnValue:
    """Take a publication back of which nothing was sent."""
    return _do(item_id, "Taken back. Nothing was sent.", cancel_item)


@pages.post("/items/<int:item_id>/look")
@needs("publish")
def look(item_id: int) -> ResponseReturnValue:
    """Ask KashFlow at once."""
    return _do(item_id, "KashFlow is asked now.", look_now)


@pages.post("/items/<int:item_id>/absent")
@needs("publish")
def deny(item_id: int) -> ResponseReturnValue:
    """Take it that the item is not in KashFlow."""
    return _do(item_id, "Noted. The item can be published again.", deny_item)


@pages.post("/items/<int:item_id>/link")
@needs("publish")
def link(item_id: int) -> ResponseReturnValue:
    """Take a document in KashFlow for the item's."""
    number = request.form.get("number", "").strip()
    try:
        with holding(g.connection_id):
            link_item(lambda: ledger_of(g.connection_id), g.connection_id, item_id, number, acting())
    except (Conflict, Incomplete, LedgerError) as error:
        flash(f"{error.code}: {error}", "danger")
    else:
        enqueue(send_due, g.connection_id)
        flash(f"Linked to number {number}.")
    return _back(item_id)


@pages.get("/items/<int:item_id>/undo")
@needs("publish")
def show_undo(item_id: int) -> ResponseReturnValue:
    """Show the KashFlow record that undoing would delete."""
    with snapshot() as session:
        item = get_item(session, g.connection_id, item_id)
        document = document_of(steps_of(session, item))
    found, problem = None, None
    if document is not None and document.remote_number:
        try:
            with holding(g.connection_id):
                found = ledger_of(g.connection_id).find_document(item.kind, document.remote_number)
        except (Conflict, LedgerError) as error:
            problem = str(error)
    is_ours = found is not None and document is not None and found.remote_id == document.remote_id
    return render_template("publishing/undo.html", item=item, found=found if is_ours else None, problem=problem)


@pages.post("/items/<int:item_id>/undo")
@needs("publish")
def undo(item_id: int) -> ResponseReturnValue:
    """Delete the item's document in KashFlow, and open the item again."""
    return _do(item_id, "KashFlow is asked to delete it. The item opens again once it is gone.", undo_item)


@pages.post("/items/<int:item_id>/accept")
@needs("publish")
def accept(item_id: int) -> ResponseReturnValue:
    """Take over what KashFlow has."""
    return _do(item_id, "Taken over from KashFlow.", accept_theirs)


@pages.get("/items/<int:item_id>/ledger")
@needs("publish")
def open_in_kashflow(item_id: int) -> ResponseReturnValue:
    """Open KashFlow: the document itself where KashFlow gives its address, else signed in, by a link for one use."""
    with snapshot() as session:
        get_item(session, g.connection_id, item_id)
    with holding(g.connection_id):
        return redirect(ledger_of(g.connection_id).remote_login_url())


@pages.get("/sent")
def show_news() -> ResponseReturnValue:
    """Give what became of the person's publishes since an event (H32, H33); without one, from which to ask on."""
    since = request.args.get("since", type=int)
    with snapshot() as session:
        waiting = count_waiting(session, g.user)
        if since is not None and waiting > MOST_SINGLE:  # many are told in one message, when nearly all have ended
            return jsonify(at=since, waiting=waiting, news=[])
        found = [] if since is None else news_since(session, g.user, since)
        return jsonify(at=last_event(session), waiting=waiting, news=[vars(each) for each in found])


@pages.get("/items/<int:item_id>/ledger/document")
@needs("publish")
def open_document(item_id: int) -> ResponseReturnValue:
    """Open an item's document in KashFlow, where KashFlow tells its address; else open KashFlow, signed in."""
    with snapshot() as session:
        item = get_item(session, g.connection_id, item_id)
        document = document_of(steps_of(session, item))
        contact_id = SqlRows(session).contact_id(document) if document is not None else 0
    ledger = ledger_of(g.connection_id)
    if document is None or not document.remote_id:
        return redirect(ledger.remote_login_url())
    if item.kind is Kind.COST:
        there = ledger.documents(item.kind, contact_id)
    else:  # the list of a customer tells no addresses, that of a day does
        day = date.fromisoformat(document.payload["issued_on"])
        there = ledger.documents_between(item.kind, day, day)
    address = next((each.permalink for each in there if each.remote_id == document.remote_id), None)
    return redirect(address if address and urlsplit(address).scheme == "https" else ledger.remote_login_url())


@pages.app_template_global()
def asked_items() -> list[tuple[Item, str]]:
    """Give what the person is asked to publish."""
    if not may("publish"):
        return []
    with snapshot() as session:
        return list_asked(session, g.connection_id)


@pages.app_template_global()
def publication_of(item: Item) -> Publication | None:
    """Give how far an item's publication is."""
    session = object_session(item)
    assert session is not None  # noqa: S101 - pages are rendered within the session that read the item
    return find_publication(session, item)


@pages.app_template_global()
def outage_of(connection: Connection) -> str:
    """Say that KashFlow does not answer, nothing while it does."""
    if connection.unreachable_since is None:
        return ""
    with snapshot() as session:
        return warn_of_outage(session, connection)


@pages.post("/connections/<int:connection_id>/try")
@needs("publish")
def try_now(connection_id: int) -> ResponseReturnValue:
    """Try KashFlow at once, which did not answer before."""
    with transaction() as session:
        get_connection(session, g.organisation_id, connection_id).retry_at = None
    enqueue(send_due, connection_id)
    flash("KashFlow is tried now. This page shows how it goes.")
    return redirect(url_for("capture.show_overview"))


def _do(item_id: int, said: str, act: Callable[..., Item], **more: Any) -> ResponseReturnValue:  # noqa: ANN401
    try:
        with transaction() as session:
            act(session, g.connection_id, item_id, acting(), **more)
    except (Conflict, Incomplete, LedgerError) as error:
        flash(f"{error.code}: {error}", "danger")
    else:
        enqueue(send_due, g.connection_id)
        flash(said)
    return _back(item_id)


def _back(item_id: int) -> ResponseReturnValue:
    return redirect(url_for("capture.show_item", item_id=item_id))


def _anyway() -> Anyway | None:
    reason = request.form.get("anyway", "").strip()
    return Anyway(reason) if reason else None
