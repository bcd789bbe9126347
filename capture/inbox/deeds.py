"""What the actions on many items do to one, and how each is taken back; publishing is added by the shell."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from capture.applying import recode
from capture.editing import Edits, edit_item, parse_edit
from capture.events import Change, record
from capture.fields import SPECS, to_column, to_text
from capture.inbox.bulk import Deed, NothingToDo, Task
from capture.inbox.models import Action
from capture.models import EDITABLE, Item, Layer
from capture.reading.model import Origin
from capture.review import KEPT, Edit, Evidence, put_value, settle, snapshot_of
from capture.service import get_item
from capture.status import archive, delete, restore
from kashflow.ledger import Kind

EDITED = ("category", "supplier", "customer", "date", "vat_rate", "payment_method", "paid", "project", "description")


def _archive(session: Session, task: Task) -> None:
    if get_item(session, task.connection_id, task.item_id).archived_at is not None:
        raise NothingToDo("It was archived already.")
    archive(session, task.connection_id, task.item_id, task.who)


def _delete(session: Session, task: Task) -> None:
    if get_item(session, task.connection_id, task.item_id).deleted_at is not None:
        raise NothingToDo("It was deleted already.")
    delete(session, task.connection_id, task.item_id, task.who)


def _restore(session: Session, task: Task) -> dict[str, Any]:
    item = get_item(session, task.connection_id, task.item_id)
    before = {"archived": item.archived_at is not None, "deleted": item.deleted_at is not None}
    if not any(before.values()):
        raise NothingToDo("It is neither archived nor deleted.")
    restore(session, task.connection_id, task.item_id, task.who)
    return before


def _bring_back(session: Session, task: Task) -> None:
    restore(session, task.connection_id, task.item_id, task.who)


def _put_away(session: Session, task: Task) -> None:
    if task.before.get("archived"):
        archive(session, task.connection_id, task.item_id, task.who)
    if task.before.get("deleted"):
        delete(session, task.connection_id, task.item_id, task.who)


def _edit(session: Session, task: Task) -> dict[str, Any]:
    item = get_item(session, task.connection_id, task.item_id)
    edits = {name: parse_edit(session, item, SPECS[name], value) for name, value in task.given.items()}
    before = {name: _said(item, name) for name in edits}
    edit_item(session, item, Edits(values=edits), task.who)
    return before


def _move(session: Session, task: Task) -> dict[str, Any]:
    item = get_item(session, task.connection_id, task.item_id)
    other = Kind.SALE if item.kind is Kind.COST else Kind.COST
    before = {"kind": _said(item, "kind")}
    edit_item(session, item, Edits(values={"kind": Edit(other.value)}), task.who)
    return before


def _said(item: Item, name: str) -> dict[str, Any]:
    """Give what the person's layer said of a field, and what the field was."""
    said = next((each for each in item.values if each.field == name and each.layer is Layer.PERSON), None)
    was = to_text(SPECS[name], getattr(item, SPECS[name].column))
    return {"was": was, "said": None if said is None else [said.value, said.entry_id]}


def _put_back(session: Session, task: Task) -> None:
    item = get_item(session, task.connection_id, task.item_id)
    if item.state not in EDITABLE:
        raise NothingToDo("It is on its way to KashFlow, or there.")
    before = snapshot_of(item)
    for name, kept in task.before.items():
        if kept["said"] is not None:
            evidence = Evidence(Layer.PERSON, Origin.PERSON, user_id=task.who.user_id)
            put_value(session, item, name, Edit(*kept["said"]), evidence)
            continue
        item.values[:] = [each for each in item.values if (each.field, each.layer) != (name, Layer.PERSON)]
        if name in KEPT:
            setattr(item, SPECS[name].column, to_column(SPECS[name], kept["was"]))
    session.flush()
    settle(session, item)
    after = snapshot_of(item)
    for name in after:
        if before[name] != after[name]:
            record(session, item, task.who, "changed", change=Change(name, before[name], after[name]))


def _apply_rules(session: Session, task: Task) -> None:
    item = get_item(session, task.connection_id, task.item_id)
    if item.state not in EDITABLE:
        raise NothingToDo("It is on its way to KashFlow, or there.")
    if not recode(session, item):
        raise NothingToDo("The rules leave it as it is.")


DEEDS = {
    Action.ARCHIVE: Deed(_archive, _bring_back),
    Action.DELETE: Deed(_delete, _bring_back),
    Action.RESTORE: Deed(_restore, _put_away),
    Action.EDIT: Deed(_edit, _put_back),
    Action.MOVE: Deed(_move, _put_back),
    Action.RULES: Deed(_apply_rules),
}
