"""Rules over an item: its layers are asked again, and what each says is written with its reason.

Which layer wins stands in capture.layers; a person's values are never touched here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from capture.coding.corrections import suggestions
from capture.coding.facts import around_of, facts_of
from capture.coding.splitting import put_split, restore_lines
from capture.fields import SPECS, Shape, to_column, to_text
from capture.history.events import Change, Who, record
from capture.history.models import Actor
from capture.layers import winners
from capture.models import EDITABLE, Item, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, drop_layer, put_value, settle, snapshot_of
from capture.ways.choices import choice_of
from core.errors import Incomplete
from kashflow.ledger import Kind
from lists.models import Entry
from lists.service import PARTY_LISTS, find_by_name, find_defaults
from rules.conditions import Facts
from rules.matching import Rulebook, Setting, Verdict
from rules.service import count_hits, party_default, rulebook
from rules.settings import due_on, fill

LEARNED_CONFIDENCE = 0.8


def code_item(session: Session, item: Item, book: Rulebook | None = None) -> Verdict:
    """Run the rules, defaults and what was learned over an item; give what the rules made of it."""
    for layer in (Layer.RULE, Layer.PARTY, Layer.CHANNEL, Layer.LEARNED, Layer.CONNECTION):
        drop_layer(item, layer, keeping=Origin.PERSON)
    restore_lines(item)
    item.accepted = {code: each for code, each in item.accepted.items() if each.get("rule") is None}
    session.flush()
    _put_channel(session, item)
    _link_party(session, item)
    settle(session, item)
    facts = facts_of(item, around_of(session, item.connection_id))
    verdict = (book or rulebook(session, item.connection_id)).evaluate(facts)
    evidence = Evidence(Layer.RULE, Origin.RULE)
    splits = [put_settings(session, item, verdict.settings.values(), facts, evidence)]
    item.publisher_rule_id = verdict.publisher.id if verdict.publisher else None
    count_hits(session, verdict.rule_ids)
    settle(session, item)
    splits.append(_put_party(session, item, facts))
    _put_learned(session, item)
    settle(session, item)
    _put_defaults(session, item)
    settle(session, item)
    split = next((each for each in splits if each is not None), None)
    if split is not None and put_split(session, item, split, facts):
        settle(session, item)
    return verdict


def recode(session: Session, item: Item, book: Rulebook | None = None) -> bool:
    """Run the rules over an item again and note what they changed; published ones are never touched."""
    if item.state not in EDITABLE or item.deleted_at is not None:
        return False
    before = snapshot_of(item)
    code_item(session, item, book)
    after = snapshot_of(item)
    changed = [name for name in after if before[name] != after[name]]
    best = winners(item.values)
    for name in changed:
        value = best.get(name)
        said = value.reason if value is not None and value.layer not in {Layer.PERSON, Layer.READING} else None
        who = Who(Actor.RULE, said or "the rules")
        record(session, item, who, "changed", change=Change(name, before[name], after[name]))
    return bool(changed)


def put_settings(
    session: Session, item: Item, settings: Iterable[Setting], facts: Facts, evidence: Evidence
) -> Setting | None:
    """Write what these settings say, as the layer of the evidence; the split, if there is one, is given back."""
    split = None
    for setting in settings:
        if setting.field == "split":
            split = setting
        elif setting.field == "accept":
            said = {"note": setting.reason, "rule": setting.rule_id}
            item.accepted = dict.fromkeys(setting.value, said) | item.accepted
        else:
            edit = edit_of(session, item, setting, facts)
            if edit is not None:
                own = replace(evidence, rule_id=setting.rule_id, reason=setting.reason)
                put_value(session, item, setting.field, edit, own)
    return split


def edit_of(session: Session, item: Item, setting: Setting, facts: Facts) -> Edit | None:
    """Give what a setting makes of its field; None where it cannot be used on this item."""
    spec = SPECS[setting.field]
    if spec.shape is Shape.ENTRY:
        entry = entry_for(session, item.connection_id, item.kind, setting.value)
        return None if entry is None else Edit(entry.name, entry.id)
    text = plain_value(setting.field, setting.value, facts)
    if text is None:
        return None
    try:
        return Edit(to_text(spec, to_column(spec, text)))
    except Incomplete:
        return None


def plain_value(name: str, value: Any, facts: Facts) -> str | None:  # noqa: ANN401 - from a rule's JSON
    """Give the text that a setting of a field comes to, for all but entries."""
    if name == "due_date":
        return None if facts.issued_on is None else due_on(value, facts.issued_on).isoformat()
    if name in {"description", "note"}:
        return fill(str(value), facts)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def entry_for(session: Session, connection_id: int, kind: Kind, entry_id: int) -> Entry | None:
    """Give a usable entry for a cost or sale; of one that is for the other side alone, its namesake on this one."""
    entry = session.get(Entry, entry_id)
    if entry is None or entry.connection_id != connection_id or not entry.active:
        return None
    if kind in entry.kinds:
        return entry
    try:
        return find_by_name(session, connection_id, entry.list_kind, entry.name, kind)
    except Incomplete:
        return None


def _link_party(session: Session, item: Item) -> None:
    """Link a party that was made after the document was read, where its name is exactly the one that was read."""
    side = "supplier" if item.kind is Kind.COST else "customer"
    value = next((each for each in item.values if each.field == side and each.layer is Layer.READING), None)
    if value is None or value.entry_id is not None or not value.value:
        return
    try:
        found = find_by_name(session, item.connection_id, PARTY_LISTS[item.kind], value.value, item.kind)
    except Incomplete:
        return
    value.entry_id = found.id if found is not None else None


def _put_party(session: Session, item: Item, facts: Facts) -> Setting | None:
    party = item.party
    if party is None:
        return None
    sets = party_default(session, item.connection_id, party.id)
    reason = f"{party.name}'s own default"
    settings = [Setting(name, value, None, reason) for name, value in sets.items()]
    return put_settings(session, item, settings, facts, Evidence(Layer.PARTY, Origin.DEFAULT))


def _put_learned(session: Session, item: Item) -> None:
    party = item.party
    for suggestion in suggestions(session, item.connection_id, party.id) if party is not None else ():
        reason = f"you chose this on the last documents of {party.name if party else ''}"
        evidence = Evidence(Layer.LEARNED, Origin.ASSUMED, reason=reason, confidence=LEARNED_CONFIDENCE)
        settings = [Setting(name, value, None, reason) for name, value in suggestion.sets.items()]
        put_settings(session, item, settings, Facts(), evidence)


def _put_channel(session: Session, item: Item) -> None:
    choice = choice_of(session, item)
    if item.channel is None or choice is None:
        return
    reason = f"set for everything that comes by “{item.channel.name}”"
    values = {name: getattr(choice, f"{name}_id") for name in ("payment_method", "bank_account", "source")}
    settings = [Setting(name, value, None, reason) for name, value in values.items() if value is not None]
    put_settings(session, item, settings, Facts(), Evidence(Layer.CHANNEL, Origin.DEFAULT))


def _put_defaults(session: Session, item: Item) -> None:
    defaults = find_defaults(session, item.connection_id, item.kind)
    if defaults is None:
        return
    values = {name: getattr(defaults, f"{name}_id") for name in ("category", "product", "payment_method")}
    values["bank_account"] = defaults.bank_account_id
    values["vat_rate"] = defaults.vat_rate if item.vat_rate is None else None
    reason = "the connection's default"
    settings = [Setting(name, value, None, reason) for name, value in values.items() if value is not None]
    put_settings(session, item, settings, Facts(), Evidence(Layer.CONNECTION, Origin.DEFAULT))
