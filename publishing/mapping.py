"""What an item becomes in the ledger: frozen payloads, and from them what is sent. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from capture.amounts.totals import EXEMPT as EXEMPT_RATE
from capture.amounts.totals import Amounts, Line, NetLine, TaxLine, spread
from capture.reading.model import DocumentType
from core.money import to_pence, to_pounds
from kashflow.ledger import EXEMPT, DocumentLine, Kind, LedgerDocument, NewContact, NewDocument, NewPayment
from kashflow.outgoing import plain

LONGEST_REFERENCE = 50
SHORTEST_CUT = 10  # characters of a reference that the ledger may have cut off
MARK = re.compile(r"CF-[0-9A-F]{8}", re.IGNORECASE)  # ours, sent where a document has no reference of its own


@dataclass(frozen=True)
class Draft:
    """An item with KashFlow's ids in place of our entries. Amounts in hundredths of ``currency``."""

    kind: Kind
    document_type: DocumentType
    reference: str
    issued_on: date
    due_on: date
    amounts: Amounts
    description: str
    category_id: int
    lines: Sequence[Line] = ()
    tax_lines: Sequence[TaxLine] = ()
    remote_ids: Mapping[int, int] | None = None  # entry id to KashFlow's, for what lines name
    project_id: int = 0
    product_id: int = 0
    publishes_vat: bool = True
    currency: str | None = None
    exchange_rate: Decimal | None = None


def document_payload(draft: Draft) -> dict[str, Any]:
    """Freeze what will be entered.

    Raises:
        SumsDisagree: the lines do not add up to the penny (PUB-2).
    """
    amounts = draft.amounts
    entered = spread(amounts, draft.lines, draft.tax_lines, with_tax=draft.publishes_vat)
    credit = draft.document_type is DocumentType.CREDIT_NOTE and (amounts.total or 0) > 0
    sign = -1 if credit else 1
    return {
        "kind": draft.kind.value,
        "reference": plain(draft.reference)[:LONGEST_REFERENCE].strip(),
        "issued_on": draft.issued_on.isoformat(),
        "due_on": draft.due_on.isoformat(),
        "project_id": draft.project_id,
        "currency": draft.currency,
        "exchange_rate": str(draft.exchange_rate) if draft.currency else None,
        "lines": [_line_payload(draft, line, sign) for line in entered],
    }


def _line_payload(draft: Draft, line: NetLine, sign: int) -> dict[str, Any]:
    ids = draft.remote_ids or {}
    source = line.source or Line(draft.description, line.net)
    quantity, rate = _unit_of(source, line.net)
    return {
        "description": _one_line(source.description or draft.description),
        "net": sign * line.net,
        "tax": sign * line.tax,
        "vat_rate": line.vat_rate,
        "category_id": ids.get(source.category_id or 0, draft.category_id),
        "product_id": ids.get(source.product_id or 0, draft.product_id),
        "project_id": ids.get(source.project_id or 0, draft.project_id),
        "quantity": str(quantity),
        "rate": None if rate is None else sign * rate,
    }


def _unit_of(line: Line, net: int) -> tuple[Decimal, int | None]:
    """Give quantity and unit price where they give the line's net exactly at two decimals, else one of the whole."""
    quantity, price = line.quantity, line.unit_price
    if quantity is None or price is None or quantity <= 0:
        return Decimal(1), None
    rate = to_pence(price)
    exact = to_pounds(rate) == price and quantity * rate == net
    return (quantity.normalize(), rate) if exact else (Decimal(1), None)


def _one_line(text: str) -> str:
    return plain(text)[:200].strip()


def total_of(payload: Mapping[str, Any]) -> int:
    """Give a frozen document's gross, in hundredths; of a credit note it is negative."""
    return sum(line["net"] + line["tax"] for line in payload["lines"])


def to_document(payload: Mapping[str, Any], contact_id: int) -> NewDocument:
    """Give what is sent for a frozen payload."""
    return NewDocument(
        contact_id=contact_id,
        reference=payload["reference"],
        issued_on=date.fromisoformat(payload["issued_on"]),
        due_on=date.fromisoformat(payload["due_on"]),
        lines=tuple(_document_line(line) for line in payload["lines"]),
        project_id=payload["project_id"],
        currency=payload["currency"],
        exchange_rate=Decimal(payload["exchange_rate"]) if payload["exchange_rate"] else None,
    )


