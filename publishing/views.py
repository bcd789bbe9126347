"""Publishing from the item page."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import needs
from capture.api import acting
from core.db import transaction
from publishing.jobs import send_due
from publishing.service import AlreadyQueued, Anyway, FieldMissing, NotConnectedYet, queue_item, retry_item
from worker import enqueue

pages = Blueprint("publishing", __name__)


@pages.post("/items/<int:item_id>/publish")
@needs("publish")
def publish_item(item_id: int) -> ResponseReturnValue:
    """Queue one item for publishing."""
    reason = request.form.get("anyway", "").strip()
    try:
        with transaction() as session:
            queue_item(session, g.connection_id, item_id, acting(), anyway=Anyway(reason) if reason else None)
    except (FieldMissing, AlreadyQueued, NotConnectedYet) as error:
        flash(f"{error.code}: {error}", "danger")
    else:
        enqueue(send_due, g.connection_id)
        flash("Queued. The result will show on the item.")
    return redirect(url_for("capture.show_item", item_id=item_id))


@pages.post("/items/<int:item_id>/resend")
@needs("publish")
def resend_item(item_id: int) -> ResponseReturnValue:
    """Try again what was refused or given up."""
    try:
        with transaction() as session:
            retry_item(session, g.connection_id, item_id, acting())
    except (FieldMissing, AlreadyQueued, NotConnectedYet) as error:
        flash(f"{error.code}: {error}", "danger")
    else:
        enqueue(send_due, g.connection_id)
        flash("Trying again. The result will show on the item.")
    return redirect(url_for("capture.show_item", item_id=item_id))
