"""An item's other layers: what the reading found, what rules set, what the channel and the connection bring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from capture.events import Change, Who, record
from capture.fields import SPECS, Shape, to_column, to_text
from capture.models import EDITABLE, Actor, Document, Item, ItemPage, ItemValue, Layer, Submission
from capture.reading.model import Box, Found, Origin, Reading
from capture.review import Edit, Evidence, drop_layer, put_lines, put_value, settle, snapshot_of
from capture.totals import Line
from core.errors import Incomplete
from kashflow.ledger import Kind
from lists.matching import Match, Party, match_party
from lists.models import Entry
from lists.service import defaults_of, known_parties, normal_rate
from rules.matching import Coding, Facts, Setting, evaluate
from rules.service import codings, count_hits

LONGEST_TEXT = 20_000  # characters of a document that rules look at


def make_item(session: Session, submission: Submission, reading: Reading, text: str) -> Item:
    """Make an item from what one document says, coded by the rules."""
    item = Item(
        connection_id=submission.connection_id,
        submission_id=submission.id,
        channel_id=submission.channel_id,
        owner_id=submission.owner_id,
    )
    if submission.document is None:
        raise ValueError("an item is made from a document")
    item.pages = _pages(submission.document, reading)
    session.add(item)
    session.flush()
    for name, found in reading.fields.items():
        if name in SPECS and SPECS[name].shape is not Shape.ENTRY:
            _put_found(item, name, found, reading)
    if submission.wanted_kind is not None:
        put_value(session, item, "kind", Edit(submission.wanted_kind.value), Evidence(Layer.CHANNEL, Origin.PERSON))
    _put_lines(item, reading)
    session.flush()
    item.notes = list(reading.notes)
    settle(session, item)
    link_parties(session, item, reading)
    code_item(session, item, text)
    return item


def _pages(document: Document, reading: Reading) -> list[ItemPage]:
    region = reading.region
    place = [region.x, region.y, region.width, region.height] if region else None
    return [
        ItemPage(document_id=document.id, page=page, position=position, region=place)
        for position, page in enumerate(reading.pages, start=1)
    ]


def _put_found(item: Item, name: str, found: Found, reading: Reading, match: Match | None = None) -> None:
    """Write what the reading found; what cannot be a value of the field is left out."""
    spec = SPECS[name]
    if spec.shape is not Shape.ENTRY:
        try:
            value = to_text(spec, to_column(spec, found.value))
        except Incomplete:
            return
    else:
        value = found.value[:300]
    page = reading.pages.index(found.page) + 1 if found.page in reading.pages else None
    item.values[:] = [each for each in item.values if (each.field, each.layer) != (name, Layer.READING)]
    item.values.append(
        ItemValue(
            field=name,
            layer=Layer.READING,
            value=value,
            entry_id=match.id if match else None,
            confidence=found.confidence,
            origin=found.origin.value,
            page=page,
            box=_place(found.box),
            reason=match.reason if match else found.note,
        )
    )


def _place(box: Box | None) -> list[float] | None:
    return [round(each, 5) for each in (box.x, box.y, box.width, box.height)] if box else None


def _put_lines(item: Item, reading: Reading) -> None:
    lines = []
    for line in reading.lines:
        if line.amount is None:
            continue
        rate = normal_rate(line.percent) if line.percent is not None else None
        lines.append(Line(description=line.description, amount=_pence(line.amount) or 0, vat_rate=rate))
    put_lines(item, lines, Layer.READING)
    rated = [(normal_rate(line.percent), line) for line in reading.tax_lines if line.percent is not None]
    item.tax_lines = [
        {"percent": rate, "net": _pence(line.net), "tax": _pence(line.tax), "gross": _pence(line.gross)}
        for rate, line in rated
    ]


def _pence(amount: str | None) -> int | None:
    money = SPECS["total"]
    return None if amount is None else int(to_column(money, amount))


def link_parties(session: Session, item: Item, reading: Reading) -> None:
    """Say which known supplier or customer the document means."""
    for name, kind in (("supplier", Kind.COST), ("customer", Kind.SALE)):
        found = reading.fields.get(name)
        if found is None:
            continue
        own = {key: each.value for key, each in reading.fields.items()} if kind is Kind.COST else {}
        party = Party(
            id=0,
            name=found.value,
            vat_number=own.get("vat_number"),
            email=own.get("supplier_email"),
            website=own.get("supplier_website"),
            phone=own.get("supplier_phone"),
        )
        match = match_party(party, known_parties(session, item.connection_id, kind))
        _put_found(item, name, found, reading, match)
    session.flush()
    settle(session, item)


def code_item(session: Session, item: Item, text: str = "", rules: list[Coding] | None = None) -> None:
    """Run the rules, the channel's settings and the connection's defaults over an item; a person's values stay."""
    for layer in (Layer.RULE, Layer.CONNECTION):
        drop_layer(item, layer)
    session.flush()
    settle(session, item)
    settings = evaluate(codings(session, item.connection_id) if rules is None else rules, facts_of(item, text))
    for setting in settings.values():
        _put_setting(session, item, setting)
    count_hits(session, {setting.rule_id for setting in settings.values()})
    _put_channel(session, item)
    _put_defaults(session, item)
    settle(session, item)


