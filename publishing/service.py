"""Queueing items for the ledger, and what a person may do when a publication does not go on."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from capture.checking import Problem, needs
from capture.editing import get_party
from capture.events import Who, record
from capture.models import Document, Item, ItemState, Layer
from capture.review import lines_of, settle, tax_lines_of
from capture.service import get_item
from capture.totals import Amounts
from core.db import now
from core.errors import Conflict, Incomplete, NotFound
from kashflow.ledger import Kind
from kashflow.models import Connection, ConnectionState
from lists.models import Entry
from lists.service import linked_account
from publishing.mapping import Draft, contact_code, document_payload, payload_hash
from publishing.models import OPEN, Step, StepKind, StepState
from publishing.progress import current_group, show, steps_of

MARK_LENGTH = 8
MEDIA_ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/tiff": "tif",
    "image/heic": "heic",
    "application/xml": "xml",
}


class FieldMissing(Incomplete):
    """The item lacks something the ledger insists on (PUB-1), or its sums disagree (PUB-2)."""

    code = "PUB-1"

    def __init__(self, message: str, problems: Iterable[Problem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.code = self.problems[0].code if self.problems else "PUB-1"


class AlreadyQueued(Conflict):
    """The item is on its way or published; a second publish would double it (PUB-10)."""

    code = "PUB-10"


class NotConnectedYet(Conflict):
    """There is no KashFlow to publish to."""

    code = "CON-1"


@dataclass(frozen=True)
class Anyway:
    """That a person wants a document entered although the same one is there, and why."""

    reason: str


def queue_item(session: Session, connection_id: int, item_id: int, who: Who, *, anyway: Anyway | None = None) -> Item:
    """Queue one item for publishing, with one step for each remote effect.

    Raises:
        NotFound: this connection has no such item.
        AlreadyQueued: it is on its way or published (PUB-10).
        FieldMissing: something is missing or does not add up (PUB-1, PUB-2 ...).
        NotConnectedYet: KashFlow was never connected.
    """
    item = get_item(session, connection_id, item_id)
    connection = session.get_one(Connection, connection_id)
    _check_state(item, connection)
    settle(session, item)
    problems = [Problem(**remark) for remark in item.remarks if remark["blocks"]]
    if problems:
        missing = [problem.field for problem in problems if problem.code == "PUB-1"]
        raise FieldMissing(needs(missing) if missing else problems[0].message, problems)
    party = get_party(session, item)
    _withdraw(session, item)
    group = current_group(session, item.id) + 1
    mark = secrets.token_hex(MARK_LENGTH // 2).upper()
    if party.remote_id is None:
        _queue_contact(session, item, party)
    for kind, payload in _payloads(session, item, connection, mark, anyway):
        entry_id = party.id if kind is StepKind.DOCUMENT else None
        session.add(
            Step(
                connection_id=connection_id,
                item_id=item.id,
                entry_id=entry_id,
                kind=kind,
                group=group,
                payload=payload,
                payload_hash=payload_hash(payload),
            )
        )
    item.approved_by_id, item.approved_at = who.user_id, now()
    record(session, item, who, "queued", detail={"reason": anyway.reason} if anyway else None)
    session.flush()
    show(session, item)
    return item


def _check_state(item: Item, connection: Connection) -> None:
    if item.deleted_at is not None:
        raise NotFound("This item was deleted. Restore it first.")
    if item.state is ItemState.PUBLISHED:
        when = item.published_at.strftime("%d %b") if item.published_at else "before"
        text = f"Sent {when} as number {item.ledger_number}. A second publish would double it."
        raise AlreadyQueued(text)
    if item.state in {ItemState.QUEUED, ItemState.SENDING, ItemState.UNCONFIRMED}:
        raise AlreadyQueued("This item is on its way to KashFlow already. Nothing more was queued.")
    if connection.state in {ConnectionState.NOT_CONNECTED, ConnectionState.DISABLED}:
        raise NotConnectedYet(f"{connection.name} is not connected. Nothing was sent. Connect KashFlow first.")


def _withdraw(session: Session, item: Item) -> None:
    """Take back what an earlier publication of the item left unsent."""
    left = update(Step).where(Step.item_id == item.id, Step.state == StepState.QUEUED)
    session.execute(left.values(state=StepState.WITHDRAWN, ended_at=now()))


def _queue_contact(session: Session, item: Item, party: Entry) -> None:
    """Queue the creation of a supplier or customer, once, whatever number of items wait for it."""
    wanted = select(Step).where(Step.entry_id == party.id, Step.kind == StepKind.CONTACT, Step.state.in_(OPEN))
    if session.scalar(wanted) is not None:
        return
    payload = _contact_payload(item, party)
    session.add(
        Step(
            connection_id=item.connection_id,
            entry_id=party.id,
            kind=StepKind.CONTACT,
            payload=payload,
            payload_hash=payload_hash(payload),
        )
    )
    session.flush()


def _contact_payload(item: Item, party: Entry) -> dict[str, Any]:
    read = {value.field: value.value for value in item.values if value.layer is Layer.READING and value.value}
    side = "supplier" if item.kind is Kind.COST else "customer"
    code = contact_code(party.name, secrets.token_hex(3).upper())
    payload: dict[str, Any] = {"kind": item.kind.value, "code": code, "name": party.name[:100]}
    address = read.get(f"{side}_address")
    if address:
        payload["address"] = [part.strip()[:50] for part in address.replace("\n", ",").split(",") if part.strip()][:4]
    if side == "supplier":
        for name in ("postcode", "email", "phone", "website"):
            payload[name] = read.get(f"supplier_{name}")
        payload["vat_number"] = read.get("vat_number")
    if item.source_id is not None and side == "customer":
        payload["source_id"] = item.source_id
    return payload


def _payloads(
    session: Session, item: Item, connection: Connection, mark: str, anyway: Anyway | None
) -> list[tuple[StepKind, dict[str, Any]]]:
    document = document_payload(_draft(session, item, connection, mark))
    if anyway is not None:
        document["anyway"] = anyway.reason
    payloads = [(StepKind.DOCUMENT, document)]
    payment = _payment_payload(session, item, mark)
    if payment is not None:
        payloads.append((StepKind.PAYMENT, payment))
    if item.pages:
        payloads.append((StepKind.ATTACHMENT, _attachment_payload(item, item.pages[0].document)))
    if item.note:
        written_on = now().date().isoformat()
        note = {"kind": item.kind.value, "text": f"{item.note} [CF-{mark}]", "written_on": written_on}
        payloads.append((StepKind.NOTE, note))
    return payloads


def _draft(session: Session, item: Item, connection: Connection, mark: str) -> Draft:
    if item.issued_on is None:
        raise ValueError("an item without a date was not refused")
    lines = lines_of(item)
    wanted = {item.category_id, item.project_id, item.product_id}
    wanted |= {each for line in lines for each in (line.category_id, line.project_id, line.product_id)}
    entries = session.scalars(select(Entry).where(Entry.id.in_({each for each in wanted if each})))
    ids = {entry.id: int(entry.remote_id or 0) for entry in entries}
    foreign = item.currency != connection.currency
    return Draft(
        kind=item.kind,
        document_type=item.document_type,
        reference=item.reference or f"CF-{mark}",
        issued_on=item.issued_on,
        due_on=item.due_on or item.issued_on,
        amounts=Amounts(item.net, item.tax, item.total, item.vat_rate),
        description=item.description or " ".join(each for each in (item.party_name, item.reference) if each),
        category_id=ids.get(item.category_id or 0, 0),
        lines=lines,
        tax_lines=tax_lines_of(item),
        remote_ids=ids,
        project_id=ids.get(item.project_id or 0, 0),
        product_id=ids.get(item.product_id or 0, 0),
        publishes_vat=connection.publishes_vat,
        currency=item.currency if foreign else None,
        exchange_rate=item.exchange_rate if foreign else None,
    )


def _payment_payload(session: Session, item: Item, mark: str) -> dict[str, Any] | None:
    if not item.paid or item.payment_method is None or item.issued_on is None or item.total is None:
        return None
    account = item.bank_account or linked_account(session, item.connection_id, item.payment_method.id)
    if account is None:
        text = (
            f"Payment method “{item.payment_method.name}” has no KashFlow bank account. Nothing was sent. Choose one."
        )
        raise FieldMissing(text, [Problem("PUB-13", "bank_account", text)])
    return {
        "kind": item.kind.value,
        "paid_on": item.issued_on.isoformat(),
        "amount": item.total,
        "method_id": int(item.payment_method.remote_id or 0),
        "account_id": int(account.remote_id or 0),
        "note": f"Counterfoil CF-{mark}",
    }


def _attachment_payload(item: Item, document: Document) -> dict[str, Any]:
    ending = MEDIA_ENDINGS.get(document.media_type, "bin")
    return {
        "kind": item.kind.value,
        "sha256": document.sha256,
        "media_type": document.media_type,
        "filename": f"counterfoil-{item.id}-{document.sha256[:10]}.{ending}",
    }


def retry_item(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Try again what was refused or given up: the rest of a publication whose document is in, or all of it.

    Raises:
        NotFound: this connection has no such item.
        AlreadyQueued: nothing of it can be tried again now.
    """
    item = get_item(session, connection_id, item_id)
    steps = steps_of(session, item)
    document = next((step for step in steps if step.kind is StepKind.DOCUMENT), None)
    if document is None or document.state is not StepState.PUBLISHED:
        return queue_item(session, connection_id, item_id, who)
    again = [step for step in steps if step.state is StepState.GIVEN_UP]
    if not again:
        raise AlreadyQueued("Everything of this item is in KashFlow. There is nothing to try again.")
    for step in again:
        session.add(
            Step(
                connection_id=connection_id,
                item_id=item.id,
                kind=step.kind,
                group=step.group,
                attempt=step.attempt + 1,
                payload=step.payload,
                payload_hash=step.payload_hash,
            )
        )
    record(session, item, who, "tried again")
    session.flush()
    show(session, item)
    return item


