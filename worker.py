"""Work outside requests: waking a worker up, the worker process, and the sweep that needs no queue.

The database is the queue of record (PUBLISHING.md): a job is a function that takes ids, looks at what is left to do and
may run twice. RQ only wakes a worker up, so a wake-up that is lost costs seconds: the sweep finds what is due.
"""

from __future__ import annotations

import logging
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from types import FrameType
from typing import Any

from prometheus_client import Counter
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from structlog.contextvars import bound_contextvars

from core import config, db
from core.errors import CounterfoilError, SettingWrong
from core.log import get_logger, set_up

PUBLISHING = "publishing"
READING = "reading"
SWEEPS = tuple(f"{room}.jobs.find_due" for room in ("publishing", "capture", "capture.bulk", "capture.ways", "lists"))
GET_READY = "capture.jobs.get_ready"  # before a worker that reads waits for its first document
SWEEP_SECONDS = 2
WAKE_SECONDS = 0.25
JOB_SECONDS = 3600  # the last resort: every job has limits of its own

log = get_logger(__name__)
lost_wake_ups = Counter("counterfoil_lost_wake_ups", "Wake-ups the queue did not take; the sweep finds their work")


@dataclass(frozen=True)
class Due:
    """A job that is due: its dotted path and the ids it takes."""

    job: str
    ids: tuple[int, ...]

    @property
    def name(self) -> str:
        """Its name in the queue, where letters, digits, dashes and underscores are allowed."""
        return "-".join([*self.job.split("."), *map(str, self.ids)])


class _Outage:
    """Whether the queue answers; said once when that changes."""

    lasts = False

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def begins(self, error: RedisError) -> None:
        if self._turns(to=True):
            log.warning("the queue does not answer; the sweep does its work until it is back", problem=str(error))

    def ends(self) -> None:
        if self._turns(to=False):
            log.info("the queue answers again")

    def _turns(self, *, to: bool) -> bool:
        with self._lock:
            before, self.lasts = self.lasts, to
        return before != to


_outage = _Outage()


def enqueue(job: Callable[..., object] | str, *ids: int) -> None:
    """Wake a worker up for one job. A queue that is dead is no error: the row stays due and the sweep finds it."""
    path = job if isinstance(job, str) else f"{job.__module__}.{job.__qualname__}"
    if not _wake(Due(path, ids)):
        lost_wake_ups.inc()


def run(path: str, *ids: int) -> None:
    """Do one job, named by its dotted path. What goes wrong is logged and no more: the row stays due."""
    with bound_contextvars(job=path, ids=ids):
        try:
            _find(path)(*ids)
        except CounterfoilError as error:
            log.warning("the job could not be done this time", code=error.code, problem=str(error))
        except Exception:  # the edge of the process: one bad row must not stop the others
            log.exception("the job failed")


def sweep(path: str) -> None:
    """Wake a worker for everything that this sweep finds due and does not wait already; do it here if that fails."""
    waiting = _waiting()
    for due in tuple(_find(path)()):
        if waiting is None or not (due.name in waiting or _wake(due)):
            run(due.job, *due.ids)


def sweep_forever(paths: Sequence[str], stop: threading.Event) -> None:
    """Run each sweep every two seconds, each in a thread of its own, so that none waits behind another's work."""
    running: dict[str, Future[None]] = {}
    problems: dict[str, str] = {}
    with ThreadPoolExecutor(len(paths)) as pool:
        while not stop.is_set():
            for path in paths:
                if path not in running or running[path].done():
                    running[path] = pool.submit(sweep, path)
                    running[path].add_done_callback(partial(_report, path, problems))
            stop.wait(SWEEP_SECONDS)


def work(queues: Sequence[str]) -> None:
    """Be a worker for these queues until told to stop."""
    url = config.current().redis_url
    _await(_connect(url, WAKE_SECONDS))
    worker = Worker(queues, connection=_connect(url, None), worker_ttl=30, maintenance_interval=10)
    logging.getLogger("rq.worker").addFilter(_quieten)
    try:
        worker.work(logging_level="WARNING")
    except RedisError as error:
        sys.exit(f"the queue was lost: {error}")


