"""Items and submissions as the HTTP interface shows them: amounts are decimal texts, dates ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from capture.fields import SPECS, to_text
from capture.intake.service import Received
from capture.layers import winners
from capture.models import Item, ItemLine, ItemValue
from capture.reading.model import Origin
from capture.submissions.items import items_of
from capture.submissions.models import Submission
from core.money import to_pounds
from lists.models import Entry

PLAIN = ("kind", "document_type", "date", "due_date", "reference", "currency", "exchange_rate", "net", "tax", "total")


def describe_received(received: Received | Submission) -> dict[str, Any]:
    """Give what became of a file so far."""
    problem = {"code": received.problem_code, "message": received.problem} if received.problem_code else None
    return {"id": received.id, "filename": received.filename, "state": received.state, "problem": problem}


def describe_submission(session: Session, submission: Submission) -> dict[str, Any]:
    """Give what became of a file, with the items that it made."""
    made = {
        "items": [item.id for item in items_of(session, submission)],
        "received": submission.received_at.isoformat(),
    }
    return describe_received(submission) | made


def describe_fields(item: Item) -> dict[str, Any]:
    """Give one item as the interface shows it, but for its publication."""
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
        "category": _category(item.category),
        "vat_rate": item.vat_rate,
        "vat_treatment": item.vat_treatment,
        "payment_method": _named(item.payment_method),
        "bank_account": _named(item.bank_account),
        "paid": item.paid,
        **{name: _named(getattr(item, name)) for name in ("project", "product", "source")},
        "description": item.description,
        "note": item.note,
        "pages": len(item.pages),
        "missing": item.missing,
        "problems": [{name: each[name] for name in ("code", "field", "message")} for each in item.remarks],
        "readings": _readings(item, texts),
    }


def _named(entry: Entry | None, name: str | None = None) -> dict[str, Any] | None:
    if entry is not None:
        return {"id": entry.id, "name": entry.name}
    return {"id": None, "name": name} if name else None


def _category(entry: Entry | None) -> dict[str, Any] | None:
    return {"code": entry.plain_code, "name": entry.name} if entry is not None else None


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
        "category": _category(line.category),
        "project": _named(line.project),
        "product": _named(line.product),
    }


def _tax_line(line: Mapping[str, Any]) -> dict[str, Any]:
    money = {name: None if line[name] is None else str(to_pounds(line[name])) for name in ("net", "tax", "gross")}
    return {"percent": line["percent"], **money}
