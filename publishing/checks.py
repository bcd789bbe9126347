"""What speaks against publishing an item, beyond what its fields lack: the lists, the period, the currency."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.checking import Problem
from capture.models import Item
from core.money import format_money
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.models import Entry
from lists.service import find_by_code, list_codes
from publishing.payloads import payment_account

FIELDS = ("category", "project", "product", "payment_method", "bank_account")
_SIDES = {Kind.COST: "costs", Kind.SALE: "sales"}


def find_obstacles(session: Session, item: Item, connection: Connection) -> list[Problem]:
    """Give everything that keeps this item from being published now."""
    found = [Problem(**remark) for remark in item.remarks if remark["blocks"]]
    found += _unusable_entries(session, item)
    found += _unusable_rates(session, item)
    found += _payment(session, item)
    if connection.publishes_from is not None and item.issued_on and item.issued_on < connection.publishes_from:
        limit = f"{connection.publishes_from:%d %b %Y}"
        text = f"The date {item.issued_on:%d %b %Y} is before {limit}, from which {connection.name} publishes. "
        found.append(Problem("PUB-8", "date", f"{text}Nothing was sent. Change the date, or ask an administrator."))
    if item.currency != connection.currency and not _is_listed_currency(session, item):
        text = (
            f"KashFlow has no currency {item.currency}. Nothing was sent. Set it up there and refresh the lists, or "
            f"enter the item in {connection.currency}."
        )
        found.append(Problem("PUB-14", "currency", text))
    return list({(each.code, each.field): each for each in reversed(found)}.values())[::-1]


def _unusable_entries(session: Session, item: Item) -> Iterator[Problem]:
    party = item.party
    if party is not None and not party.active:
        yield _gone("supplier" if item.kind is Kind.COST else "customer", party)
    named = {name: getattr(item, f"{name}_id") for name in FIELDS}
    entries = [(name, session.get(Entry, entry_id)) for name, entry_id in named.items() if entry_id]
    for line in item.lines:
        of_line = (line.category, line.project, line.product)
        entries += [("lines", entry) for entry in of_line if entry is not None]
    for name, entry in entries:
        if entry is None or entry.connection_id != item.connection_id:
            continue
        if not entry.active or not entry.remote_id:
            yield _gone(name, entry)
        elif item.kind not in entry.kinds:
            text = f"“{entry.name}” is not for {_SIDES[item.kind]}. Nothing was sent. Choose another."
            yield Problem("PUB-4", name, text)


def _gone(name: str, entry: Entry) -> Problem:
    label = " ".join(each for each in (entry.code, entry.name) if each)
    text = f"{label} was removed or archived in KashFlow. Nothing was sent. Refresh the lists, or choose another."
    return Problem("PUB-3", name, text)


def _unusable_rates(session: Session, item: Item) -> Iterator[Problem]:
    known = list_codes(session, item.connection_id, ListKind.VAT_RATES)
    rates = {line.vat_rate for line in item.lines} if item.lines else {item.vat_rate}
    for rate in sorted(each for each in rates if each and known and each not in known):
        text = f"KashFlow has no VAT rate of {rate}%. Nothing was sent. Choose one it has, or add it there and refresh."
        yield Problem("PUB-4", "lines" if item.lines else "vat_rate", text)


def _payment(session: Session, item: Item) -> Iterator[Problem]:
    if item.paid and item.payment_method is not None and payment_account(session, item) is None:
        name, amount = item.payment_method.name, format_money(item.total or 0, item.currency)
        text = (
            f"Payment method “{name}” has no KashFlow bank account, so {amount} cannot be entered as paid. Nothing was "
            "sent. Choose an account, or link one to the method."
        )
        yield Problem("PUB-13", "bank_account", text)


def _is_listed_currency(session: Session, item: Item) -> bool:
    known = select(Entry.id).where(
        Entry.connection_id == item.connection_id, Entry.list_kind == ListKind.CURRENCIES, Entry.active
    )
    if session.scalars(known.limit(1)).first() is None:
        return True  # the list was never fetched: KashFlow will say
    return find_by_code(session, item.connection_id, ListKind.CURRENCIES, item.currency, item.kind) is not None
