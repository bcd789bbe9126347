"""What people corrected, for the rules that grow from it."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from capture.models import Item, ItemValue, Layer
from kashflow.ledger import Kind
from rules.models import Refusal
from rules.service import list_rules, party_default
from rules.suggesting import LEARNED, Correction, Suggestion, suggest

LATEST = 3000  # corrections that are looked at


def corrections(session: Session, connection_id: int, party_id: int | None = None) -> list[Correction]:
    """Give the latest corrections, the oldest first: a person's values that no other layer had."""
    other = aliased(ItemValue)
    agreed = exists().where(
        other.item_id == ItemValue.item_id,
        other.field == ItemValue.field,
        other.layer.not_in([Layer.PERSON, Layer.LEARNED]),
        other.value == ItemValue.value,
    )
    wanted = (
        select(ItemValue.field, ItemValue.value, ItemValue.entry_id, Item.id, Item.kind)
        .add_columns(Item.supplier_id, Item.customer_id)
        .join(Item, Item.id == ItemValue.item_id)
        .where(Item.connection_id == connection_id, Item.deleted_at.is_(None), ItemValue.layer == Layer.PERSON)
        .where(ItemValue.field.in_(LEARNED), ItemValue.value.is_not(None), ~agreed)
    )
    if party_id is not None:
        wanted = wanted.where((Item.supplier_id == party_id) | (Item.customer_id == party_id))
    found = []
    for row in session.execute(wanted.order_by(Item.id.desc()).limit(LATEST)):
        side, party = ("supplier", row.supplier_id) if row.kind is Kind.COST else ("customer", row.customer_id)
        if party is not None and party_id in {None, party}:
            found.append(Correction(party, side, row.field, row.entry_id or row.value, row.id))
    return found[::-1]


def suggestions(session: Session, connection_id: int, party_id: int | None = None) -> list[Suggestion]:
    """Give the rules to propose: none where nobody wants one, nothing that a rule or default of theirs sets already."""
    refused = set(session.scalars(select(Refusal.entry_id).where(Refusal.connection_id == connection_id)))
    proposed = suggest(corrections(session, connection_id, party_id))
    kept = [each for each in proposed if each.party_id not in refused]
    if not kept:
        return []
    rules = list_rules(session, connection_id)
    new = []
    for each in kept:
        known = dict(party_default(session, connection_id, each.party_id))
        for rule in rules:
            if rule.when == {each.side: each.party_id}:
                known |= rule.sets
        sets = {name: value for name, value in each.sets.items() if known.get(name) != value}
        if sets:
            new.append(Suggestion(each.party_id, each.side, sets, each.item_ids))
    return new
