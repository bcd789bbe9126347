"""Publishing without a person: the rule that wants it, and what speaks against it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from capture.coding.guards import SENT, Candidate, against
from capture.doubles import find_double
from capture.fields import SPECS
from capture.history.events import Who, record
from capture.history.models import Actor
from capture.layers import winners
from capture.models import EDITABLE, Item, ItemValue, Layer
from capture.reading.model import Origin
from capture.review import settle
from core.money import to_pence, to_pounds
from kashflow.models import Connection
from rules.models import Rule

FOUND = frozenset({Layer.READING, Layer.LEARNED})
HOLDING = frozenset({"CAP-5", "PUB-8", "PUB-13"})  # warnings, besides those of VAT, that a person should see first


def rule_to_publish(session: Session, item: Item) -> Rule | None:
    """Give the rule by which an item is published now; otherwise the item says why not (PUB-19)."""
    rule = session.get(Rule, item.publisher_rule_id) if item.publisher_rule_id is not None else None
    if rule is None or not rule.enabled or not rule.auto_publish or rule.deleted_at is not None:
        return None  # it was taken out of use since the item was read
    if item.state not in EDITABLE or item.archived_at is not None or item.deleted_at is not None:
        return None
    reasons = against(_candidate(session, item, rule), rule.guards)
    if reasons:
        hold_back(session, item, rule, reasons)
        return None
    return rule


def hold_back(session: Session, item: Item, rule: Rule, reasons: list[str]) -> None:
    """Leave an item to a person, with the reasons on it."""
    item.held_back = [f"Not published by rule “{rule.name}”: {reason}" for reason in reasons]
    record(session, item, Who(Actor.RULE, rule.name), "held back", detail={"problem": " ".join(reasons)})
    settle(session, item)


def _candidate(session: Session, item: Item, rule: Rule) -> Candidate:
    best = {name: value for name, value in winners(item.values).items() if name in SENT and value.value}
    read = {name: value for name, value in best.items() if value.layer in FOUND}
    own_currency = session.get_one(Connection, item.connection_id).currency
    number = select(func.count()).where(Item.publisher_rule_id == rule.id, Item.id <= item.id)
    return Candidate(
        problems=[each["message"] for each in item.remarks if each["blocks"] or _holds(each["code"])],
        doubts={_label(value): value.confidence for value in read.values()},
        assumed=[_label(value) for value in read.values() if value.origin == Origin.ASSUMED],
        total=item.total if item.currency == own_currency else _exchanged(item),
        currency=own_currency,
        party=item.party_name,
        is_new_party=item.party is None or item.party.remote_id is None,
        double=find_double(session, item),
        number=session.scalar(number) or 0,
    )


def _exchanged(item: Item) -> int | None:
    """Give a foreign total in our own currency."""
    if item.total is None or not item.exchange_rate:
        return None
    return to_pence(to_pounds(item.total) / item.exchange_rate)


def _holds(code: str) -> bool:
    return code.startswith("VAT-") or code in HOLDING


def _label(value: ItemValue) -> str:
    return SPECS[value.field].label.lower()
