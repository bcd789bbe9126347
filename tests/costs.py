"""Three costs in the served app, two of them ready: a fixture of the browser tests that work on lists."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlalchemy import delete, select

from capture.bulk.models import BulkItem
from capture.editing import Edits, edit_item, parse_edit
from capture.fields import SPECS
from capture.history.events import WORKER
from capture.history.models import Event
from capture.models import Item
from core import db
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection, ConnectionState
from lists.models import Entry


def add_item(supplier: str, *, category: str | None = "Rent", total: str = "120.00") -> int:
    """Add a cost as the reading and a person would have left it."""
    with db.transaction() as session:
        connection = session.scalars(select(Connection)).first()
        assert connection is not None
        item = Item(connection_id=connection.id, kind=Kind.COST, text=f"{supplier} till slip")
        session.add(item)
        session.flush()
        given = {"supplier": supplier, "date": "2026-03-02", "total": total, "vat_rate": "20", "category": category}
        edits = {name: parse_edit(session, item, SPECS[name], value) for name, value in given.items()}
        edit_item(session, item, Edits(values=edits), WORKER)
        return item.id


@pytest.fixture(autouse=True)
def costs(page: Page) -> Iterator[None]:
    """A connection with two categories and three costs, two of them ready."""
    with db.transaction() as session:
        connection = session.scalars(select(Connection)).first()
        assert connection is not None
        connection.state = ConnectionState.CONNECTED
        if not session.scalars(select(Entry)).first():
            for code, name in (("7100", "Rent"), ("7300", "Fuel")):
                entry = {"connection_id": connection.id, "list_kind": ListKind.CATEGORIES, "remote_id": code}
                session.add(Entry(**entry, code=code, name=name, search_name=name.lower()))
    for supplier, category in (("Alder & Co", "Rent"), ("Birch Ltd", "Rent"), ("Cedar Café", None)):
        add_item(supplier, category=category)
    page.goto("/costs?tab=all")
    yield
    with db.transaction() as session:
        session.execute(delete(BulkItem))
        session.execute(delete(Event))
        for item in session.scalars(select(Item)):
            item.deleted_at = db.now()
