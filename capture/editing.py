"""What a person changes: what was given is turned into edits, written, noted in the history, and settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from capture.amounts.totals import Line, TaxLine
from capture.coding.applying import recode
from capture.coding.facts import around_of
from capture.fields import HIGHEST_NUMBER, SPECS, FieldSpec, Shape, to_column, to_text
from capture.history.events import Change, Who, record
from capture.history.models import Event
from capture.history.undoing import keep_edited, keep_lines, note_changes, party_of
from capture.lessons.service import note_corrections
from capture.models import EDITABLE, Item, ItemState, Layer
from capture.reading.model import Origin
from capture.review import UNSAID, Edit, Evidence, put_lines, put_value, settle, snapshot_of
from capture.service import check_in_use
from core.db import LARGEST_ID
from core.errors import Conflict, Incomplete
from kashflow.ledger import Kind
from kashflow.outgoing import plain
from lists.models import Entry
from lists.service import PARTY_LISTS, SameNameTwice, find_by_code, find_by_name, get_entry, make_party

LINE = {
    "description": FieldSpec("lines", "", Shape.TEXT, "Line description", longest=5000),
    "amount": FieldSpec("lines", "", Shape.MONEY, "Line amount"),
    "percent": FieldSpec("lines", "", Shape.RATE, "Line VAT rate"),
    "quantity": FieldSpec("lines", "", Shape.NUMBER, "Line quantity", lowest=-HIGHEST_NUMBER),
    "unit_price": FieldSpec("lines", "", Shape.NUMBER, "Line unit price", lowest=-HIGHEST_NUMBER),
}
TAX_LINE = {
    "percent": FieldSpec("tax_lines", "", Shape.RATE, "VAT summary"),
    "net": FieldSpec("tax_lines", "", Shape.MONEY, "VAT summary"),
    "tax": FieldSpec("tax_lines", "", Shape.MONEY, "VAT summary"),
    "gross": FieldSpec("tax_lines", "", Shape.MONEY, "VAT summary"),
}


class AlreadyPublished(Conflict):
    """The item is published or on its way, so it cannot be changed here (PUB-10)."""

    code = "PUB-10"


@dataclass(frozen=True)
class Edits:
    """What somebody changes about an item; ``lines`` and ``tax_lines`` replace the old ones where they are given.

    ``places`` are where on the item's pages somebody pointed at a value: the page, and its box in fractions.
    """

    values: Mapping[str, Edit] = field(default_factory=dict)
    places: Mapping[str, tuple[int, Sequence[float]]] = field(default_factory=dict)
    lines: Sequence[Line] | None = None
    tax_lines: Sequence[TaxLine] | None = None


def parse_edit(session: Session, item: Item, spec: FieldSpec, given: object) -> Edit:
    """Turn what was given for a field (text, flag, number, or {"id"}, {"code"} or {"name"}) into an edit.

    Raises:
        Incomplete: it cannot be used; SameNameTwice where a name is several's (LST-5).
        NotFound: there is no such entry.
    """
    if spec.shape is Shape.FLAG and given is None:
        given = False
    if given is None or given == "":
        if spec.name in UNSAID:
            raise Incomplete(f"{spec.label} cannot be left empty.", field=spec.name)
        return Edit(None)
    if spec.shape is Shape.ENTRY:
        entry = _entry(session, item, spec, given)
        return Edit(None) if entry is None else Edit(entry.name, entry.id)
    value = _to_value(spec, given)
    if spec.shape is Shape.USER and value not in around_of(session, item.connection_id).owners:
        raise Incomplete(f"{spec.label}: there is no such person here.", field=spec.name)
    return Edit(to_text(spec, value))


def _to_value(spec: FieldSpec, given: object) -> Any:  # noqa: ANN401 - whatever the column takes
    """Turn a single value as JSON or a form gives it into what its column takes; true and false are for flags alone."""
    if isinstance(given, Mapping | list) or (isinstance(given, bool) and spec.shape is not Shape.FLAG):
        raise Incomplete(f"{spec.label} takes a single value, as text or number.", field=spec.name)
    return to_column(spec, None if given is None else str(given))


def _entry(session: Session, item: Item, spec: FieldSpec, given: object) -> Entry | None:
    assert spec.list_kind is not None  # noqa: S101 - every entry field has one
    wanted: Mapping[str, Any] = given if isinstance(given, Mapping) else {"name": given}
    if not wanted.keys() & {"id", "code", "name"}:
        raise Incomplete(f"{spec.label} takes an object with id, code or name.", field=spec.name)
    if wanted.get("id") is not None:
        if not str(wanted["id"]).isdecimal() or int(wanted["id"]) > LARGEST_ID:
            raise Incomplete(f"{spec.label}: an id is a number.", field=spec.name)
        return get_entry(session, item.connection_id, spec.list_kind, int(wanted["id"]))
    if wanted.get("code") is not None:
        found = find_by_code(session, item.connection_id, spec.list_kind, str(wanted["code"]), _side_of(item, spec))
        if found is None:
            raise Incomplete(f"{spec.label}: there is no usable code {wanted['code']}.", field=spec.name)
        return found
    return _entry_called(session, item, spec, wanted.get("name"))


def _entry_called(session: Session, item: Item, spec: FieldSpec, given: object) -> Entry | None:
    """Give the entry of a name; of a supplier or customer that nobody is called, a new one."""
    if given is not None and not isinstance(given, str):
        raise Incomplete(f"{spec.label}: a name is a text.", field=spec.name)
    name = plain(given or "")
    if not name or spec.list_kind is None:
        return None
    kind = _side_of(item, spec)
    try:
        found = find_by_name(session, item.connection_id, spec.list_kind, name, kind)
    except SameNameTwice as several:
        several.field = spec.name
        raise
    if found is None and name.isdecimal():
        found = find_by_code(session, item.connection_id, spec.list_kind, name, kind)
    if found is None and spec.list_kind in PARTY_LISTS.values():
        return make_party(session, item.connection_id, kind, name)
    if found is None:
        raise Incomplete(f"{spec.label}: there is none called “{name}”.", field=spec.name)
    return found


def _side_of(item: Item, spec: FieldSpec) -> Kind:
    return {"supplier": Kind.COST, "customer": Kind.SALE}.get(spec.name, item.kind)


def edit_item(session: Session, item: Item, edits: Edits, who: Who) -> Event | None:
    """Write a person's changes, note each in the history, and settle the item; give what it can be undone from.

    Another supplier, customer or kind brings its own rules and defaults: they code what no person has set.

    Raises:
        AlreadyPublished: the item is on its way or in KashFlow.
        Replaced: it was split or merged.
    """
    _check_open(item, edits)
    before, party = snapshot_of(item), party_of(item)
    kept = keep_edited(item, [*edits.values, *(["lines"] if edits.lines is not None else [])])
    _write(session, item, edits, who)
    settle(session, item)
    if all(kept[name] == each for name, each in keep_lines(item).items()):
        del kept["lines"], kept["tax_lines"]  # they are long, and stayed as they were
    noted = note_changes(session, item, who, before, detail={"kept": kept})
    said = {each["field"] for each in kept["values"]}
    if noted is None and (confirmed := [name for name in edits.values if name not in said]):
        noted = record(session, item, who, "confirmed", change=Change(confirmed[0]), detail={"kept": kept})
        session.flush()
    if party_of(item) != party:
        recode(session, item)
    note_corrections(session, item, edits.values, who)
    return noted


def _check_open(item: Item, edits: Edits) -> None:
    check_in_use(item)
    if item.state is ItemState.PUBLISHED:
        is_fixed = "kind" in edits.values
    else:
        lined = edits.lines is not None or edits.tax_lines is not None
        is_fixed = item.state not in EDITABLE and (lined or bool(edits.values.keys() - {"note"}))
    if is_fixed:
        raise AlreadyPublished("This item is on its way to KashFlow, or is there as what it is. Nothing was changed.")


def _write(session: Session, item: Item, edits: Edits, who: Who) -> None:
    """Write what a person says, over what a person said before."""
    for name, edit in edits.values.items():
        page, box = edits.places.get(name, (None, None))
        evidence = Evidence(Layer.PERSON, Origin.PERSON, user_id=who.user_id, page=page, box=box)
        put_value(session, item, name, edit, evidence)
    if edits.tax_lines is not None:
        item.tax_lines = [vars(line) for line in edits.tax_lines]
    if edits.lines is not None:
        put_lines(item, edits.lines, Layer.PERSON)
        put_value(session, item, "lines", Edit("edited"), Evidence(Layer.PERSON, Origin.PERSON, user_id=who.user_id))
    item.held_back = []  # a person has taken it in hand


def parse_line(session: Session, item: Item, given: Mapping[str, Any]) -> Line:
    """Turn a line as the HTTP interface and the form give it into our own.

    Raises:
        Incomplete: an amount, rate or entry of it cannot be used.
    """
    edits = {
        name: parse_edit(session, item, SPECS[name], given.get(name)) for name in ("category", "project", "product")
    }
    values = {name: _to_value(spec, given.get(name)) for name, spec in LINE.items()}
    if values["amount"] is None:
        raise Incomplete("A line needs an amount.", field="lines")
    return Line(
        description=plain(values["description"] or ""),
        amount=values["amount"],
        vat_rate=values["percent"],
        category_id=edits["category"].entry_id,
        project_id=edits["project"].entry_id,
        product_id=edits["product"].entry_id,
        quantity=values["quantity"],
        unit_price=values["unit_price"],
    )


def parse_tax_line(given: Mapping[str, Any]) -> TaxLine:
    """Turn one line of a VAT summary as the HTTP interface gives it into our own.

    Raises:
        Incomplete: an amount or the rate cannot be used.
    """
    values = {name: _to_value(spec, given.get(name)) for name, spec in TAX_LINE.items()}
    if values["percent"] is None:
        raise Incomplete("Each line of the VAT summary needs its rate.", field="tax_lines")
    return TaxLine(**values)


def get_party(session: Session, item: Item) -> Entry:
    """Give an item's supplier or customer; one that is known only by the read name is made here.

    Raises:
        Incomplete: not even a name is known.
    """
    if item.party is not None:
        return item.party
    side = "supplier" if item.kind is Kind.COST else "customer"
    if not item.party_name:
        raise Incomplete(f"Choose the {side} first.", field=side)
    party = make_party(session, item.connection_id, item.kind, item.party_name)
    for value in item.values:
        if value.field == side and value.value == item.party_name:
            value.entry_id = party.id
    settle(session, item)
    return party
