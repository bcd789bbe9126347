"""Bringing the kept entries of one list in line with what KashFlow gave: added, changed, inactive; never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from core.db import now
from kashflow.ledger import Kind, Listed, ListKind
from lists.matching import plain
from lists.models import Entry

MOST_CHANGES = 300  # kept for the page; the counts are of all


@dataclass
class Outcome:
    """What applying one list altered; ``turned_inactive`` are ids of entries."""

    added: int = 0
    changed: int = 0
    inactive: int = 0
    changes: list[dict[str, Any]] = field(default_factory=list)
    turned_inactive: list[int] = field(default_factory=list)
    refused_empty: bool = False


def merge_list(
    session: Session, connection_id: int, kind: ListKind, listed: Iterable[Listed], *, accepts_empty: bool = False
) -> Outcome:
    """Bring the kept entries of one list in line with what KashFlow gave."""
    columns = Entry.__table__.columns
    kept = [row._asdict() for row in session.execute(select(*columns).where(*_in_list(connection_id, kind)))]
    by_key = {(row["side"], row["remote_id"]): row for row in kept if row["remote_id"] is not None}
    unlinked = {row["search_name"]: row for row in kept if row["remote_id"] is None}
    outcome, seen, moment = Outcome(), set[tuple[str, str]](), now()
    inserts: list[dict[str, Any]] = []
    updates: list[dict[str, Any]] = []
    parents: dict[tuple[str, str], str] = {}
    for entry in listed:
        values = _values(kind, entry)
        key = (values["side"], values["remote_id"])
        if key in seen:
            continue
        seen.add(key)
        if entry.parent_id is not None:
            parents[key] = entry.parent_id
        row = by_key.get(key) or unlinked.pop(values["search_name"], None)
        if row is None:
            fresh = {**values, "connection_id": connection_id, "list_kind": kind, "first_seen_at": moment}
            inserts.append(fresh | {"last_seen_at": moment, "inactive_since": None if entry.active else moment})
            outcome.added += 1
            _note(outcome, values["name"], "added", None, None)
        else:
            _compare(outcome, row, values)
            since = None if values["active"] else row["inactive_since"] or moment
            updates.append({**values, "id": row["id"], "last_seen_at": moment, "inactive_since": since})
    if not seen and any(row["active"] for row in by_key.values()) and not accepts_empty:
        return Outcome(refused_empty=True)
    for key, row in by_key.items():
        if key not in seen and row["active"]:
            updates.append({"id": row["id"], "active": False, "inactive_since": moment})
            _turn_inactive(outcome, row)
    _write(session, inserts, updates)
    _link_parents(session, connection_id, kind, parents)
    return outcome


def _compare(outcome: Outcome, row: dict[str, Any], values: dict[str, Any]) -> None:
    if row["active"] and not values["active"]:
        _turn_inactive(outcome, row)
        return
    altered = [name for name in values if name != "search_name" and row[name] != values[name]]
    if not altered:
        return
    outcome.changed += 1
    shown = next((name for name in ("name", "code", "active") if name in altered), altered[0])
    before = {**row["details"]} if shown == "details" else row[shown]
    _note(outcome, values["name"], f"changed {shown}", before, values[shown])


def _turn_inactive(outcome: Outcome, row: dict[str, Any]) -> None:
    outcome.inactive += 1
    outcome.turned_inactive.append(row["id"])
    _note(outcome, row["name"], "inactive", None, None)


def _note(outcome: Outcome, name: str, what: str, before: object, after: object) -> None:
    if len(outcome.changes) < MOST_CHANGES:
        told = {"from": None if before is None else str(before), "to": None if after is None else str(after)}
        outcome.changes.append({"name": name, "what": what, **told})


def _values(kind: ListKind, entry: Listed) -> dict[str, Any]:
    side = ""
    if kind is ListKind.PAYMENT_METHODS and len(entry.kinds) == 1:
        side = next(iter(entry.kinds)).value
    elif kind is ListKind.PRODUCTS and entry.parent_id is not None:
        side = "sub"
    return {
        "side": side,
        "remote_id": entry.remote_id,
        "code": entry.code,
        "name": entry.name[:300],
        "search_name": plain(entry.name)[:300],
        "active": entry.active,
        "is_cost": Kind.COST in entry.kinds,
        "is_sale": Kind.SALE in entry.kinds,
        "percent": entry.percent,
        "details": entry.details,
    }


def _write(session: Session, inserts: list[dict[str, Any]], updates: list[dict[str, Any]]) -> None:
    if inserts:
        session.execute(insert(Entry), inserts)
    if updates:
        whole = [row for row in updates if "name" in row]
        short = [row for row in updates if "name" not in row]
        for rows in (whole, short):
            if rows:
                session.execute(update(Entry), rows)
    session.expire_all()


def _link_parents(session: Session, connection_id: int, kind: ListKind, parents: dict[tuple[str, str], str]) -> None:
    if not parents:
        return
    rows = session.execute(select(Entry.id, Entry.side, Entry.remote_id).where(*_in_list(connection_id, kind))).all()
    ids = {(row.side, row.remote_id): row.id for row in rows}
    links = [{"id": ids[key], "parent_id": ids.get(("", parent))} for key, parent in parents.items() if key in ids]
    session.execute(update(Entry), links)


def _in_list(connection_id: int, kind: ListKind) -> tuple[Any, Any]:
    return Entry.connection_id == connection_id, Entry.list_kind == kind
