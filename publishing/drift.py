"""What became of published documents in KashFlow since: changed, deleted, doubled or newly paid there (PUB-18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from capture.fields import SPECS, to_text
from capture.history.events import WORKER, Who, record
from capture.models import Item, ItemState, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, put_lines, put_value, settle
from capture.service import get_item
from core.db import now, snapshot, transaction
from core.money import format_money
from kashflow.ledger import Kind, Ledger, LedgerDocument
from kashflow.models import Connection
from publishing import outcomes
from publishing.changes import last_sent
from publishing.effects import noun
from publishing.mapping import is_same, to_document
from publishing.models import Step, StepKind, StepState
from publishing.payloads import freeze_document
from publishing.progress import document_of, reopen, show, steps_of
from publishing.rows import SqlRows
from publishing.service import NothingToSend, add_step

WATCHED = timedelta(days=90)  # since it was published
PERIOD = timedelta(days=1)
PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Published:
    """A document as we sent it last."""

    item_id: int
    kind: Kind
    number: int
    remote_id: int
    contact_id: int
    currency: str
    sent: Mapping[str, Any]

    @property
    def issued_on(self) -> date:
        """Its date, by which KashFlow is asked."""
        return date.fromisoformat(self.sent["issued_on"])


def compare_connection(ledger: Ledger, connection_id: int) -> int:
    """Compare what was published lately with what KashFlow has; note what differs and give how many do.

    Raises:
        LedgerError: KashFlow was not reached or did not answer; nothing was noted.
    """
    differing = 0
    for kind in Kind:
        ours = _published(connection_id, kind)
        if not ours:
            continue
        dates = [each.issued_on for each in ours]
        theirs = ledger.documents_between(kind, min(dates), max(dates))
        linked = frozenset(each.remote_id for each in ours)
        for each in ours:
            differing += _compare(ledger, each, theirs, linked)
    with transaction() as session:
        session.get_one(Connection, connection_id).compared_at = now()
    return differing


def is_due(connection: Connection, moment: datetime) -> bool:
    """Tell whether a connection's nightly comparison is due."""
    last = connection.compared_at or connection.connected_at
    return last is not None and last + PERIOD <= moment


def put_off(connection_id: int) -> None:
    """Let a comparison that failed be tried again in a while."""
    with transaction() as session:
        session.get_one(Connection, connection_id).compared_at = now() - PERIOD + PAUSE


