"""Documents in and items under /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import needs
from capture.coding.facts import around_of
from capture.editing import Edits, edit_item, parse_edit, parse_line, parse_tax_line
from capture.fields import SPECS, to_text
from capture.history.events import Who
from capture.history.models import Actor
from capture.intake.service import Batch, File, Received, batch_by, get_channel, receive
from capture.jobs import read_submission
from capture.layers import winners
from capture.models import Item, ItemLine, ItemState, ItemValue
from capture.reading.model import Origin
from capture.service import Wanted, get_item, get_submission, items_of, list_items
from capture.status import archive, delete, restore
from capture.submissions.models import Mode, Submission
from capture.ways.models import Channel, ChannelKind
from core.db import LARGEST_ID, snapshot, transaction
from core.errors import Conflict, Incomplete
from core.money import to_pounds
from kashflow.ledger import Kind
from lists.api import plain_code
from lists.models import Entry
from publishing.showing import describe_publication
from worker import enqueue

api = Blueprint("capture_api", __name__)
MOST_ITEMS = 200
PATCHABLE = frozenset(SPECS) | {"lines", "tax_lines"}
PLAIN = ("kind", "document_type", "date", "due_date", "reference", "currency", "exchange_rate", "net", "tax", "total")


class SomebodyWasFaster(Conflict):
    """The item is no longer the version that was edited."""

    code = "version"


@api.post("/documents")
@needs("submit")
def add_documents() -> ResponseReturnValue:
    """Take in one or more files."""
    files = [File(each.filename or "document", each.read()) for each in request.files.getlist("file")]
    if not files:
        raise Incomplete("Send one file or more in the field “file”.", field="file")
    with transaction() as session:
        channel = get_channel(session, g.organisation_id, ChannelKind.API, request.form.get("channel"))
        batch = chosen_batch(session, channel)
    received = receive(files, batch, wake=lambda submission_id: enqueue(read_submission, submission_id))
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
    after, limit = request.args.get("after"), request.args.get("limit", "50")
    if not limit.isdecimal() or not (after or "0").isdecimal():
        raise Incomplete("“limit” and “after” are whole numbers.", field="limit")
    wanted = Wanted(
        kind=parse_kind(request.args.get("kind")),
        states=(ItemState(state),) if state in set(ItemState) else (),
        archived=state == "archived",
        deleted=state == "deleted",
        after=min(int(after), LARGEST_ID) if after else None,
        limit=max(1, min(int(limit), MOST_ITEMS)),
    )
    with snapshot() as session:
        items, following = list_items(session, g.connection_id, wanted)
        return jsonify(items=[describe_item(session, item) for item in items], next=following)


@api.get("/items/<int:item_id>")
def show_item(item_id: int) -> ResponseReturnValue:
    """Give one whole item."""
    with snapshot() as session:
        return jsonify(describe_item(session, get_item(session, g.connection_id, item_id)))


@api.patch("/items/<int:item_id>")
@needs("review")
def change_item(item_id: int) -> ResponseReturnValue:
    """Change what is sent, and nothing else."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise Incomplete("Send a JSON object with the fields to change.")
    unknown = sorted(set(given) - PATCHABLE)
    if unknown:
        raise Incomplete(f"An item has no field {', '.join(unknown)} that can be changed.", field=unknown[0])
    with transaction() as session:
        item = get_item(session, g.connection_id, item_id)
        check_version(item, request.headers.get("If-Match", ""))
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
    """Bring an archived or deleted item back."""
    with transaction() as session:
        item = restore(session, g.connection_id, item_id, acting())
        return jsonify(describe_item(session, item)), 202


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
    kind = item.kind
    if given.get("kind") in set(Kind):  # names are looked for on the side that the item is moved to
        item.kind = Kind(given["kind"])
    values = {name: parse_edit(session, item, SPECS[name], value) for name, value in given.items() if name in SPECS}
    lines, tax_lines = given.get("lines"), given.get("tax_lines")
    for name, rows in (("lines", lines), ("tax_lines", tax_lines)):
        if rows is not None and not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
            raise Incomplete(f"“{name}” takes a list of objects.", field=name)
    edits = Edits(
        values=values,
        lines=None if lines is None else [parse_line(session, item, line) for line in lines],
        tax_lines=None if tax_lines is None else [parse_tax_line(line) for line in tax_lines],
    )
    item.kind = kind
    return edits


