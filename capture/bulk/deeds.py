"""What the actions on many items do to one, and how each is taken back; publishing is added by the shell."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from capture.bulk.models import Action
from capture.bulk.service import Deed, NothingToDo, Task
from capture.coding.applying import recode
from capture.editing import Edits, edit_item, parse_edit
from capture.fields import SPECS
from capture.history.models import Event
from capture.history.undoing import keep_coded, take_back
from capture.models import EDITABLE
from capture.review import Edit
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
    values = {name: parse_edit(session, item, SPECS[name], value) for name, value in task.given.items()}
    return _edited(edit_item(session, item, Edits(values=values), task.who))


def _move(session: Session, task: Task) -> dict[str, Any]:
    item = get_item(session, task.connection_id, task.item_id)
    other = Kind.SALE if item.kind is Kind.COST else Kind.COST
    return _edited(edit_item(session, item, Edits(values={"kind": Edit(other.value)}), task.who))


def _edited(noted: Event | None) -> dict[str, Any]:
    if noted is None:
        raise NothingToDo("It is so already.")
    return {"kept": noted.detail["kept"], "noted": noted.id}


def _put_back(session: Session, task: Task) -> None:
    item = get_item(session, task.connection_id, task.item_id)
    if item.state not in EDITABLE:
        raise NothingToDo("It is on its way to KashFlow, or there.")
    take_back(session, item, task.before["kept"], task.who, task.before.get("noted"))


def _apply_rules(session: Session, task: Task) -> dict[str, Any]:
    item = get_item(session, task.connection_id, task.item_id)
    if item.state not in EDITABLE:
        raise NothingToDo("It is on its way to KashFlow, or there.")
    before = keep_coded(item)
    if not recode(session, item):
        raise NothingToDo("The rules leave it as it is.")
    return {"kept": before}


DEEDS = {
    Action.ARCHIVE: Deed(_archive, _bring_back),
    Action.DELETE: Deed(_delete, _bring_back),
    Action.RESTORE: Deed(_restore, _put_away),
    Action.EDIT: Deed(_edit, _put_back),
    Action.MOVE: Deed(_move, _put_back),
    Action.RULES: Deed(_apply_rules, _put_back),
}
