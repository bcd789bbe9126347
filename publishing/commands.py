"""``flask demo``, ``doctor``, ``backup`` and ``restore``: commands about the whole product."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from auth.models import Role, User
from auth.service import NewUser, add_organisation, add_user, first_organisation
from capture.intake import Batch, File, get_channel, receive, store
from capture.jobs import read_submission
from capture.models import ChannelKind, Submission
from capture.reader import due_submissions
from core.config import ROOT, current
from core.db import engine, snapshot, transaction
from core.errors import CounterfoilError
from kashflow.connecting import connect
from kashflow.models import Connection
from kashflow.service import Login, get_connection, make_connection
from lists.jobs import begin_refresh
from publishing.backup import read_backup, write_backup
from worker import enqueue

DEMO_EMAIL = "demo@example.com"
DEMO_LOGIN = Login("demo", "demo-password")  # of the sandbox
DEMO_ORGANISATION = "Calder & Birch Ltd"
MANY = 100  # documents that wait
SAMPLES = ROOT / "docs" / "samples"


@click.command("demo")
def demo_command() -> None:
    """Make the demonstration organisation, connected to the sandbox, with a few documents; print how to sign in."""
    if not current().kashflow_is_sandbox:
        raise click.ClickException("KASHFLOW_URL is set; the demonstration never reaches a live account.")
    kept = current().data_dir / "demo-password"
    with snapshot() as session:
        is_empty = session.scalar(select(func.count()).select_from(User)) == 0
    if is_empty:
        password = secrets.token_urlsafe(9)
        kept.touch(mode=0o600)
        kept.write_text(password, encoding="utf-8")
        _make_demo(password)
    if kept.exists():
        click.echo(f"sign in as {DEMO_EMAIL} with the password {kept.read_text(encoding='utf-8')}")


def _make_demo(password: str) -> None:
    with transaction() as session:
        organisation = add_organisation(session, DEMO_ORGANISATION)
        connection_id = make_connection(session, organisation.id).id
        new = NewUser(DEMO_EMAIL, password, Role.ADMINISTRATOR)
        owner_id = add_user(session, organisation.id, new, by="demonstration").user_id
        channel_id = get_channel(session, organisation.id, ChannelKind.WEB).id
    connect(organisation.id, connection_id, DEMO_LOGIN)
    begin_refresh(connection_id, "demonstration")
    files = [File(path.name, path.read_bytes()) for path in sorted(SAMPLES.glob("*")) if path.suffix != ".md"]
    batch = Batch(organisation.id, connection_id, channel_id, owner_id)
    receive(files, batch, wake=lambda submission_id: enqueue(read_submission, submission_id))


@dataclass(frozen=True)
class Finding:
    """What was found of one part: nothing wrong, or what to do."""

    part: str
    problem: str | None = None


@click.command("doctor")
def doctor_command() -> None:
    """Check every part and say what to do; the exit code is 0 only when nothing is wrong."""
    wrong = 0
    for finding in examine():
        click.echo(f"{'ok   ' if finding.problem is None else 'WRONG'} {finding.part}{_after(finding.problem)}")
        wrong += finding.problem is not None
    if wrong:
        raise SystemExit(1)


def _after(problem: str | None) -> str:
    return "" if problem is None else f": {problem}"


def examine() -> Iterator[Finding]:
    """Look at each part of a running product in turn."""
    checks: dict[str, Callable[[], str | None]] = {
        "database": _database_problem,
        "document store": _store_problem,
        "queue": _queue_problem,
        "workers": _worker_problem,
        "reading": _reading_problem,
        "OCR engine": _engine_problem,
        "KashFlow": _kashflow_problem,
    }
    for part, check in checks.items():
        try:
            yield Finding(part, check())
        except CounterfoilError as error:
            yield Finding(part, str(error))


def _database_problem() -> str | None:
    try:
        tables = set(inspect(engine()).get_table_names())
    except SQLAlchemyError:
        return "it does not answer. Check DATABASE_URL."
    return None if Submission.__tablename__ in tables else "it has no tables. Run: alembic upgrade head"


def _store_problem() -> str | None:
    return None if store().writable() else "it takes no files. Check DOCUMENT_STORE and the room on its disk."


def _queue() -> Redis:
    return Redis.from_url(current().redis_url, socket_timeout=1, socket_connect_timeout=1)


def _queue_problem() -> str | None:
    try:
        _queue().ping()
    except RedisError:
        return "it does not answer. Work goes on more slowly without it; start bin/run, or check REDIS_URL."
    return None


def _worker_problem() -> str | None:
    try:
        names = {name for worker in Worker.all(connection=_queue()) for name in worker.queue_names()}
    except RedisError:
        return "they cannot be asked for while the queue does not answer."
    missing = {"reading", "publishing"} - names
    return f"none is running for {' and '.join(sorted(missing))}. Start bin/run." if missing else None


def _reading_problem() -> str | None:
    waiting = len(due_submissions())
    many = waiting > MANY
    return f"{waiting} documents wait; they are safe. See whether a reading worker runs." if many else None


def _engine_problem() -> str | None:
    from capture.reading.engines import get_engine  # noqa: PLC0415 - loads the models

    get_engine(current().ocr_engine)
    return None


def _kashflow_problem() -> str | None:
    with snapshot() as session:
        organisation = first_organisation(session)
        if organisation is None:
            return "there is no organisation yet. Run: flask user add EMAIL --role admin"
        connection: Connection = get_connection(session, organisation.id)
    if connection.problem:
        return connection.problem
    return None if connection.company else "it is not connected. Run: flask connect, or use the page Connections."


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup_command(file: Path) -> None:
    """Write everything but the keys into one file; the product may be running."""
    rows, files = write_backup(file, store())
    click.echo(f"{file}: {rows} rows, {files} files")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_command(file: Path) -> None:
    """Restore a backup into an empty installation."""
    rows, files = read_backup(file, store())
    click.echo(f"{rows} rows and {files} files were restored.")


commands: list[click.Command] = [demo_command, doctor_command, backup_command, restore_command]
