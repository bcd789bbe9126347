"""Every part of a running product looked at: what is wrong, and what to do. For the status page and the doctor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from capture.intake.service import store
from capture.pulses import SWEEP, last_beat
from capture.store import RESERVE
from capture.submissions.models import Submission
from capture.submissions.waiting import count_waiting
from capture.ways.models import Channel
from core.config import current
from core.db import now, snapshot
from core.errors import CounterfoilError
from kashflow.models import Connection, ConnectionState

LITTLE_ROOM = 1_000_000_000  # bytes of disk
SILENT = timedelta(seconds=60)  # after which the sweep is taken for dead
ENGINES = {"rapidocr": "rapidocr", "openvino": "openvino"}  # the Python package of each


@dataclass(frozen=True)
class Finding:
    """What was found of one part: how it is, and if something is wrong, what and what to do."""

    part: str
    note: str = ""
    problem: str | None = None


def examine(organisation_id: int | None) -> Iterator[Finding]:
    """Look at each part in turn; channels and connections are those of this organisation."""
    yield (database := _database())
    yield _store()
    yield _disk()
    yield (queue := _queue())
    yield _workers() if queue.problem is None else Finding("workers", problem="they cannot be asked while it is away.")
    yield _engine()
    if database.problem is None:
        yield _sweep()
        yield _reading()
        if organisation_id is not None:
            yield from _channels(organisation_id)
            yield from _connections(organisation_id)


def _database() -> Finding:
    try:
        with snapshot() as session:
            tables = set(inspect(session.connection()).get_table_names())
    except SQLAlchemyError:
        return Finding("database", problem="it does not answer. Check DATABASE_URL.")
    if Submission.__tablename__ not in tables:
        return Finding("database", problem="it has no tables. Run: alembic upgrade head")
    return Finding("database", "answers")


def _store() -> Finding:
    try:
        if store().writable():
            return Finding("document store", "takes files")
    except CounterfoilError as error:
        return Finding("document store", problem=str(error))
    text = "it takes no files, so new documents are refused (CAP-10). Check DOCUMENT_STORE and the room on its disk."
    return Finding("document store", problem=text)


def _disk() -> Finding:
    free = shutil.disk_usage(current().data_dir).free
    note = f"{free / 1e9:.1f} GB free"
    if free >= LITTLE_ROOM:
        return Finding("disk", note)
    text = (
        f"only {note}. Make room: below {RESERVE // 1_000_000} MB new documents are refused before they are accepted."
    )
    return Finding("disk", problem=text)


def _redis() -> Redis:
    return Redis.from_url(current().redis_url, socket_timeout=1, socket_connect_timeout=1)


def _queue() -> Finding:
    try:
        _redis().ping()
    except RedisError:
        text = "it does not answer. Work goes on more slowly without it; start bin/run, or check REDIS_URL."
        return Finding("queue", problem=text)
    return Finding("queue", "answers")


def _workers() -> Finding:
    try:
        workers = Worker.all(connection=_redis())
    except RedisError:
        return Finding("workers", problem="they cannot be asked while the queue does not answer.")
    missing = {"reading", "publishing"} - {name for worker in workers for name in worker.queue_names()}
    if missing:
        names = " and ".join(sorted(missing))
        return Finding("workers", problem=f"none is running for {names}. What waits is safe. Start bin/run.")
    latest = max((worker.last_heartbeat for worker in workers if worker.last_heartbeat), default=None)
    heard = f", last heard of {_ago(latest)}" if latest else ""
    return Finding("workers", f"{len(workers)} running{heard}")


def _sweep() -> Finding:
    seen = last_beat(SWEEP)
    if seen is not None and now() - seen < SILENT:
        return Finding("sweep", f"last seen {_ago(seen)}")
    when = "It was never seen" if seen is None else f"It was last seen {_ago(seen)}"
    return Finding("sweep", problem=f"it does not run. {when}. Start bin/run, or: python worker.py sweep")


def _ago(moment: datetime) -> str:
    seconds = max(0, round((now() - moment).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}s ago"
    return "just now"


def _reading() -> Finding:
    with snapshot() as session:
        waiting = count_waiting(session)
    if waiting is None:
        return Finding("reading", "no document waits")
    if not waiting.is_stuck:
        return Finding("reading", f"{waiting.number} to be read")
    text = f"nothing is being read, and {waiting.number} wait; they are safe. See whether reading workers run."
    return Finding("reading", problem=text)


def _engine() -> Finding:
    name = current().ocr_engine
    found = shutil.which("tesseract") if name == "tesseract" else find_spec(ENGINES[name])
    if found is None:
        text = (
            f"{name} is not installed; pictures cannot be read and wait. Install it, or choose another by OCR_ENGINE."
        )
        return Finding("OCR engine", problem=text)
    return Finding("OCR engine", f"{name}, {os.cpu_count() or 1} processor cores")


def _channels(organisation_id: int) -> Iterator[Finding]:
    with snapshot() as session:
        wanted = select(Channel).where(Channel.organisation_id == organisation_id, Channel.problem.is_not(None))
        for channel in session.scalars(wanted.where(Channel.enabled).order_by(Channel.name)):
            yield Finding(f"channel {channel.name}", problem=f"{channel.problem_code}: {channel.problem}")


def _connections(organisation_id: int) -> Iterator[Finding]:
    with snapshot() as session:
        wanted = select(Connection).where(Connection.organisation_id == organisation_id).order_by(Connection.id)
        for each in session.scalars(wanted):
            yield _connection(each)


def _connection(connection: Connection) -> Finding:
    part = f"connection {connection.name}"
    if connection.state is ConnectionState.DISABLED:
        return Finding(part, "switched off by a person")
    if connection.problem:
        return Finding(part, problem=connection.problem)
    if connection.state is ConnectionState.CONNECTED:
        return Finding(part, f"connected to {connection.company}")
    return Finding(part, problem="it is not connected. Use the page Connections, or: flask connect")
