"""Publishing under /api/v1."""

from __future__ import annotations

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from auth.access import needs
from capture.api import acting, describe_item
from core.db import transaction
from core.errors import Incomplete
from publishing.jobs import send_due
from publishing.service import Anyway, queue_item, retry_item
from worker import enqueue

api = Blueprint("publishing_api", __name__)


@api.post("/items/<int:item_id>/publish")
@needs("publish")
def publish_item(item_id: int) -> ResponseReturnValue:
    """Queue one item for publishing; with a reason under ``anyway`` even when the same document is there (PUB-9)."""
    given = request.get_json(silent=True) or {}
    if not isinstance(given, dict):
        raise Incomplete("Send a JSON object, or nothing.")
    reason = str(given.get("anyway") or "").strip()
    with transaction() as session:
        item = queue_item(session, g.connection_id, item_id, acting(), anyway=Anyway(reason) if reason else None)
        answer = jsonify(describe_item(session, item))
    enqueue(send_due, g.connection_id)
    return answer, 202


@api.post("/items/<int:item_id>/resend")
@needs("publish")
def resend_item(item_id: int) -> ResponseReturnValue:
    """Try again what was refused or given up of one item."""
    with transaction() as session:
        answer = jsonify(describe_item(session, retry_item(session, g.connection_id, item_id, acting())))
    enqueue(send_due, g.connection_id)
    return answer, 202
