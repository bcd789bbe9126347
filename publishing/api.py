"""Publishing under /api/v1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import needs
from capture.api import acting, describe_item
from capture.models import Item
from capture.service import get_item
from core.db import snapshot, transaction
from core.errors import CounterfoilError, Incomplete
from publishing.changes import attach_again, cancel_item, resend_item, undo_item
from publishing.choices import deny_item, link_item, look_now
from publishing.drift import accept_theirs
from publishing.jobs import holding, ledger_of, send_due
from publishing.service import Anyway, queue_item
from worker import enqueue

api = Blueprint("publishing_api", __name__)
MOST_AT_ONCE = 1000


@api.post("/items/<int:item_id>/publish")
@needs("publish")
def publish_item(item_id: int) -> ResponseReturnValue:
    """Queue one item for publishing; with a reason under ``anyway`` even when the same document is there (PUB-9)."""
    reason = _given("anyway")
    return _do(lambda session: queue_item(session, g.connection_id, item_id, acting(), anyway=_anyway(reason)))


@api.post("/items/<int:item_id>/resend")
@needs("publish")
def resend_item_again(item_id: int) -> ResponseReturnValue:
    """Send what KashFlow lacks of an item; with a reason under ``anyway`` even over changes made there (PUB-18)."""
    reason = _given("anyway")
    return _do(lambda session: resend_item(session, g.connection_id, item_id, acting(), anyway=_anyway(reason)))


@api.post("/items/<int:item_id>/undo")
@needs("publish")
def undo_publish(item_id: int) -> ResponseReturnValue:
    """Delete a published item's document in KashFlow, and open the item again."""
    return _do(lambda session: undo_item(session, g.connection_id, item_id, acting()))


@api.post("/items/<int:item_id>/cancel")
@needs("publish")
def cancel_publish(item_id: int) -> ResponseReturnValue:
    """Take a publication back of which nothing was sent."""
    return _do(lambda session: cancel_item(session, g.connection_id, item_id, acting()))


@api.post("/items/<int:item_id>/look")
@needs("publish")
def look_for_item(item_id: int) -> ResponseReturnValue:
    """Ask KashFlow for an unconfirmed item at once."""
    return _do(lambda session: look_now(session, g.connection_id, item_id, acting()))


@api.post("/items/<int:item_id>/absent")
@needs("publish")
def deny_publish(item_id: int) -> ResponseReturnValue:
    """Take it that the item is not in KashFlow."""
    return _do(lambda session: deny_item(session, g.connection_id, item_id, acting()))


@api.post("/items/<int:item_id>/attach")
@needs("publish")
def attach_file(item_id: int) -> ResponseReturnValue:
    """Send an item's file again."""
    return _do(lambda session: attach_again(session, g.connection_id, item_id, acting()))


@api.post("/items/<int:item_id>/accept")
@needs("publish")
def accept_ledger(item_id: int) -> ResponseReturnValue:
    """Take over what KashFlow has of a published item that was changed there."""
    return _do(lambda session: accept_theirs(session, g.connection_id, item_id, acting()))


@api.post("/items/<int:item_id>/link")
@needs("publish")
def link_document(item_id: int) -> ResponseReturnValue:
    """Take the document with this ``number`` in KashFlow for the item's."""
    with holding(g.connection_id):
        link_item(lambda: ledger_of(g.connection_id), g.connection_id, item_id, _given("number"), acting())
    enqueue(send_due, g.connection_id)
    with snapshot() as session:
        return jsonify(describe_item(session, get_item(session, g.connection_id, item_id))), 202


@api.post("/publish")
@needs("publish")
def publish_items() -> ResponseReturnValue:
    """Queue many items, named by ``items``; each has a result of its own, and none stops the others."""
    return publish_many(queue_item)


@api.post("/attach")
@needs("publish")
def attach_files() -> ResponseReturnValue:
    """Send the files of many items again, named by ``items`` (PUB-15)."""
    return publish_many(attach_again)


def publish_many(act: Callable[..., Item]) -> ResponseReturnValue:
    """Do one thing to each of the items that the request names."""
    given = request.get_json(silent=True)
    ids = given.get("items") if isinstance(given, dict) else None
    if not isinstance(ids, list) or not all(type(each) is int for each in ids) or len(ids) > MOST_AT_ONCE:
        raise Incomplete(f"Send at most {MOST_AT_ONCE} item ids under “items”.", field="items")
    results = [queue_one(act, each) for each in dict.fromkeys(ids)]
    enqueue(send_due, g.connection_id)
    return jsonify(results=results), 202


def queue_one(act: Callable[..., Item], item_id: int) -> dict[str, Any]:
    """Do it to one item, in a transaction of its own, and tell how that went."""
    try:
        with transaction() as session:
            item = act(session, g.connection_id, item_id, acting())
            return {"id": item_id, "state": item.state, "problem": None}
    except CounterfoilError as error:
        return {"id": item_id, "state": None, "problem": {"code": error.code, "message": str(error)}}


def _do(act: Callable[[Session], Item]) -> ResponseReturnValue:
    with transaction() as session:
        answer = jsonify(describe_item(session, act(session)))
    enqueue(send_due, g.connection_id)
    return answer, 202


def _given(name: str) -> str:
    given = request.get_json(silent=True) or {}
    if not isinstance(given, dict):
        raise Incomplete("Send a JSON object, or nothing.")
    return str(given.get(name) or "").strip()


def _anyway(reason: str) -> Anyway | None:
    return Anyway(reason) if reason else None