def check_version(item: Item, given: str) -> None:
    """Insist that the item is the version that was edited, where it is told (an ``If-Match`` or a form's field).

    Raises:
        SomebodyWasFaster: it is not.
    """
    wanted = given.strip().strip('"').removeprefix("W/").strip('"')
    if wanted and wanted != "*" and wanted != str(item.version):
        raise SomebodyWasFaster(
            "Somebody else changed this item meanwhile. Your last change was not saved, theirs stands. Look at what "
            "they entered, and enter yours again if it is still right."
        )


def describe_received(received: Received) -> dict[str, Any]:
    """Give what became of a file so far."""
    problem = {"code": received.problem_code, "message": received.problem} if received.problem_code else None
    return {"id": received.id, "filename": received.filename, "state": received.state, "problem": problem}


def describe_submission(session: Session, submission: Submission) -> dict[str, Any]:
    """Give one submission as the interface shows it."""
    problem = {"code": submission.problem_code, "message": submission.problem} if submission.problem_code else None
    return {
        "id": submission.id,
        "filename": submission.filename,
        "state": submission.state,
        "problem": problem,
        "items": items_of(session, submission),
        "received": submission.received_at.isoformat(),
    }


def describe_item(session: Session, item: Item) -> dict[str, Any]:
    """Give one whole item as the interface shows it."""
    texts = {name: to_text(spec, getattr(item, spec.column)) for name, spec in SPECS.items()}
    return {
        "id": item.id,
        "version": item.version,
        **{name: texts[name] for name in PLAIN},
        "state": item.state,
        "archived": item.archived_at is not None,
        "deleted": item.deleted_at is not None,
        "owner": item.owner_id,
        "channel": item.channel.name if item.channel else None,
        "supplier": _named(item.supplier, item.supplier_name),
        "customer": _named(item.customer, item.customer_name),
        "tax_lines": [_tax_line(line) for line in item.tax_lines],
        "lines": [_line(line) for line in item.lines],
        "category": {"code": plain_code(item.category), "name": item.category.name} if item.category else None,
        "vat_rate": item.vat_rate,
        "vat_treatment": item.vat_treatment,
        "payment_method": _named(item.payment_method),
        "bank_account": _named(item.bank_account),
        "paid": item.paid,
        "project": _named(item.project),
        "description": item.description,
        "note": item.note,
        "missing": item.missing,
        "problems": [{name: each[name] for name in ("code", "field", "message")} for each in item.remarks],
        "readings": _readings(item, texts),
        "publication": describe_publication(session, item),
    }


def _named(entry: Entry | None, name: str | None = None) -> dict[str, Any] | None:
    if entry is not None:
        return {"id": entry.id, "name": entry.name}
    return {"id": None, "name": name} if name else None


def _readings(item: Item, texts: Mapping[str, str | None]) -> dict[str, Any]:
    """Give the evidence of each field's value; of a computed one, that it is."""
    told = {value.field: _reading(value) for value in winners(item.values).values()}
    for name in ("net", "tax", "total", "vat_rate"):
        if texts[name] is not None and name not in told:
            nowhere = {"page": None, "box": None, "reason": "computed from the other amounts"}
            told[name] = {"value": texts[name], "confidence": 1.0, "origin": Origin.COMPUTED, **nowhere}
    return told


def _reading(value: ItemValue) -> dict[str, Any]:
    return {
        "value": value.value,
        "confidence": value.confidence,
        "origin": value.origin,
        "page": value.page,
        "box": value.box,
        "reason": value.reason,
    }


def _line(line: ItemLine) -> dict[str, Any]:
    return {
        "description": line.description,
        "quantity": None if line.quantity is None else format(line.quantity.normalize(), "f"),
        "unit_price": None if line.unit_price is None else str(line.unit_price),
        "amount": str(to_pounds(line.amount)),
        "percent": line.vat_rate,
        "category": {"code": plain_code(line.category), "name": line.category.name} if line.category else None,
        "project": _named(line.project),
        "product": _named(line.product),
    }


def _tax_line(line: Mapping[str, Any]) -> dict[str, Any]:
    money = {name: None if line[name] is None else str(to_pounds(line[name])) for name in ("net", "tax", "gross")}
    return {"percent": line["percent"], **money}
