"""Taking back: what an edit or the rules are about to change is kept as plain data, and put back from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from capture.coding.applying import recode
from capture.fields import SPECS, to_column, to_text
from capture.history.events import Change, Who, history_of, record
from capture.history.models import Event
from capture.lessons.service import note_corrections
from capture.models import EDITABLE, Item, ItemLine, ItemState, ItemValue, Layer
from capture.review import KEPT, settle, snapshot_of
from capture.service import check_in_use, get_item
from core.db import now
from core.errors import Conflict
from kashflow.ledger import Kind

CODED = (Layer.RULE, Layer.PARTY, Layer.CHANNEL, Layer.LEARNED, Layer.CONNECTION)
VALUE = ("value", "entry_id", "origin", "confidence", "rule_id", "user_id", "reason", "page", "box")
LINE = ("description", "quantity", "unit_price", "amount", "vat_rate", "category_id", "project_id", "product_id")
UNDOES = "undoes"

Kept = dict[str, Any]


class NothingToUndo(Conflict):
    """No edit is left that can be taken back."""

    code = "undo"


def keep_edited(item: Item, names: Iterable[str]) -> Kept:
    """Keep what the person's layer says of these fields, the columns that no layer fills, and the lines."""
    said = _values(item, [Layer.PERSON], names)
    return {"fields": list(names), "values": said, "was": _columns(item, KEPT & set(names))} | keep_lines(item)


def keep_coded(item: Item) -> Kept:
    """Keep what rules, defaults and habits say of an item, and the lines."""
    own = {"accepted": dict(item.accepted), "publisher": item.publisher_rule_id}
    kept = {"fields": None, "values": _values(item, CODED, None), "was": _columns(item, KEPT)}
    return kept | own | keep_lines(item)


def keep_lines(item: Item) -> Kept:
    """Keep an item's lines and VAT summary."""
    lines = [{"layer": line.layer.value} | {name: _plain(getattr(line, name)) for name in LINE} for line in item.lines]
    return {"lines": lines, "tax_lines": list(item.tax_lines)}


def take_back(session: Session, item: Item, kept: Mapping[str, Any], who: Who, undoes: int | None = None) -> None:
    """Let an item be as it was when this was kept, as far as it was kept, and note that; settled."""
    before, party = snapshot_of(item), party_of(item)
    _put_back(session, item, kept)
    if note_changes(session, item, who, before, "took back", {UNDOES: undoes}) is None:
        record(session, item, who, "took back", detail={UNDOES: undoes})
    if kept["fields"] is not None and party_of(item) != party:
        recode(session, item)
    note_corrections(session, item, kept["fields"] or (), who)


def party_of(item: Item) -> tuple[Kind, int | None, int | None]:
    """Give whose rules and defaults an item has."""
    return item.kind, item.supplier_id, item.customer_id


def _put_back(session: Session, item: Item, kept: Mapping[str, Any]) -> None:
    fields = kept["fields"]
    layers = CODED if fields is None else [Layer.PERSON]
    item.values[:] = [each for each in item.values if each.layer not in layers or not _is_meant(each.field, fields)]
    session.flush()  # a layer says one thing of a field, so what it says now goes first
    item.values += [ItemValue(**{**each, "layer": Layer(each["layer"]), "at": now()}) for each in kept["values"]]
    for name, text in kept["was"].items():
        setattr(item, SPECS[name].column, to_column(SPECS[name], text))
    if "lines" in kept:
        item.tax_lines = kept["tax_lines"]
        item.lines[:] = [_line(position, each) for position, each in enumerate(kept["lines"], start=1)]
    if fields is None:
        item.accepted, item.publisher_rule_id = kept["accepted"], kept["publisher"]
    session.flush()
    settle(session, item)


def last_edit(session: Session, item: Item) -> Event | None:
    """Give the newest edit of an item that can be taken back; what came before it was queued stays as it is."""
    done: set[int] = set()
    for event in history_of(session, item):
        if event.what == "queued":
            return None
        if UNDOES in event.detail:
            done.add(event.detail[UNDOES])
        elif "kept" in event.detail and event.id not in done:
            return event
    return None


def undo_edit(session: Session, connection_id: int, item_id: int, who: Who) -> Item:
    """Take back the newest edit of an item; once more, the one before.

    Raises:
        NotFound: this connection has no such item.
        NothingToUndo: there is none, or the item is on its way to KashFlow.
    """
    item = get_item(session, connection_id, item_id)
    check_in_use(item)
    event = last_edit(session, item)
    if event is None or item.state not in {*EDITABLE, ItemState.PUBLISHED}:
        raise NothingToUndo("There is nothing to undo here.")
    take_back(session, item, event.detail["kept"], who, event.id)
    return item


def note_changes(
    session: Session,
    item: Item,
    who: Who,
    before: Mapping[str, str | None],
    what: str = "changed",
    detail: Kept | None = None,
) -> Event | None:
    """Note what became of the fields since they were as told; give the first line, on which the detail stands."""
    after = snapshot_of(item)
    changed = [name for name in after if before[name] != after[name]]
    lines = [record(session, item, who, what, change=Change(name, before[name], after[name])) for name in changed]
    if not lines:
        return None
    lines[0].detail = dict(detail or {})
    session.flush()
    return lines[0]


def _columns(item: Item, names: Iterable[str]) -> Kept:
    return {name: to_text(SPECS[name], getattr(item, SPECS[name].column)) for name in names}


def _values(item: Item, layers: Iterable[Layer], fields: Iterable[str] | None) -> list[Kept]:
    return [
        {"field": each.field, "layer": each.layer.value} | {name: getattr(each, name) for name in VALUE}
        for each in item.values
        if each.layer in layers and _is_meant(each.field, fields)
    ]


def _is_meant(field: str, fields: Iterable[str] | None) -> bool:
    return fields is None or field in fields


def _plain(value: Any) -> Any:  # noqa: ANN401 - a line's column
    return str(value) if isinstance(value, Decimal) else value


def _line(position: int, kept: Mapping[str, Any]) -> ItemLine:
    numbers = {name: None if kept[name] is None else Decimal(kept[name]) for name in ("quantity", "unit_price")}
    return ItemLine(**{**kept, **numbers, "layer": Layer(kept["layer"]), "position": position})
