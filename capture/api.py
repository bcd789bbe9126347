"""Documents in and items under /api/v1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import insist, needs
from capture.coding.facts import around_of
from capture.describing import describe_fields, describe_received, describe_submission
from capture.editing import Edits, edit_item, parse_edit, parse_line, parse_tax_line
from capture.fields import SPECS
from capture.history.events import Who
from capture.history.models import Actor
from capture.intake.service import Batch, File, batch_by, get_channel, receive
from capture.jobs import read_submission
from capture.models import Item, ItemState
from capture.service import Wanted, check_version, get_item, get_submission, list_items
from capture.status import archive, delete, restore
from capture.submissions.models import Mode
from capture.ways.models import Channel, ChannelKind
from core.db import LARGEST_ID, snapshot, transaction
from core.errors import Incomplete
from kashflow.ledger import Kind
from publishing.changes import clear_publication
from publishing.showing import describe_publication
from worker import enqueue

api = Blueprint("capture_api", __name__)
MOST_ITEMS = 200
Row = TypeVar("Row")
PATCHABLE = frozenset(SPECS) | {"lines", "tax_lines"}


@api.post("/documents")
@needs("submit")
def add_documents() -> ResponseReturnValue:
    """Take in one or more files."""
    sent = request.files.getlist("file")
    if not sent:
        raise Incomplete("Send one file or more in the field “file”.", field="file")
    with transaction() as session:
        channel = get_channel(session, g.organisation_id, ChannelKind.API, request.form.get("channel"))
        batch = chosen_batch(session, channel)
    files = (File(each.filename or "document", each.read()) for each in sent)  # one at a time in memory
    received = receive(files, batch, wake=partial(enqueue, read_submission))
    return jsonify(submissions=[describe_received(each) for each in received]), 202


@api.get("/submissions/<int:submission_id>")
def show_submission(submission_id: int) -> ResponseReturnValue:
    """Tell what became of one file."""
    with snapshot() as session:
        submission = get_submission(session, g.connection_id, submission_id)
        return jsonify(describe_submission(session, submission))


@api.get("/items")
def show_items() -> ResponseReturnValue:
    """Give one page of items, the newest first."""
    state = request.args.get("state") or None
    if state is not None and state not in {*ItemState, "archived", "deleted"}:
        raise Incomplete(f"There is no state “{state}”.", field="state")
    wanted = Wanted(
        kind=parse_kind(request.args.get("kind")),
        states=(ItemState(state),) if state in set(ItemState) else (),
        archived=state == "archived",
        deleted=state == "deleted",
        after=_whole("after", LARGEST_ID),
        limit=max(1, min(_whole("limit", 50), MOST_ITEMS)),
    )
    with snapshot() as session:
        items, following = list_items(session, g.connection_id, wanted)
        return jsonify(items=[describe_item(session, item) for item in items], next=following)


def _whole(name: str, default: int) -> int:
    """Read a number from the address; what is larger than any id is the largest."""
    given = request.args.get(name) or str(default)
    if not given.isdecimal():
        raise Incomplete(f"“{name}” is a whole number.", field=name)
    return min(int(given), LARGEST_ID)


@api.get("/items/<int:item_id>")
def show_item(item_id: int) -> ResponseReturnValue:
    """Give one whole item."""
    with snapshot() as session:
        return jsonify(describe_item(session, get_item(session, g.connection_id, item_id)))


@api.patch("/items/<int:item_id>")
@needs("review")
def change_item(item_id: int) -> ResponseReturnValue:
    """Change what is sent, and nothing else."""
    given = given_object()
    unknown = sorted(set(given) - PATCHABLE)
    if unknown:
        raise Incomplete(f"An item has no field {', '.join(unknown)} that can be changed.", field=unknown[0])
    with transaction() as session:
        item = get_item(session, g.connection_id, item_id)
        check_version(item, request.headers.get("If-Match", ""))
        if given:
            edit_item(session, item, parse_edits(session, item, given), acting())
        return jsonify(describe_item(session, item))


@api.post("/items/<int:item_id>/archive")
@needs("review")
def archive_item(item_id: int) -> ResponseReturnValue:
    """Put an item out of the way."""
    with transaction() as session:
        item = archive(session, g.connection_id, item_id, acting())
        return jsonify(describe_item(session, item)), 202


@api.delete("/items/<int:item_id>")
@needs("review")
def delete_item(item_id: int) -> ResponseReturnValue:
    """Delete an item; it can be restored."""
    with transaction() as session:
        item = delete(session, g.connection_id, item_id, acting())
        return jsonify(describe_item(session, item)), 202


@api.post("/items/<int:item_id>/restore")
@needs("review")
def restore_item(item_id: int) -> ResponseReturnValue:
    """Bring an archived or deleted item back; with ``again`` a published one, to be published once more."""
    again = given_object(optional=True).get("again", False)
    if not isinstance(again, bool):
        raise Incomplete("“again” is true or false.", field="again")
    with transaction() as session:
        return jsonify(describe_item(session, bring_back(session, item_id, again=again))), 202


def bring_back(session: Session, item_id: int, *, again: bool) -> Item:
    """Restore an item; a published one as what it is or, ``again``, to be published once more (D49)."""
    if again:
        insist("publish")
    item = restore(session, g.connection_id, item_id, acting())
    return clear_publication(session, g.connection_id, item_id, acting()) if again else item


def chosen_batch(session: Session, channel: Channel) -> Batch:
    """Give what the request's form chooses once for all its files: kind, owner, and how pages become documents.

    Raises:
        Incomplete: one of them is none.
    """
    mode, owner = request.form.get("mode") or Mode.EACH, request.form.get("owner")
    if mode not in set(Mode):
        raise Incomplete(f"“{mode}” is no mode. Choose one of {', '.join(Mode)}.", field="mode")
    if owner and not (owner.isdecimal() and int(owner) in around_of(session, g.connection_id).owners):
        raise Incomplete("There is no such person here. Choose another owner.", field="owner")
    return batch_by(
        channel,
        g.connection_id,
        acting(),
        owner_id=int(owner) if owner else None,
        kind=parse_kind(request.form.get("kind")),
        mode=Mode(mode),
    )


def given_object(*, optional: bool = False) -> dict[str, Any]:
    """Give the JSON object that was sent; where it is optional, an empty one for nothing.

    Raises:
        Incomplete: it is none.
    """
    given = {} if optional and not request.get_data() else request.get_json(silent=True)
    if not isinstance(given, dict):
        raise Incomplete("Send a JSON object.")
    return given


def acting() -> Who:
    """Give the person who is asking, for the history."""
    return Who(Actor.PERSON, g.user.name or g.user.email, g.user.id)


def parse_kind(given: str | None) -> Kind | None:
    """Read "cost" or "sale"; nothing is as read.

    Raises:
        Incomplete: it is neither.
    """
    if not given:
        return None
    if given not in set(Kind):
        raise Incomplete(f"“{given}” is neither cost nor sale.", field="kind")
    return Kind(given)


def parse_edits(session: Session, item: Item, given: Mapping[str, Any]) -> Edits:
    """Turn a JSON object into edits.

    Raises:
        Incomplete: a value cannot be used; SameNameTwice where a name is several's (LST-5).
    """
    kind, wanted = item.kind, given.get("kind")
    if isinstance(wanted, str) and wanted in set(Kind):  # names are looked for on the side that the item is moved to
        item.kind = Kind(wanted)
    edits = Edits(
        values={name: parse_edit(session, item, SPECS[name], value) for name, value in given.items() if name in SPECS},
        lines=_parse_rows(given, "lines", lambda line: parse_line(session, item, line)),
        tax_lines=_parse_rows(given, "tax_lines", parse_tax_line),
    )
    item.kind = kind
    return edits


def _parse_rows(given: Mapping[str, Any], name: str, parse: Callable[[Mapping[str, Any]], Row]) -> list[Row] | None:
    rows = given.get(name)
    if rows is None:
        return None
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise Incomplete(f"“{name}” takes a list of objects.", field=name)
    try:
        return [parse(row) for row in rows]
    except Incomplete as error:
        error.field = name
        raise


def describe_item(session: Session, item: Item) -> dict[str, Any]:
    """Give one whole item as the interface shows it."""
    return describe_fields(item) | {"publication": describe_publication(session, item)}