def accept_theirs(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Take over what KashFlow has: its date, reference and amounts, or that it has it no longer.

    Raises:
        NotFound: this connection has no such item.
        NothingToSend: nothing of it differs.
    """
    item = get_item(session, connection_id, item_id)
    steps = steps_of(session, item)
    drift, document = _drift_of(steps), document_of(steps)
    if item.state is not ItemState.PUBLISHED or drift is None or document is None:
        raise NothingToSend("KashFlow has this item as it is here. There is nothing to accept.")
    record(session, item, who, "accepted what KashFlow has")
    if not drift.found:
        reopen(session, item)
        return item
    _take_over(session, item, drift.found[0], who)
    drift.state = StepState.WITHDRAWN
    connection = session.get_one(Connection, connection_id)
    payload = {
        "kind": item.kind.value,
        "document": freeze_document(session, item, connection, drift.found[0]["reference"]),
    }
    taken = add_step(session, item, StepKind.UPDATE, payload, group=document.group, entry_id=document.entry_id)
    taken.state, taken.ended_at = StepState.PUBLISHED, now()
    show(session, item)
    return item


def _drift_of(steps: Iterable[Step]) -> Step | None:
    failed = (step for step in steps if step.kind is StepKind.UPDATE and step.state is StepState.GIVEN_UP)
    return next((step for step in failed if step.problem_code == "PUB-18"), None)


def _take_over(session: Session, item: Item, theirs: Mapping[str, Any], who: Who) -> None:
    evidence = Evidence(Layer.PERSON, Origin.PERSON, user_id=who.user_id, reason="as it is in KashFlow")
    sign = -1 if (item.total or 0) * (theirs["net"] + theirs["tax"]) < 0 else 1  # credit notes are negative there
    amounts = {"net": theirs["net"], "tax": theirs["tax"], "total": theirs["net"] + theirs["tax"]}
    for name, pence in amounts.items():
        put_value(session, item, name, Edit(to_text(SPECS[name], sign * pence)), evidence)
    put_value(session, item, "date", Edit(theirs["date"]), evidence)
    put_lines(item, [], Layer.PERSON)
    item.tax_lines = []
    settle(session, item)


def _published(connection_id: int, kind: Kind) -> list[Published]:
    since = now() - WATCHED
    with snapshot() as session:
        wanted = select(Item).where(
            Item.connection_id == connection_id, Item.kind == kind, Item.state == ItemState.PUBLISHED
        )
        items = session.scalars(wanted.where(Item.published_at >= since)).all()
        return [each for item in items if (each := _as_sent(session, item)) is not None]


def _as_sent(session: Session, item: Item) -> Published | None:
    document = document_of(steps_of(session, item))
    if document is None or document.state is not StepState.PUBLISHED:
        return None
    return Published(
        item_id=item.id,
        kind=item.kind,
        number=document.remote_number or 0,
        remote_id=document.remote_id or 0,
        contact_id=SqlRows(session).contact_id(document),
        currency=item.currency,
        sent=last_sent(session, item),
    )


def _compare(ledger: Ledger, ours: Published, theirs: Iterable[LedgerDocument], linked: frozenset[int]) -> bool:
    wanted = to_document(ours.sent, ours.contact_id)
    there = next((each for each in theirs if each.remote_id == ours.remote_id), None)
    if there is None:
        found = ledger.find_document(ours.kind, ours.number)
        there = found if found is not None and found.remote_id == ours.remote_id else None
    same = tuple(each for each in theirs if each.remote_id not in linked and is_same(each, wanted))
    name = f"{noun(ours.kind)} {ours.number}"
    if there is None:
        text = f"{name} is no longer in KashFlow: it was deleted or renumbered there after it was published."
    elif (there.net, there.tax, there.issued_on) != (wanted.net, wanted.tax, wanted.issued_on):
        before, after = (format_money(each.net + each.tax, ours.currency) for each in (wanted, there))
        text = f"{name} was changed in KashFlow since it was published: {before} of {wanted.issued_on:%d %b} became "
        text += f"{after} of {there.issued_on:%d %b}."
    elif same:
        text = f"KashFlow has this twice: {name} and {same[0].number}, which did not come from here. Delete one there."
    else:
        text = ""
    _note(ours, there, text)
    return bool(text)


def _note(ours: Published, there: LedgerDocument | None, text: str) -> None:
    with transaction() as session:
        item = session.get_one(Item, ours.item_id)
        document = document_of(steps := steps_of(session, item))
        if item.state is not ItemState.PUBLISHED or document is None:
            return
        was_paid = bool(document.found and document.found[0].get("paid"))
        document.found = [outcomes.describe_found(there)] if there else []
        if there is not None and there.is_paid and not was_paid:
            record(session, item, WORKER, "seen paid in KashFlow")
        known = _drift_of(steps)
        if known is not None and known.problem == text:
            return
        drifts = (Step.item_id == item.id, Step.kind == StepKind.UPDATE, Step.problem_code == "PUB-18")
        session.execute(update(Step).where(*drifts).values(state=StepState.WITHDRAWN))
        if text:
            payload = {"kind": item.kind.value, "document": dict(ours.sent), "last": dict(ours.sent)}
            step = add_step(session, item, StepKind.UPDATE, payload, group=document.group, entry_id=document.entry_id)
            step.found = document.found
            outcomes.end(step, now, StepState.GIVEN_UP, "PUB-18", text)
            record(session, item, WORKER, "seen changed in KashFlow", detail={"problem": text})
        show(session, item)