def due_connections(session: Session) -> list[int]:
    """Give the connections with a step that is due, or that was being sent when its process died."""
    wanted = (
        select(Step.connection_id)
        .join(Connection, Connection.id == Step.connection_id)
        .where(Connection.state == ConnectionState.CONNECTED, Step.state.in_(OPEN), Step.not_before <= now())
        .distinct()
    )
    return list(session.scalars(wanted))


def due_steps(session: Session, connection_id: int, *, most: int) -> list[int]:
    """Give the steps of a connection that may be taken up now, in the order in which they were queued."""
    moment = now()
    earlier, contact = aliased(Step), aliased(Step)
    waits = exists().where(
        earlier.item_id == Step.item_id,
        earlier.group == Step.group,
        earlier.id < Step.id,
        earlier.state.in_(OPEN),
        earlier.not_before > moment,
    )
    waits_for_contact = exists().where(
        Step.kind == StepKind.DOCUMENT,
        contact.entry_id == Step.entry_id,
        contact.kind == StepKind.CONTACT,
        contact.state.in_(OPEN),
        contact.not_before > moment,
    )
    wanted = (
        select(Step.id)
        .outerjoin(Item, Item.id == Step.item_id)
        .where(Step.connection_id == connection_id, Step.state.in_(OPEN), Step.not_before <= moment)
        .where(or_(Step.item_id.is_(None), Item.state != ItemState.FAILED), ~waits, ~waits_for_contact)
    )
    return list(session.scalars(wanted.order_by(Step.queued_at, Step.id).limit(most)))
