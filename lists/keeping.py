"""Writing what a refresh found into the kept entries of one list, in bulk."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from core.db import now
from kashflow.ledger import Listed, ListKind
from kashflow.models import Connection
from lists.merging import Merged, merge
from lists.models import Entry

AT_ONCE = 500  # ids in one statement


def keep_list(
    session: Session, connection_id: int, kind: ListKind, listed: list[Listed], *, accepts_empty: bool = False
) -> Merged:
    """Bring the kept entries of one list in line with what KashFlow gave, unless it gave nothing (LST-4)."""
    era = session.get_one(Connection, connection_id).era
    mine = Entry.connection_id == connection_id, Entry.list_kind == kind, Entry.era == era
    rows = [row._asdict() for row in session.execute(select(*Entry.__table__.columns).where(*mine))]
    moment = now()
    merged = merge(kind, rows, listed, moment)
    if merged.emptied and not accepts_empty:
        return Merged(emptied=merged.emptied)
    merged.emptied = 0
    if merged.inserts:
        own = {"connection_id": connection_id, "list_kind": kind, "era": era}
        session.execute(insert(Entry), [{**row, **own} for row in merged.inserts])
    if merged.updates:
        session.execute(update(Entry), merged.updates)
    _set(session, merged.vanished, active=False, inactive_since=moment)
    _set(session, merged.unchanged, last_seen_at=moment)
    _link_parents(session, mine, merged.parents)
    session.expire_all()
    return merged


def _set(session: Session, ids: list[int], **values: Any) -> None:  # noqa: ANN401 - columns
    for start in range(0, len(ids), AT_ONCE):
        some = update(Entry).where(Entry.id.in_(ids[start : start + AT_ONCE])).values(**values)
        session.execute(some.execution_options(synchronize_session=False))


def _link_parents(session: Session, mine: tuple[ColumnElement[bool], ...], parents: dict[tuple[str, str], str]) -> None:
    """Let each sub-product belong to its product."""
    if not parents:
        return
    wanted = select(Entry.id, Entry.side, Entry.remote_id, Entry.parent_id).where(*mine)
    rows = {(row.side, row.remote_id): row for row in session.execute(wanted)}
    links = [
        {"id": rows[key].id, "parent_id": rows["", parent].id}
        for key, parent in parents.items()
        if rows[key].parent_id != rows["", parent].id
    ]
    if links:
        session.execute(update(Entry), links)
