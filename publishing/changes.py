"""What follows a publish: sending changes, what was given up, and the file again; undoing, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from capture.checking import Problem, needs
from capture.history.events import Who, record
from capture.models import Item, ItemState
from capture.service import get_item
from kashflow.ledger import Kind
from kashflow.models import Connection
from publishing.models import Step, StepKind, StepState
from publishing.payloads import freeze_attachment, freeze_document, freeze_rest, new_mark
from publishing.progress import ON_ITS_WAY, TAKEN_BACK, current_group, document_of, reopen, show, steps_of
from publishing.service import (
    REST,
    AlreadyQueued,
    Anyway,
    FieldMissing,
    InDoubt,
    NothingToSend,
    add_step,
    check_connected,
    check_fit,
    queue_item,
)


def resend_item(session: Session, connection_id: int, item_id: int, who: Who, *, anyway: Anyway | None = None) -> Item:
    """Send again what KashFlow lacks of an item: all of it, its changes, or the payment, file or note that is missing.

    Raises:
        NotFound: this connection has no such item.
        NothingToSend: KashFlow has all of it.
        As ``queue_item`` for an item that is not published.
    """
    item = get_item(session, connection_id, item_id)
    steps = steps_of(session, item)
    document = document_of(steps)
    if document is None or document.state is not StepState.PUBLISHED:
        return queue_item(session, connection_id, item_id, who, anyway=anyway)
    if item.state in ON_ITS_WAY:
        raise AlreadyQueued("This item is on its way to KashFlow already. Nothing more was queued.")
    connection = session.get_one(Connection, connection_id)
    check_connected(connection)
    differs = anyway is not None and any(each.problem_code == "PUB-18" for each in steps)
    _drop_failed_changes(session, item)
    changes = changed_document(session, item, connection, even_if_same=differs)
    if changes is not None:
        check_fit(session, item, connection)
        payload = {"kind": item.kind.value, "document": changes, "last": last_sent(session, item)}
        if anyway is not None:
            payload["anyway"] = anyway.reason
        party_id = item.party.id if item.party else None
        add_step(session, item, StepKind.UPDATE, payload, group=document.group, entry_id=party_id)
    rest = _lacking(session, item, steps)
    for kind, payload in rest:
        add_step(session, item, kind, payload, group=document.group)
    if changes is None and not rest:
        raise NothingToSend("KashFlow has all of this item as it is here. There is nothing to send.")
    return _put_back(session, item, who, "sent changes" if changes else "tried again")


def _put_back(session: Session, item: Item, who: Who, what: str) -> Item:
    """Let a published item be on its way again, and tell why."""
    record(session, item, who, what)
    item.state = ItemState.QUEUED
    show(session, item)
    return item


def changed_document(
    session: Session, item: Item, connection: Connection, *, even_if_same: bool = False
) -> dict[str, Any] | None:
    """Give what a published item would be in KashFlow now, where that is not what was sent last.

    Raises:
        FieldMissing: the item lacks something by now, or names a supplier or customer that is not in KashFlow.
    """
    if item.missing:
        raise FieldMissing(needs(item.missing), [Problem("PUB-1", name, needs([name])) for name in item.missing])
    last = last_sent(session, item)
    mark = last["reference"] if last.get("marked") else ""
    fresh = freeze_document(session, item, connection, mark)
    if not even_if_same and all(fresh[name] == last.get(name) for name in fresh if name != "marked"):
        return None
    if item.party is None or item.party.remote_id is None:
        text = "The item now names somebody who is not in KashFlow yet. Nothing was sent. Undo the publish instead."
        raise FieldMissing(text, [Problem("PUB-6", "supplier" if item.kind is Kind.COST else "customer", text)])
    return fresh


def last_sent(session: Session, item: Item) -> dict[str, Any]:
    """Give what of an item KashFlow was last sent, frozen."""
    own = select(Step).where(Step.item_id == item.id, Step.group == current_group(session, item.id))
    published = own.where(Step.kind.in_([StepKind.DOCUMENT, StepKind.UPDATE]), Step.state == StepState.PUBLISHED)
    last = session.scalars(published.order_by(Step.id.desc()).limit(1)).one()
    payload: dict[str, Any] = last.payload["document"] if last.kind is StepKind.UPDATE else last.payload
    return payload


def _drop_failed_changes(session: Session, item: Item) -> None:
    """Let changes and undoings that came to nothing go, with what they told."""
    kinds = Step.kind.in_([StepKind.UPDATE, StepKind.DELETION])
    failed = update(Step).where(Step.item_id == item.id, kinds, Step.state == StepState.GIVEN_UP)
    session.execute(failed.values(state=StepState.WITHDRAWN))


def _lacking(session: Session, item: Item, steps: Iterable[Step]) -> list[tuple[StepKind, dict[str, Any]]]:
    """Give the payments, files and notes that the item has and KashFlow has not."""
    there = {step.kind: step for step in steps if step.kind in REST}
    given_up = [step.kind for step in there.values() if step.state is StepState.GIVEN_UP]
    fresh = freeze_rest(session, item, last_sent(session, item), new_mark())
    return [(kind, payload) for kind, payload in fresh if kind in given_up or kind not in there]


def attach_again(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Send an item's file again, for one that KashFlow lost or never kept (PUB-15); a file it has is not sent twice.

    Raises:
        NotFound: this connection has no such item.
        NothingToSend: the item is not published, or has no file.
    """
    item = get_item(session, connection_id, item_id)
    document = document_of(steps_of(session, item))
    if item.state is not ItemState.PUBLISHED or document is None or not item.pages:
        raise NothingToSend("Only a published item's file can be sent again.")
    add_step(session, item, StepKind.ATTACHMENT, freeze_attachment(item), group=document.group)
    return _put_back(session, item, who, "sent the file again")


def undo_item(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Queue the deletion of a published item's document; once it is seen to be gone, the item opens again.

    Raises:
        NotFound: this connection has no such item.
        NothingToSend: it is not published.
    """
    item = get_item(session, connection_id, item_id)
    document = document_of(steps_of(session, item))
    if item.state is not ItemState.PUBLISHED or document is None or document.state is not StepState.PUBLISHED:
        raise NothingToSend("Only a published item can be undone. Nothing was changed.")
    check_connected(session.get_one(Connection, connection_id))
    payload = {"kind": item.kind.value}
    add_step(session, item, StepKind.DELETION, payload, group=document.group, entry_id=document.entry_id)
    return _put_back(session, item, who, "asked to undo the publish")


def clear_publication(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Forget that an item was published, so that it can be once more; what KashFlow has stays there (D49).

    Raises:
        NotFound: this connection has no such item.
        NothingToSend: it is not published.
    """
    item = get_item(session, connection_id, item_id)
    if item.state is not ItemState.PUBLISHED:
        raise NothingToSend("Only a published item has publishing data to clear. Nothing was changed.")
    record(session, item, who, "cleared the publishing data", detail={"number": item.ledger_number})
    reopen(session, item)
    return item


def cancel_item(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Take a publication back of which nothing was sent: one that waits, or that was stopped before (PUB-9).

    Raises:
        NotFound: this connection has no such item.
        InDoubt: some of it was sent, or may have been.
    """
    item = get_item(session, connection_id, item_id)
    document = document_of(steps_of(session, item))
    was_sent = document is not None and (document.sent_at is not None and document.state is not StepState.REFUSED)
    if document is None or was_sent or item.state in {ItemState.PUBLISHED, *TAKEN_BACK}:
        raise InDoubt("This cannot be taken back any more: it was sent, or may have been.")
    reopen(session, item)
    record(session, item, who, "cancelled")
    return item
