"""What a list that came from KashFlow alters about the kept entries: added, changed, inactive; never deleted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kashflow.ledger import Kind, Listed, ListKind
from lists.matching import core_of, domain, party_of, phone_digits, plain, vat_digits
from lists.models import KNOWN_BY

MOST_CHANGES = 300  # kept for the page; the counts are of all
LONGEST_NAME = 300
LONGEST_CODE = 60
_Row = dict[str, Any]  # a kept entry by its columns
_Key = tuple[str, str]  # side and KashFlow's id
_OURS = {"search_name", *KNOWN_BY}  # which only we make
_SHOWN = {"name": "name", "code": "code", "percent": "percent", "active": "in use", "remote_id": "KashFlow id"}


@dataclass
class Merged:
    """What is to be written, and what is to be told.

    ``inserts`` and ``updates`` are rows of columns (updates with their id), ``unchanged`` are ids that were seen again;
    ``parents`` names the product of each sub-product; ``orphans`` were set aside, because their product is not there;
    ``emptied`` counts the entries in use where none came (LST-4).
    """

    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    vanished: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    parents: dict[_Key, str] = field(default_factory=dict)
    orphans: int = 0
    emptied: int = 0
    added: int = 0
    changed: int = 0
    inactive: int = 0
    changes: list[dict[str, Any]] = field(default_factory=list)

    def note(self, name: str, what: str, before: object = None, after: object = None) -> None:
        """Keep one change for the page."""
        if len(self.changes) < MOST_CHANGES:
            told = {"from": None if before is None else str(before), "to": None if after is None else str(after)}
            self.changes.append({"name": name, "what": what, **told})


def merge(kind: ListKind, kept: Sequence[_Row], listed: Iterable[Listed], moment: datetime) -> Merged:
    """Compare the kept entries of one list with what KashFlow gave.

    An entry is known by its id; a supplier or customer made here, which has none yet, by its name (H11), once.
    """
    by_key = {(row["side"], row["remote_id"]): row for row in kept if row["remote_id"] is not None}
    unlinked: dict[str, _Row] = {}
    for each in kept:
        if each["remote_id"] is None:
            unlinked.setdefault(each["search_name"], each)
    merged, seen = Merged(), set[_Key]()
    entries = list(listed)
    products = {entry.remote_id for entry in entries if entry.parent_id is None}
    for entry in entries:
        values = _columns(kind, entry)
        key = values["side"], values["remote_id"]
        if key in seen:
            continue
        if entry.parent_id is not None and entry.parent_id not in products:
            merged.orphans += 1
            seen |= {key} & set(by_key)  # a known one stays as it is
            continue
        seen.add(key)
        if entry.parent_id is not None:
            merged.parents[key] = entry.parent_id
        row = by_key.get(key) or unlinked.pop(values["search_name"], None)
        _take(merged, row, values, moment)
    gone = [row for key, row in by_key.items() if key not in seen and row["active"]]
    merged.emptied = _count_emptied(kind, by_key.values(), seen)
    for row in gone:
        merged.vanished.append(row["id"])
        merged.inactive += 1
        merged.note(row["name"], "inactive")
    return merged


def _count_emptied(kind: ListKind, kept: Iterable[_Row], seen: Iterable[_Key]) -> int:
    """Count the entries in use where nothing came at all: payment methods come in two lists, the others in one."""
    split = kind is ListKind.PAYMENT_METHODS
    came = {side if split else "" for side, _ in seen}
    return sum(1 for row in kept if row["active"] and (row["side"] if split else "") not in came)


def _take(merged: Merged, row: _Row | None, values: dict[str, Any], moment: datetime) -> None:
    since = None if values["active"] else moment
    if row is None:
        merged.inserts.append({**values, "first_seen_at": moment, "last_seen_at": moment, "inactive_since": since})
        merged.added += 1
        merged.note(values["name"], "added")
        return
    altered = [name for name in values if row[name] != values[name]]
    if not altered:
        merged.unchanged.append(row["id"])
        return
    since = since and (row["inactive_since"] or moment)
    merged.updates.append({**values, "id": row["id"], "last_seen_at": moment, "inactive_since": since})
    if row["active"] and not values["active"]:
        merged.inactive += 1
        merged.note(values["name"], "inactive")
    elif not _OURS.issuperset(altered):
        merged.changed += 1
        for what, before, after in _differences(row, values, altered):
            merged.note(values["name"], what, before, after)


def _differences(row: _Row, values: _Row, altered: Sequence[str]) -> Iterable[tuple[str, object, object]]:
    for name in altered:
        if name in _SHOWN:
            yield _SHOWN[name], _said(row[name]), _said(values[name])
    if {"is_cost", "is_sale"} & set(altered):
        yield "used for", _uses(row), _uses(values)
    if "details" in altered:
        for name in sorted({*row["details"], *values["details"]}):
            before, after = row["details"].get(name), values["details"].get(name)
            if before != after:
                yield name.replace("_", " "), before, after


def _said(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _uses(row: _Row) -> str:
    return " and ".join(name for name, fits in (("costs", row["is_cost"]), ("sales", row["is_sale"])) if fits)


def _columns(kind: ListKind, entry: Listed) -> dict[str, Any]:
    side = ""
    if kind is ListKind.PAYMENT_METHODS and len(entry.kinds) == 1:
        side = next(iter(entry.kinds)).value
    elif kind is ListKind.PRODUCTS and entry.parent_id is not None:
        side = "sub"
    party = party_of(0, entry.name, entry.details)
    code = entry.remote_id if kind is ListKind.VAT_RATES else entry.code
    return {
        "side": side,
        "remote_id": entry.remote_id,
        "code": code and code[:LONGEST_CODE],
        "name": entry.name[:LONGEST_NAME],
        "search_name": plain(entry.name)[:LONGEST_NAME],
        "core_name": core_of(entry.name)[:LONGEST_NAME],
        "vat_key": vat_digits(party)[:40],
        "web_key": domain(party)[:100],
        "phone_key": phone_digits(party),
        "active": entry.active,
        "is_cost": Kind.COST in entry.kinds,
        "is_sale": Kind.SALE in entry.kinds,
        "percent": entry.percent,
        "details": entry.details,
    }
