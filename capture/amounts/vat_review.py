"""An item's VAT warnings: what they look at is gathered, and those that were accepted are left out."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.amounts.totals import TaxLine
from capture.amounts.vat_sense import VatFacts, find_warnings
from capture.checking import Problem
from capture.history.events import Change, Who, record
from capture.models import EDITABLE, Item, Layer
from capture.reading.model import DocumentType
from core.db import now
from core.errors import Conflict, NotFound
from kashflow.ledger import Kind
from kashflow.models import Connection


def vat_warnings(session: Session, item: Item, connection: Connection) -> list[Problem]:
    """Give the warnings that nobody accepted; none where the business is not registered for VAT."""
    if not connection.is_vat_registered or item.state not in EDITABLE:
        return []
    return [each for each in find_warnings(vat_facts(session, item, connection)) if not _is_accepted(item, each)]


def accept_warning(session: Session, item: Item, code: str, note: str, who: Who) -> None:
    """Accept a warning as it stands, with a note; should its reason change, it comes back.

    Raises:
        NotFound: the item has no such warning.
        Conflict: it is on its way or in KashFlow.
    """
    if item.state not in EDITABLE:
        raise Conflict("This item is in KashFlow or on its way there.")
    warning = next((each for each in item.remarks if each["code"] == code and not each["blocks"]), None)
    if warning is None:
        raise NotFound(f"This item has no warning {code}.")
    item.accepted = item.accepted | {code: {"note": note, "who": who.name, "message": warning["message"]}}
    item.remarks = [each for each in item.remarks if each is not warning]
    record(session, item, who, "accepted", change=Change(warning["field"], warning["message"], note))
    session.flush()


def vat_facts(session: Session, item: Item, connection: Connection) -> VatFacts:
    """Gather what the checks look at."""
    read = {value.field: value.value for value in item.values if value.layer is Layer.READING and value.value}
    known = item.supplier.details.get("vat_number") if item.supplier is not None else None
    read_type = read.get("document_type")
    return VatFacts(
        kind=item.kind,
        today=now().date(),
        document_type=item.document_type,
        read_type=DocumentType(read_type) if read_type in set(DocumentType) else None,
        net=item.net,
        tax=item.tax,
        total=item.total,
        vat_rate=item.vat_rate,
        tax_lines=[TaxLine(**line) for line in item.tax_lines] if item.tax else (),
        line_count=len(item.lines),
        currency=item.currency,
        own_currency=connection.currency,
        vat_number=read.get("vat_number") or known,
        reference=item.reference,
        own_name_read=bool(item.customer_name),
        issued_on=item.issued_on,
        open_from=connection.publishes_from,
        twin=find_twin(session, item),
    )


def find_twin(session: Session, item: Item) -> int | None:
    """Give another item of the same supplier with the same reference, the first of them."""
    if item.kind is not Kind.COST or not item.reference or not item.supplier_name:
        return None
    wanted = select(Item.id).where(
        Item.connection_id == item.connection_id,
        Item.supplier_name == item.supplier_name,
        Item.reference == item.reference,
        Item.kind == item.kind,
        Item.id.not_in([item.id, *item.distinct_from]),
        Item.deleted_at.is_(None),
    )
    return session.scalar(wanted.order_by(Item.id).limit(1))


def _is_accepted(item: Item, problem: Problem) -> bool:
    accepted = item.accepted.get(problem.code)
    return accepted is not None and accepted.get("message") in {None, problem.message}
