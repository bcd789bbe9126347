"""Full-text search over items: an index the database keeps by itself, and what people type turned into its language.

SQLite keeps an FTS5 table beside the items, by triggers; PostgreSQL an index over the same columns. Neither is a table
of the models, so both are made by ``keep_index`` wherever items are made (migrations, and tests that make tables).
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    event,
    func,
    inspect,
    literal_column,
    or_,
    select,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSVECTOR

from capture.fields import SPECS, to_column
from capture.models import Item
from core.errors import Incomplete

NAME = "item_search"
COLUMNS = ("text", "supplier_name", "customer_name", "reference", "description", "note")
_WORD = re.compile(r"\w+")
_VECTOR = "to_tsvector('simple', " + " || ' ' || ".join(f"coalesce({each}, '')" for each in COLUMNS) + ")"
_NEW, _OLD = (", ".join(f"{row}.{each}" for each in COLUMNS) for row in ("new", "old"))
_NAMED = ", ".join(COLUMNS)
_TOKENS = "tokenize='unicode61 remove_diacritics 2', prefix='2 3'"
_ADD = f"INSERT INTO {NAME}(rowid, {_NAMED}) VALUES (new.id, {_NEW});"  # noqa: S608 - names of ours
_DROP = f"INSERT INTO {NAME}({NAME}, rowid, {_NAMED}) VALUES ('delete', old.id, {_OLD});"  # noqa: S608
_SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {NAME} USING fts5({_NAMED}, content='items', content_rowid='id', {_TOKENS})",
    f"CREATE TRIGGER IF NOT EXISTS {NAME}_add AFTER INSERT ON items BEGIN {_ADD} END",
    f"CREATE TRIGGER IF NOT EXISTS {NAME}_drop AFTER DELETE ON items BEGIN {_DROP} END",
    f"CREATE TRIGGER IF NOT EXISTS {NAME}_change AFTER UPDATE OF {_NAMED} ON items BEGIN {_DROP} {_ADD} END",
)
_POSTGRES = (f"CREATE INDEX IF NOT EXISTS {NAME} ON items USING gin ({_VECTOR})",)
_FOUND = Table(NAME, MetaData(), Column("rowid"), Column(NAME))


def keep_index(connection: Connection) -> None:
    """Make the index where there are items and it is missing; without items it goes."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not inspect(connection).has_table("items"):
        connection.execute(sql(f"DROP TABLE IF EXISTS {NAME}"))
        return
    for line in _SQLITE if is_sqlite else _POSTGRES:
        connection.exec_driver_sql(line)


def is_modelled(name: str | None, *_: object) -> bool:
    """Tell migrations which tables and indexes are the models' own."""
    return not (name or "").startswith(NAME)


def matches(typed: str, dialect: str) -> ColumnElement[bool] | None:
    """Give the condition that items hold every typed word (or one that begins so), or this amount; None for none."""
    words = _WORD.findall(typed.lower())
    if not words:
        return None
    if dialect == "sqlite":
        asked = " ".join(f'"{word}"*' for word in words)
        found: ColumnElement[bool] = Item.id.in_(select(_FOUND.c.rowid).where(_FOUND.c[NAME].op("MATCH")(asked)))
    else:
        vector = literal_column(_qualified(), TSVECTOR)
        found = vector.bool_op("@@")(func.to_tsquery("simple", " & ".join(f"'{word}':*" for word in words)))
    amount = _amount(typed)
    return found if amount is None else or_(found, Item.total == amount)


def _qualified() -> str:
    return re.sub(r"coalesce\((\w+)", r"coalesce(items.\1", _VECTOR)


def _amount(typed: str) -> int | None:
    try:
        return int(to_column(SPECS["total"], typed)) if typed.strip(" £") else None
    except Incomplete:
        return None


def _after_create(table: object, connection: Connection, **more: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
    del table, more
    keep_index(connection)


event.listen(Item.__table__, "after_create", _after_create)