def main(arguments: Sequence[str]) -> None:
    """Start one worker process: reading, publishing, sweep, or all three in one."""
    part = arguments[0] if arguments else "all"
    set_up()
    try:
        config.set_current(config.Config.from_env())
    except SettingWrong as error:
        sys.exit(str(error))
    db.bind(db.make_engine(config.current().database_url))
    stop = threading.Event()
    match part:
        case "reading":
            run(GET_READY)
            work([READING])
        case "publishing":
            work([PUBLISHING])
        case "sweep":
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            sweep_forever(SWEEPS, stop)
        case "all":
            threading.Thread(target=sweep_forever, args=(SWEEPS, stop)).start()
            run(GET_READY)
            try:
                work([PUBLISHING, READING])
            finally:
                stop.set()
        case _:
            sys.exit(f"worker.py does not know {part!r}; it takes reading, publishing or sweep.")


class Worker(SimpleWorker):
    """RQ's worker without a fork: the job runs in this process, so one kill ends the job and the locks it holds."""

    max_connection_wait_time = float(SWEEP_SECONDS)

    def subscribe(self) -> None:
        """Take no commands over the queue: a thread and a connection less."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that this worker lives, and note that the queue does."""
        super().heartbeat(timeout, pipeline)
        _outage.ends()

    def teardown(self) -> None:
        """Leave the list of workers; while the queue is away nobody could be told, and RQ drops whoever is silent."""
        if not _outage.lasts:
            super().teardown()  # type: ignore[no-untyped-call]

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop after the job in hand, without asking the queue, which may be dead, whether there is one."""
        del signum, frame
        self._stop_requested = True
        if self.execution is None:
            raise StopRequested


def _find(path: str) -> Callable[..., Any]:
    module, _, name = path.rpartition(".")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def _connect(url: str, timeout: float | None) -> Redis:
    return Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=WAKE_SECONDS, retry=Retry(NoBackoff(), 0))


@lru_cache
def _queue(url: str, name: str) -> Queue:
    return Queue(name, connection=_connect(url, WAKE_SECONDS))


def _wake(due: Due) -> bool:
    name = PUBLISHING if due.job.startswith("publishing.jobs.") else READING
    try:
        _queue(config.current().redis_url, name).enqueue_call(
            "worker.run",
            (due.job, *due.ids),
            job_id=f"{due.name}-{secrets.token_hex(4)}",
            timeout=JOB_SECONDS,
            result_ttl=0,
            failure_ttl=0,
        )
    except RedisError as error:
        _outage.begins(error)
        return False
    _outage.ends()
    return True


def _waiting() -> set[str] | None:
    try:
        found = [_queue(config.current().redis_url, name).job_ids for name in (PUBLISHING, READING)]
    except RedisError as error:
        _outage.begins(error)
        return None
    _outage.ends()
    return {job_id.rpartition("-")[0] for job_ids in found for job_id in job_ids}


def _await(connection: Redis) -> None:
    while True:
        try:
            connection.ping()
        except RedisError as error:
            _outage.begins(error)
            time.sleep(1)
        else:
            return _outage.ends()


def _report(path: str, problems: dict[str, str], done: Future[None]) -> None:
    """Log how a sweep ended, where that is something new."""
    error, before = done.exception(), problems.pop(path, None)
    if error:
        problems[path] = repr(error)
        if before != repr(error):
            log.error("a sweep fails; it is tried again and again", sweep=path, exc_info=error)
    elif before:
        log.info("the sweep works again", sweep=path)


def _quieten(record: logging.LogRecord) -> bool:
    """Turn what RQ says about a lost queue, at every try and with a traceback, into our one line."""
    told: Iterable[object] = [record.exc_info[1]] if record.exc_info else record.args or ()
    lost = next((each for each in told if isinstance(each, RedisError)), None)
    if lost is None and "Redis connection timeout" in record.msg:
        lost = RedisError("Timeout reading from socket")
    if lost is not None:
        _outage.begins(lost)
    return lost is None


if __name__ == "__main__":
    sys.modules["worker"] = sys.modules[__name__]  # jobs are named worker.run: this module, not a second copy of it
    main(sys.argv[1:])
