"""The whole of what the product keeps in one file, whatever the database: rows as JSON lines, documents as they are.

The keys that open saved passwords are not in it (docs/operators.md). A backup of SQLite can be restored into
PostgreSQL, which is how an installation moves.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Date, ForeignKey, Numeric, Table, func, insert, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from capture.store import DocumentStore
from core.db import Base, UTCDateTime, snapshot, transaction
from core.errors import Conflict, Incomplete
from publishing.notes import doubt_all

ROWS = 500  # inserted at once
VERSION = "alembic_version"


class NotEmpty(Conflict):
    """A backup is restored into an empty installation only."""

    code = "not-empty"


class NotABackup(Incomplete):
    """The file is no backup of ours, or of another version."""

    code = "not-a-backup"


def write_backup(path: Path, store: DocumentStore) -> tuple[int, int]:
    """Write a backup of one moment; give the numbers of rows and files in it. It appears only once it is whole."""
    part = path.with_name(path.name + ".part")
    part.touch(mode=0o600)
    rows = files = 0
    with tarfile.open(part, "w:gz") as archive:
        with snapshot() as session:
            version = _version(session)
            for table in Base.metadata.sorted_tables:
                lines = [json.dumps(_plain(row)) for row in session.execute(select(table)).mappings()]
                rows += len(lines)
                _add(archive, f"tables/{table.name}.jsonl", "\n".join(lines).encode())
        for kept in store.files():  # after the rows: a row's file is there before the row
            _add(archive, f"files/{kept.key}", store.get(kept.key))
            files += 1
        _add(archive, "manifest.json", json.dumps({"version": version, "rows": rows, "files": files}).encode())
    part.replace(path)
    return rows, files


def read_backup(path: Path, store: DocumentStore) -> tuple[int, int]:
    """Restore a backup into an empty installation; all of its rows or none.

    What it calls queued may have been sent since it was made: it is looked for in KashFlow before anything is sent.

    Raises:
        NotEmpty: there are people in the database already.
        NotABackup: the file is none, was cut off, or is of another version.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            manifest = json.loads(_take(archive, "manifest.json"))
            with transaction() as session:
                _check(session, manifest)
                for table in Base.metadata.sorted_tables:
                    _restore(session, table, _take(archive, f"tables/{table.name}.jsonl").decode())
            for member in archive.getmembers():
                if member.name.startswith("files/"):
                    store.put_as(member.name.removeprefix("files/"), _take(archive, member.name))
            doubt_all(store)
    except (tarfile.TarError, EOFError, KeyError, ValueError, OSError) as error:
        raise NotABackup(f"{path.name} is no whole backup of Counterfoil. Nothing was restored.") from error
    return int(manifest["rows"]), int(manifest["files"])


def _version(session: Session) -> str:
    return str(session.execute(text(f"SELECT version_num FROM {VERSION}")).scalar_one())  # noqa: S608 - our own name


def _check(session: Session, manifest: dict[str, Any]) -> None:
    if session.scalar(select(func.count()).select_from(Base.metadata.tables["users"])):
        raise NotEmpty(
            "There are people in this database already. Restore into an empty one: bin/run --empty makes it."
        )
    if manifest["version"] != _version(session):
        theirs, ours = manifest["version"], _version(session)
        raise NotABackup(
            f"The backup is of version {theirs}, this is {ours}. Restore it with that version, then update."
        )


def _restore(session: Session, table: Table, lines: str) -> None:
    rows = [_typed(table, json.loads(line)) for line in lines.splitlines()]
    own = [key.parent.name for key in _own_keys(table)]  # of rows of the same table, filled once all are there
    for start in range(0, len(rows), ROWS):
        batch = [{**row, **dict.fromkeys(own)} for row in rows[start : start + ROWS]]
        session.execute(insert(table), batch)
    for row in rows:
        links = {name: row[name] for name in own if row[name] is not None}
        if links:
            session.execute(update(table).where(table.c.id == row["id"]).values(links))
    _move_sequence(session.connection(), table)


def _own_keys(table: Table) -> Iterator[ForeignKey]:
    return (key for key in table.foreign_keys if key.column.table is table)


def _move_sequence(connection: Connection, table: Table) -> None:
    """Let PostgreSQL count on after the restored ids."""
    if connection.dialect.name == "postgresql" and "id" in table.c:
        top = connection.execute(select(func.max(table.c.id))).scalar()
        if top is not None:
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), top)))


def _plain(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of any table
    return {name: _text(value) for name, value in row.items()}


def _text(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for name, value in row.items():
        kind = table.c[name].type
        if value is None:
            typed[name] = None
        elif isinstance(kind, UTCDateTime):
            typed[name] = datetime.fromisoformat(value)
        elif isinstance(kind, Date):
            typed[name] = date.fromisoformat(value)
        else:
            typed[name] = Decimal(value) if isinstance(kind, Numeric) and isinstance(value, str) else value
    return typed


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def _take(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()
