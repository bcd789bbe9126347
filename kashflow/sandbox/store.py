"""The sandbox's books in SQLite: records of any kind, and one ever-growing counter that gives every id."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

FIRST_ID = 501_200  # far from document numbers, so that mixing the two up is noticed
_TABLES = """
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER, parent INTEGER,
    code TEXT, data TEXT NOT NULL, content BLOB
);
CREATE INDEX IF NOT EXISTS by_number ON records (account, kind, number);
CREATE INDEX IF NOT EXISTS by_parent ON records (account, kind, parent);
CREATE INDEX IF NOT EXISTS by_code ON records (account, kind, code);
CREATE TABLE IF NOT EXISTS accounts (username TEXT PRIMARY KEY, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, account TEXT NOT NULL, operation TEXT NOT NULL, outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS violations (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, operation TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY, fault TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS links (token TEXT PRIMARY KEY, account TEXT NOT NULL, at REAL NOT NULL);
"""


@dataclass(frozen=True)
class Record:
    """Anything in the books: ``number`` for documents, ``parent`` the id it belongs to, ``data`` its SOAP fields."""

    id: int
    kind: str
    number: int
    parent: int
    code: str
    data: dict[str, Any]


class Store:
    """The books of every account. One operation at a time, each whole or not at all."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)
        if self._db.execute("SELECT count(*) FROM sqlite_sequence").fetchone() == (0,):
            self._db.execute("INSERT INTO sqlite_sequence VALUES ('records', ?)", (FIRST_ID,))

    def close(self) -> None:
        """Close the books."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the books for one operation."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and give its rows."""
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def new_id(self) -> int:
        """Give the next id, for what has one without being a record."""
        self.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'records'")
        return int(self.execute("SELECT seq FROM sqlite_sequence WHERE name = 'records'")[0][0])

    def add(  # noqa: PLR0913 - one parameter a column, by name
        self,
        account: str,
        kind: str,
        data: dict[str, Any],
        *,
        number: int | None = None,
        parent: int | None = None,
        code: str | None = None,
        content: bytes | None = None,
    ) -> int:
        """Add a record and give its id."""
        statement = "INSERT INTO records (account, kind, number, parent, code, data, content) VALUES (?,?,?,?,?,?,?)"
        with self._lock:
            cursor = self._db.execute(statement, (account, kind, number, parent, code, _json(data), content))
            return int(cursor.lastrowid or 0)

    def change(self, record_id: int, data: dict[str, Any], *, parent: int | None = None) -> None:
        """Replace a record's data, and its parent when one is given."""
        statement = "UPDATE records SET data = ?, parent = coalesce(?, parent) WHERE id = ?"
        self.execute(statement, _json(data), parent, record_id)

    def remove(self, record_id: int, *, with_parts: bool = False) -> None:
        """Remove a record, on request with what belongs to it."""
        self.execute("DELETE FROM records WHERE id = ? OR (? AND parent = ?)", record_id, with_parts, record_id)

    def find(self, account: str, kind: str, **by: object) -> list[Record]:
        """Give the records of a kind, oldest first: all, or those whose columns have these values."""
        where = "".join(f" AND {column} = ?" for column in by)  # our own keywords, never a request's text
        columns = "id, kind, number, parent, code, data"
        statement = f"SELECT {columns} FROM records WHERE account = ? AND kind = ?{where} ORDER BY id"  # noqa: S608
        rows = self.execute(statement, account, kind, *by.values())
        return [Record(row[0], row[1], row[2] or 0, row[3] or 0, row[4] or "", json.loads(row[5])) for row in rows]

    def first(self, account: str, kind: str, **by: object) -> Record | None:
        """Give the first of these records."""
        return next(iter(self.find(account, kind, **by)), None)

    def highest(self, account: str, kind: str) -> int:
        """Give the highest number of a kind, 0 when there is none."""
        statement = "SELECT coalesce(max(number), 0) FROM records WHERE account = ? AND kind = ?"
        return int(self.execute(statement, account, kind)[0][0])

    def content(self, record_id: int) -> bytes:
        """Give the bytes of a file."""
        rows = self.execute("SELECT content FROM records WHERE id = ?", record_id)
        return bytes(rows[0][0] or b"") if rows else b""

    def note_request(self, account: str, operation: str, outcome: str) -> None:
        """Remember that an operation was asked for, and how it ended."""
        statement = "INSERT INTO requests (at, account, operation, outcome) VALUES (?, ?, ?, ?)"
        self.execute(statement, _now(), account, operation, outcome)

    def note_violations(self, operation: str, texts: list[str]) -> None:
        """Remember the rules a request broke."""
        for text in texts:
            self.execute("INSERT INTO violations (at, operation, text) VALUES (?, ?, ?)", _now(), operation, text)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
