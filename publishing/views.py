"""Publishing from the item page, and what operators ask of the whole product."""

from __future__ import annotations

import prometheus_client
from flask import Blueprint, Response, abort, flash, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from auth.access import is_from_this_machine, needs
from capture.api import acting
from capture.intake import store
from core.db import snapshot, transaction
from publishing.jobs import send_due
from publishing.service import AlreadyQueued, Anyway, FieldMissing, NotConnectedYet, queue_item, retry_item
from worker import enqueue

pages = Blueprint("publishing", __name__)
operators = Blueprint("operators", __name__)


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


@operators.get("/healthz")
def show_life() -> ResponseReturnValue:
    """Tell that this process answers."""
    return jsonify(status="ok")


@operators.get("/readyz")
def show_readiness() -> ResponseReturnValue:
    """Tell whether documents can come in, whatever the queue and KashFlow do."""
    problems = []
    try:
        with snapshot() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        problems.append("The database does not answer.")
    if not store().writable():
        problems.append("No file can be kept.")
    return jsonify(status="not ready" if problems else "ok", problems=problems), 503 if problems else 200


@operators.get("/metrics")
def show_metrics() -> ResponseReturnValue:
    """Give the figures of this process to a collector on this machine."""
    if not is_from_this_machine():
        abort(404)
    return Response(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST)