def _document_line(line: Mapping[str, Any]) -> DocumentLine:
    return DocumentLine(
        description=line["description"],
        net=line["net"],
        tax=line["tax"],
        percent=EXEMPT if line["vat_rate"] == EXEMPT_RATE else Decimal(line["vat_rate"]),
        category_id=line["category_id"],
        product_id=line["product_id"],
        project_id=line["project_id"],
        quantity=Decimal(line["quantity"]),
        rate=line["rate"],
    )


def is_same(document: LedgerDocument, wanted: NewDocument) -> bool:
    """Tell whether a document in the ledger is the one that was to be entered, as far as its facts tell."""
    return _has_reference(document, wanted) and _is_same_but_reference(document, wanted)


def is_alike(document: LedgerDocument, wanted: NewDocument) -> bool:
    """Tell whether a document could be the one, though it differs: in its amounts, or it has lost its reference."""
    if not document.reference.strip():
        return _is_same_but_reference(document, wanted)
    same_day = (document.contact_id, document.issued_on) == (wanted.contact_id, wanted.issued_on)
    return same_day and _has_reference(document, wanted)


def is_unreferenced_twin(document: LedgerDocument, wanted: NewDocument) -> bool:
    """Tell whether both carry a mark of ours for want of a reference, and are the same in all else."""
    return MARK.fullmatch(document.reference.strip()) is not None and _is_same_but_reference(document, wanted)


def has_facts(document: LedgerDocument, wanted: NewDocument) -> bool:
    """Tell whether a document that was read with its lines says what was sent."""
    theirs = [(line.net, line.tax, line.category_id, line.project_id) for line in document.lines]
    ours = [(line.net, line.tax, line.category_id, line.project_id) for line in wanted.lines]
    return is_same(document, wanted) and document.due_on == wanted.due_on and (not theirs or theirs == ours)


def _has_reference(document: LedgerDocument, wanted: NewDocument) -> bool:
    theirs, ours = (" ".join(each.reference.casefold().split()) for each in (document, wanted))
    return theirs == ours or (len(theirs) >= SHORTEST_CUT and ours.startswith(theirs))


def _is_same_but_reference(document: LedgerDocument, wanted: NewDocument) -> bool:
    theirs = (document.contact_id, document.issued_on, document.net, document.tax)
    counts = (document.line_count, len(wanted.lines))
    is_equal = theirs == (wanted.contact_id, wanted.issued_on, wanted.net, wanted.tax)
    return is_equal and (0 in counts or counts[0] == counts[1])


def fingerprint(payload: Mapping[str, Any]) -> str:
    """Give what two documents share that could be taken for each other (but for whose they are, to be safe)."""
    net = sum(line["net"] for line in payload["lines"])
    tax = sum(line["tax"] for line in payload["lines"])
    reference = " ".join(payload["reference"].casefold().split())
    return payload_hash({"facts": [payload["kind"], reference, payload["issued_on"], net, tax]})


def payload_hash(payload: Mapping[str, Any]) -> str:
    """Give the hash of a frozen payload."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def contact_code(name: str, mark: str) -> str:
    """Make a code for a new supplier or customer: letters and digits alone, told from others by our mark."""
    head = re.sub(r"[^A-Z0-9]", "", name.upper().encode("ascii", "ignore").decode())[:6]
    return f"{head}{mark}"


def to_contact(payload: Mapping[str, Any]) -> NewContact:
    """Give what is sent for a new supplier or customer."""
    known = {name: value for name, value in payload.items() if name not in {"kind", "address"}}
    return NewContact(address=tuple(payload.get("address") or ()), **known)


def to_payment(payload: Mapping[str, Any], number: int) -> NewPayment:
    """Give what is sent for the payment of the document of this number."""
    return NewPayment(
        number=number,
        paid_on=date.fromisoformat(payload["paid_on"]),
        amount=payload["amount"],
        method_id=payload["method_id"],
        account_id=payload["account_id"],
        note=payload["note"],
    )
