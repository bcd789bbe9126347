"""An item frozen into what each step of its publication will send."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy.orm import Session

from capture.amounts.totals import Amounts
from capture.models import Item, Layer
from capture.review import lines_of, tax_lines_of
from core.db import now
from kashflow.ledger import Kind
from kashflow.models import Connection
from lists.models import Entry
from lists.service import linked_account
from publishing.mapping import Draft, contact_code, document_payload, total_of
from publishing.models import StepKind

MARK_LENGTH = 8
CODE_LENGTH = 6
ADDRESS_LINES = 4
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}  # what KashFlow takes as it is
MOST_BYTES = 2_900_000  # of a file: a request holds 4 MB, and base64 adds a third


def new_mark() -> str:
    """Make the mark by which what we enter is known again."""
    return f"CF-{secrets.token_hex(MARK_LENGTH // 2).upper()}"


def freeze_contact(item: Item, party: Entry) -> dict[str, Any]:
    """Give what a new supplier or customer is created with: its name, and what was read of it."""
    read = {value.field: value.value for value in item.values if value.layer is Layer.READING and value.value}
    side = "supplier" if item.kind is Kind.COST else "customer"
    code = contact_code(party.name, secrets.token_hex(CODE_LENGTH // 2).upper())
    payload: dict[str, Any] = {"kind": item.kind.value, "code": code, "name": party.name[:100]}
    address = (read.get(f"{side}_address") or "").replace("\n", ",")
    if item.kind is Kind.COST and read.get("supplier_postcode"):  # it has a field of its own
        address = address.replace(read["supplier_postcode"], "")
    payload["address"] = [part.strip()[:50] for part in address.split(",") if part.strip()][:ADDRESS_LINES]
    if item.kind is Kind.COST:
        payload |= {name: read.get(f"supplier_{name}") for name in ("postcode", "email", "phone", "website")}
        payload["vat_number"] = read.get("vat_number")
    else:
        payload["vat_number"] = read.get("customer_vat_number")
    return payload


def freeze_document(session: Session, item: Item, connection: Connection, mark: str) -> dict[str, Any]:
    """Give what is entered: the document with its lines.

    Raises:
        SumsDisagree: the lines do not add up to the penny (PUB-2).
    """
    if item.issued_on is None:
        raise ValueError("an item without a date was not refused")
    lines = lines_of(item)
    named = {item.category_id, item.project_id, item.product_id}
    named |= {each for line in lines for each in (line.category_id, line.project_id, line.product_id)}
    entries = [session.get_one(Entry, each) for each in named if each]
    ids = {entry.id: int(entry.remote_id or 0) for entry in entries if not entry.is_account_code}
    is_foreign = item.currency != connection.currency
    draft = Draft(
        kind=item.kind,
        document_type=item.document_type,
        reference=item.reference or mark,
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
        currency=item.currency if is_foreign else None,
        exchange_rate=item.exchange_rate if is_foreign else None,
    )
    return document_payload(draft) | {"marked": not item.reference}


def freeze_rest(
    session: Session, item: Item, document: dict[str, Any], mark: str
) -> list[tuple[StepKind, dict[str, Any]]]:
    """Give what follows the document: its payment, its file and its note, those of them that it has."""
    rest = []
    account = payment_account(session, item)
    if item.paid and item.payment_method is not None and account is not None:
        payment = {
            "kind": item.kind.value,
            "paid_on": document["issued_on"],
            "amount": total_of(document),
            "method_id": int(item.payment_method.remote_id or 0),
            "account_id": int(account.remote_id or 0),
            "note": f"Counterfoil {mark}",
        }
        rest.append((StepKind.PAYMENT, payment))
    if item.pages:
        rest.append((StepKind.ATTACHMENT, freeze_attachment(item)))
    if item.note:
        written_on = now().date().isoformat()
        note = {"kind": item.kind.value, "text": f"{item.note} [{mark}]", "mark": mark, "written_on": written_on}
        rest.append((StepKind.NOTE, note))
    return rest


def payment_account(session: Session, item: Item) -> Entry | None:
    """Give the bank account an item is paid from: its own, or the one its method is linked to (PUB-13)."""
    if item.payment_method is None:
        return None
    return item.bank_account or linked_account(session, item.connection_id, item.payment_method.id)


def freeze_attachment(item: Item) -> dict[str, Any]:
    """Give which pages are attached, under a name that is the item's alone; of a part of a file, no more than that."""
    documents = list({page.document_id: page.document for page in item.pages}.values())
    first = documents[0]
    pages = [page.page for page in item.pages]
    is_whole = not first.pages or pages == list(range(1, len(first.pages) + 1))
    is_whole = is_whole and not any(page.region for page in item.pages)
    as_it_is = is_whole and len(documents) == 1 and first.media_type in ENDINGS and first.size <= MOST_BYTES
    ending = ENDINGS[first.media_type] if as_it_is else "pdf"
    return {
        "kind": item.kind.value,
        "original": {"sha256": first.sha256, "media_type": first.media_type} if as_it_is else None,
        "pages": [{"sha256": page.document.sha256, "page": page.page, "region": page.region} for page in item.pages],
        "filename": f"counterfoil-{item.id}-{first.sha256[:10]}.{ending}",
    }
