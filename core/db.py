"""The database: engine, transactions, and the column types that every table uses."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, DateTime, Dialect, Engine, Enum, MetaData, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from core.errors import Conflict

BUSY_SECONDS = 30
LONDON = ZoneInfo("Europe/London")  # whose clocks people here read
LARGEST_ID = 2**31 - 1  # what an integer column takes on every database
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=_NAMES)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments and store UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware moment."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(kind: type[StrEnum]) -> Enum:
    """Give the column type for a StrEnum, kept as its words, without a database type of its own."""
    return Enum(kind, native_enum=False, length=40, values_callable=lambda members: [each.value for each in members])


def now() -> datetime:
    """Give the present moment, aware, in UTC."""
    return datetime.now(UTC)


class _Factories:
    """The sessions of this process; tests bind them to a transaction of their own."""

    engine: Engine | None = None
    write: sessionmaker[Session] = sessionmaker(expire_on_commit=False)
    read: sessionmaker[Session] = sessionmaker(expire_on_commit=False)


def make_engine(url: str) -> Engine:
    """Give an engine with the settings that publishing once depends on (durable commits, BEGIN IMMEDIATE on SQLite)."""
    if not url.startswith("sqlite"):
        options = {"options": "-c synchronous_commit=on"}
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, connect_args=options)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def bind(engine: Engine) -> None:
    """Let transactions of this process run on this engine."""
    _Factories.engine = engine
    _Factories.write.configure(bind=engine)
    _Factories.read.configure(bind=engine.execution_options(read_only=True))


def bind_to_transaction(connection: Connection) -> None:
    """Let transactions of this process be savepoints of one that is open already (tests roll it back)."""
    for factory in (_Factories.write, _Factories.read):
        factory.configure(bind=connection, join_transaction_mode="create_savepoint")


def engine() -> Engine:
    """Give the engine this process is bound to."""
    if _Factories.engine is None:
        raise RuntimeError("the database is used before it was bound")
    return _Factories.engine


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one transaction; commit at its end, roll back on an error."""
    with _Factories.write() as session, session.begin():
        yield session


@contextmanager
def snapshot() -> Iterator[Session]:
    """Open a transaction for reading alone: it takes no write lock and is rolled back at its end."""
    with _Factories.read() as session:
        yield session


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401 - whatever the driver gives
    del record
    connection.isolation_level = None  # the driver's own BEGIN is replaced by ours below
    cursor = connection.cursor()
    for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {line}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def take_turn(session: Session, what: str) -> None:
    """Wait until no other transaction is at this, and keep it to the end of ours; SQLite has one writer at a time."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _key(what)})


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


class LockTaken(Conflict):
    """Another process holds this lock."""

    code = "taken"


@contextmanager
def process_lock(name: str) -> Iterator[ProcessLock]:
    """Hold a lock that dies with its process and never times out, so that a frozen owner is still its owner.

    A file lock beside an SQLite database (one machine); on PostgreSQL a session's advisory lock, on a connection of its
    own (no transaction pooler).

    Raises:
        LockTaken: somebody holds it.
    """
    bound = engine()
    taking = _file_lock(bound, name) if bound.dialect.name == "sqlite" else _advisory_lock(bound, name)
    with taking as lock:
        yield lock


class ProcessLock:
    """A lock that is held; ``still_held`` asks again, because an advisory lock goes with its connection."""

    def __init__(self, connection: Connection | None = None) -> None:
        self._connection = connection

    def still_held(self) -> bool:
        """Tell whether the lock is still ours: ask right before anything is sent."""
        if self._connection is None:
            return True
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True


@contextmanager
def _file_lock(bound: Engine, name: str) -> Iterator[ProcessLock]:
    folder = Path(str(bound.url.database)).absolute().parent / "run" / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(
        folder / hashlib.sha256(name.encode()).hexdigest()[:32], os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield ProcessLock()
    except BlockingIOError as error:
        raise LockTaken(name) from error
    finally:
        os.close(file)


@contextmanager
def _advisory_lock(bound: Engine, name: str) -> Iterator[ProcessLock]:
    key = _key(name)
    own = create_engine(bound.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with own.connect() as connection:
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar():
            raise LockTaken(name)
        yield ProcessLock(connection)
