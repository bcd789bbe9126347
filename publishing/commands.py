"""``flask demo``, ``doctor``, ``backup`` and ``restore``: commands about the whole product."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from auth.models import Role, User
from auth.service import NewUser, add_organisation, add_user, find_first_organisation
from capture.intake.service import Batch, File, get_channel, receive, store
from capture.jobs import read_submission
from capture.ways.models import ChannelKind
from core.config import ROOT, current
from core.db import snapshot, transaction
from kashflow.connecting import connect
from kashflow.service import Login, make_connection
from lists.jobs import begin_refresh
from publishing.backup import read_backup, write_backup
from publishing.operating.examining import examine
from worker import enqueue

DEMO_EMAIL = "demo@example.com"
DEMO_LOGIN = Login("demo", "demo-password")  # of the sandbox
DEMO_ORGANISATION = "Calder & Birch Ltd"
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


@click.command("doctor")
def doctor_command() -> None:
    """Check every part and say what to do; the exit code is 0 only when nothing is wrong."""
    findings = list(examine(_organisation_id()))
    for each in findings:
        click.echo(f"{'WRONG' if each.problem else 'ok   '} {each.part}: {each.problem or each.note}")
    if any(each.problem for each in findings):
        raise SystemExit(1)


def _organisation_id() -> int | None:
    try:
        with snapshot() as session:
            organisation = find_first_organisation(session)
    except SQLAlchemyError:  # which is the first finding
        return None
    if organisation is None:
        click.echo("There is nobody yet. Run: flask user add EMAIL --role admin", err=True)
    return organisation.id if organisation else None


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
