"""The status page, and what monitors ask."""

from __future__ import annotations

import prometheus_client
from flask import Blueprint, Response, abort, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from auth.access import is_from_this_machine
from capture.intake.service import store
from core.db import snapshot
from publishing.operating.examining import Finding, examine

pages = Blueprint("operating", __name__)


@pages.get("/status")
def show_status() -> ResponseReturnValue:
    """Show how every part of the product is, and what to do about it."""
    findings = [*examine(g.organisation_id), _way_here()]
    wrong = sum(each.problem is not None for each in findings)
    return render_template("publishing/status.html", findings=findings, wrong=wrong)


def _way_here() -> Finding:
    """Tell whether others on the way can read what this browser sends."""
    if request.is_secure:
        return Finding("this page", "came over HTTPS")
    if is_from_this_machine():
        return Finding("this page", "came from this machine, over plain HTTP")
    text = (
        "it came over plain HTTP: whoever is on the way can read it, and take your session. Put a proxy with HTTPS in "
    )
    return Finding("this page", problem=f"{text}front (docs/operators.md).")


@pages.get("/healthz")
def show_life() -> ResponseReturnValue:
    """Tell that this process answers."""
    return jsonify(status="ok")


@pages.get("/readyz")
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


@pages.get("/metrics")
def show_metrics() -> ResponseReturnValue:
    """Give the figures of this process to a collector on this machine."""
    if not is_from_this_machine():
        abort(404)
    return Response(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST)
