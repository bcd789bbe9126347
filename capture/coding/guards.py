"""The guards of publishing without a person: whatever speaks against it, in words (PUB-19). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from capture.reading.confidence import percent_sure
from core.money import format_money

SENT = (  # fields whose reading must be sure
    *("kind", "document_type", "supplier", "customer", "date", "due_date", "reference", "currency", "net", "tax"),
    *("total", "vat_rate", "paid", "category", "payment_method", "bank_account", "project", "product"),
)
LEAST_CONFIDENCE = Decimal("0.9")


@dataclass(frozen=True)
class Candidate:
    """What of an item is looked at before a rule publishes it.

    ``problems`` are those that block and the warnings that nobody accepted; ``doubts`` the confidence (0-1) of each
    field that was read, by its label; ``assumed`` fields that were filled in for want of a reading; ``double`` an
    item that may be the same purchase; ``total`` is in ``currency``, our own; ``number`` how many documents the rule
    was to publish, this one included.
    """

    problems: Sequence[str]
    doubts: Mapping[str, float]
    assumed: Sequence[str]
    total: int | None
    currency: str
    party: str | None
    is_new_party: bool
    double: int | None
    number: int


def against(item: Candidate, guards: Mapping[str, Any]) -> list[str]:
    """Say what speaks against publishing an item by a rule with these guards; nothing when it may be published."""
    least = Decimal(guards.get("min_confidence", LEAST_CONFIDENCE))
    said = list(item.problems)
    if item.double is not None:
        said.append(f"It may be a duplicate of item {item.double}.")
    unsure = [
        f"{name} ({percent_sure(confidence)} sure)"
        for name, confidence in item.doubts.items()
        if Decimal(str(confidence)) < least
    ]
    if unsure:
        said.append(f"The reading is not sure enough: {', '.join(unsure)}.")
    if item.assumed:
        said.append(f"Not on the document, so assumed: {', '.join(item.assumed)}.")
    if "max_total" in guards and (item.total is None or abs(item.total) > guards["max_total"]):
        said.append(f"The total is above the rule's limit, {format_money(guards['max_total'], item.currency)}.")
    if item.is_new_party:
        said.append(f"{item.party or 'Its supplier'} is new: KashFlow does not know them yet.")
    if item.number <= guards.get("first", 0):
        said.append(f"It is number {item.number} of the first {guards['first']} that a person wants to see.")
    return said
