"""Splitting items, merging them, and undoing either under /api/v1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import needs
from capture.api import acting, api, describe_item, given_object
from capture.jobs import read_waiting_item
from capture.models import Item
from capture.regrouping.forms import parse_parts
from capture.regrouping.places import from_proposal
from capture.regrouping.service import get_items, get_regrouping, merge_items, split_item, undo_regrouping
from capture.service import check_version, get_item
from core.db import transaction
from core.errors import Incomplete
from worker import enqueue


@api.post("/items/<int:item_id>/split")
@needs("review")
def split(item_id: int) -> ResponseReturnValue:
    """Split an item into ``parts``, each a list of its pages; where none are sent, as it was proposed (CAP-5)."""
    given = given_object(optional=True)
    with transaction() as session:
        item = get_item(session, g.connection_id, item_id)
        check_version(item, request.headers.get("If-Match", ""))
        parts = parse_parts(given["parts"]) if "parts" in given else from_proposal(item.proposal)
        answer, ids = _regrouped(session, split_item(session, item, parts, acting()))
    wake(ids)
    return answer


@api.post("/items/merge")
@needs("review")
def merge() -> ResponseReturnValue:
    """Make one item of those named by ``items``, their pages in this order."""
    ids = given_object().get("items")
    if not isinstance(ids, list) or not all(type(each) is int for each in ids):
        raise Incomplete("Send the ids of the items under “items”.", field="items")
    with transaction() as session:
        made = merge_items(session, get_items(session, g.connection_id, ids), acting())
        answer, ids = _regrouped(session, [made])
    wake(ids)
    return answer


@api.post("/regroupings/<int:regrouping_id>/undo")
@needs("review")
def undo(regrouping_id: int) -> ResponseReturnValue:
    """Take a split or merge back."""
    with transaction() as session:
        regrouping = get_regrouping(session, g.connection_id, regrouping_id)
        answer, _ = _regrouped(session, undo_regrouping(session, regrouping, acting()))
    return answer


def wake(ids: Iterable[int]) -> None:
    """Let items be read that wait for it."""
    for item_id in ids:
        enqueue(read_waiting_item, item_id)


def _regrouped(session: Session, items: Sequence[Item]) -> tuple[ResponseReturnValue, list[int]]:
    """Give the answer that tells what was made or brought back, and the ids of these items."""
    told = jsonify(regrouping=items[0].made_by_id, items=[describe_item(session, item) for item in items])
    return (told, 202), [item.id for item in items]
