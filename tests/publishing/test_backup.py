from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask
from sqlalchemy import select

from auth.models import Role, User
from auth.service import NewUser, add_organisation, add_user
from capture.models import Item
from capture.store import DocumentStore
from core import db
from core.config import ROOT
from kashflow.ledger import ListKind
from kashflow.service import make_connection
from lists.models import Entry
from publishing.backup import NotABackup, NotEmpty, read_backup, write_backup
from tests.factories.auth import PASSWORD


@pytest.fixture
def bound(app: Flask) -> Iterator[None]:
    """Lets a test bind databases of its own."""
    del app
    engine = db.engine()
    yield
    db.bind(engine)


def bind_new(url: str) -> None:
    engine = db.make_engine(url)
    config = AlembicConfig(str(ROOT / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    db.bind(engine)


def fill() -> None:
    with db.transaction() as session:
        ours = add_organisation(session, "Ours")
        connection = make_connection(session, ours.id)
        add_user(session, ours.id, NewUser("jo@business.example", PASSWORD, Role.ADMINISTRATOR), by="test")
        child = Entry(connection_id=connection.id, list_kind=ListKind.PRODUCTS, name="child", search_name="child")
        session.add(child)
        session.flush()
        parent = Entry(connection_id=connection.id, list_kind=ListKind.PRODUCTS, name="parent", search_name="parent")
        session.add(parent)
        session.flush()
        child.parent_id, child.percent = parent.id, Decimal("17.5")
        session.add(Item(connection_id=connection.id, total=1200, issued_on=date(2026, 3, 2), missing=["category"]))


def contents() -> dict[str, list[tuple[object, ...]]]:
    with db.snapshot() as session:
        return {
            table.name: sorted((tuple(map(str, row)) for row in session.execute(select(table))), key=str)
            for table in db.Base.metadata.sorted_tables
        }


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize("target", ["sqlite", "postgres"])
def test_what_was_backed_up_is_there_again_and_ids_go_on(
    target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'b.db'}" if target == "sqlite" else request.getfixturevalue("postgres_url")
    bind_new(f"sqlite:///{tmp_path / 'a.db'}")
    fill()
    old, new = (DocumentStore.from_url(str(tmp_path / name)) for name in ("old", "new"))
    key = old.put(b"a receipt")
    write_backup(tmp_path / "backup.tar.gz", old)
    before = contents()

    bind_new(url)
    read_backup(tmp_path / "backup.tar.gz", new)

    assert contents() == before
    assert new.get(key) == b"a receipt"
    with db.transaction() as session:
        session.add(User(email="new@business.example", password_hash=""))


@pytest.mark.usefixtures("bound")
def test_a_backup_is_restored_into_an_empty_installation_only(tmp_path: Path) -> None:
    bind_new(f"sqlite:///{tmp_path / 'a.db'}")
    fill()
    store = DocumentStore.from_url(str(tmp_path / "store"))
    write_backup(tmp_path / "backup.tar.gz", store)

    with pytest.raises(NotEmpty):
        read_backup(tmp_path / "backup.tar.gz", store)


@pytest.mark.usefixtures("bound")
def test_a_backup_that_was_cut_off_restores_nothing(tmp_path: Path) -> None:
    bind_new(f"sqlite:///{tmp_path / 'a.db'}")
    fill()
    store = DocumentStore.from_url(str(tmp_path / "store"))
    whole = tmp_path / "backup.tar.gz"
    write_backup(whole, store)
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole.read_bytes()[:-200])

    bind_new(f"sqlite:///{tmp_path / 'b.db'}")
    with pytest.raises(NotABackup):
        read_backup(cut, store)

    assert contents()["users"] == []


@pytest.mark.usefixtures("bound")
def test_after_a_restore_every_connection_looks_before_it_sends(tmp_path: Path) -> None:
    bind_new(f"sqlite:///{tmp_path / 'a.db'}")
    fill()
    old, new = (DocumentStore.from_url(str(tmp_path / name)) for name in ("old", "new"))
    old.put_made("sends/1", b"0")  # as many as the database knows of
    write_backup(tmp_path / "backup", old)
    bind_new(f"sqlite:///{tmp_path / 'b.db'}")

    read_backup(tmp_path / "backup", new)

    assert new.get("made/sends/1") == b"1"