def recode(session: Session, item: Item, text: str = "") -> bool:
    """Run the rules over an item again and note what they changed; published ones are never touched."""
    if item.state not in EDITABLE or item.deleted_at is not None:
        return False
    before = snapshot_of(item)
    code_item(session, item, text)
    after = snapshot_of(item)
    changed = [name for name in after if before[name] != after[name]]
    for name in changed:
        value = next((each for each in item.values if each.field == name and each.layer is Layer.RULE), None)
        who = Who(Actor.RULE, value.reason or "a rule") if value is not None else Who(Actor.RULE, "the rules")
        record(session, item, who, "changed", change=Change(name, before[name], after[name]))
    return bool(changed)


def facts_of(item: Item, text: str) -> Facts:
    """Give what rules may look at of an item."""
    read = {value.field: value.value for value in item.values if value.layer is Layer.READING and value.value}
    return Facts(
        kind=item.kind.value,
        document_type=item.document_type.value,
        supplier_id=item.supplier_id,
        customer_id=item.customer_id,
        channel_id=item.channel_id,
        owner_id=item.owner_id,
        payment_method_id=item.payment_method_id,
        party_name=item.party_name,
        total=item.total,
        tax=item.tax,
        currency=item.currency,
        issued_on=item.issued_on,
        text=text[:LONGEST_TEXT],
        fields=read,
    )


def _put_setting(session: Session, item: Item, setting: Setting) -> None:
    evidence = Evidence(Layer.RULE, Origin.RULE, rule_id=setting.rule_id, reason=setting.reason)
    if setting.field == "due_days":
        if item.issued_on is not None:
            due = item.issued_on + timedelta(days=int(setting.value))
            put_value(session, item, "due_date", Edit(due.isoformat()), evidence)
        return
    spec = SPECS.get(setting.field)
    if spec is None:
        return
    edit = _edit_of(session, item, setting.field, setting.value)
    if edit is not None:
        put_value(session, item, spec.name, edit, evidence)


def _edit_of(session: Session, item: Item, name: str, value: Any) -> Edit | None:  # noqa: ANN401 - from a rule's JSON
    spec = SPECS[name]
    if spec.shape is not Shape.ENTRY:
        text = "yes" if value is True else "no" if value is False else str(value)
        return Edit(to_text(spec, to_column(spec, text)))
    entry = session.get(Entry, int(value))
    usable = entry is not None and entry.connection_id == item.connection_id and entry.active
    return Edit(entry.name, entry.id) if entry is not None and usable else None


def _put_channel(session: Session, item: Item) -> None:
    channel = item.channel
    if channel is None:
        return
    evidence = Evidence(Layer.CHANNEL, Origin.DEFAULT, reason=f"set for everything that comes by “{channel.name}”")
    for name in ("payment_method", "bank_account", "source"):
        entry_id = getattr(channel, f"{name}_id")
        edit = _edit_of(session, item, name, entry_id) if entry_id is not None else None
        if edit is not None:
            put_value(session, item, name, edit, evidence)


def _put_defaults(session: Session, item: Item) -> None:
    defaults = defaults_of(session, item.connection_id, item.kind)
    evidence = Evidence(Layer.CONNECTION, Origin.DEFAULT, reason="the connection's default")
    for name in ("category", "product", "payment_method", "bank_account"):
        entry_id = getattr(defaults, f"{name}_id")
        edit = _edit_of(session, item, name, entry_id) if entry_id is not None else None
        if edit is not None:
            put_value(session, item, name, edit, evidence)
    if defaults.vat_rate and item.vat_rate is None:
        put_value(session, item, "vat_rate", Edit(defaults.vat_rate), evidence)
