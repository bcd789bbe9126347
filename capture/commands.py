"""``flask read`` reads documents without a database, ``flask submit`` puts them in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import click

from auth.service import get_first_organisation
from capture.intake.formats import MediaType, Refused
from capture.intake.service import File, batch_by, get_channel, receive, unpacked
from capture.jobs import read_submission
from capture.reading.draft import explain
from capture.reading.errors import EngineMissing, Unreadable
from capture.reading.extract import draft_documents
from capture.reading.model import Outcome
from capture.reading.report import as_json, as_problem, as_text, draw_marks
from capture.reading.service import Reader
from capture.submissions.models import Mode, SubmissionState
from capture.ways.models import ChannelKind
from core.db import transaction
from kashflow.ledger import Kind
from kashflow.service import get_connection
from worker import enqueue


@dataclass(frozen=True)
class _Read:
    """What became of one file: its outcome, or why it could not be read."""

    file: str
    outcome: Outcome | None
    problem: Unreadable | None


@click.command("read")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--json", "as_lines", is_flag=True, help="A line of JSON for each document.")
@click.option("--engine", default="rapidocr", type=click.Choice(["rapidocr", "openvino", "tesseract"]))
@click.option("--jobs", default=1, type=click.IntRange(1, 64), help="Files that are read at the same time.")
@click.option("--own", multiple=True, help="A name or VAT number of our own business; tells sales from costs.")
@click.option("--explain", "why", is_flag=True, help="The candidates of each field, and why the winner won.")
@click.option("--draw", type=click.Path(dir_okay=False), help="A picture of the first page with the places marked.")
def read_command(  # noqa: PLR0913 - one parameter for each option
    files: tuple[str, ...],
    *,
    as_lines: bool,
    engine: str,
    jobs: int,
    own: tuple[str, ...],
    why: bool,
    draw: str | None,
) -> None:
    """Read documents and print what they say; no database is used."""
    broken = False
    try:
        for read in _read_all(files, engine, own, jobs):
            broken |= read.problem is not None
            for row in _rows(read):
                click.echo(json.dumps(row, ensure_ascii=False) if as_lines else _text(row))
            if read.outcome and why:
                click.echo("\n".join(explain(draft) for draft in draft_documents(read.outcome.pages, own=own)))
            if read.outcome and draw:
                draw_marks(read.outcome).save(draw, "PNG")
    except EngineMissing as error:
        raise click.ClickException(str(error)) from error
    if broken:
        raise SystemExit(1)


@click.command("submit")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Without it, as read.")
@click.option(
    "--mode",
    default=Mode.EACH.value,
    type=click.Choice([mode.value for mode in Mode]),
    help="each: a document each file; one: all files one document; pages: each page one; split: as the reading finds.",
)
@click.option("--channel", "named", help="Name or id of the channel they come by; without it, the command line's own.")
def submit_command(files: tuple[str, ...], kind: str | None, mode: str, named: str | None) -> None:
    """Put documents in, as the web page does."""
    with transaction() as session:
        organisation = get_first_organisation(session)
        channel = get_channel(session, organisation.id, ChannelKind.COMMAND, named)
        connection = get_connection(session, organisation.id, channel.connection_id)
        batch = batch_by(channel, connection.id, kind=Kind(kind) if kind else None, mode=Mode(mode))
    refused = False
    for together in [files] if batch.mode is Mode.ONE else [(file,) for file in files]:
        sent = (File(Path(file).name, Path(file).read_bytes()) for file in together)
        for each in receive(sent, batch, wake=partial(enqueue, read_submission)):
            click.echo(f"{each.id} {each.state.value} {each.filename}")
            if each.problem:
                click.echo(f"{each.filename}: {each.problem_code} {each.problem}", err=True)
            refused |= each.state is SubmissionState.REJECTED
    if refused:
        raise SystemExit(1)


commands: list[click.Command] = [read_command, submit_command]


def _read_all(files: tuple[str, ...], engine: str, own: tuple[str, ...], jobs: int) -> Iterator[_Read]:
    """Read the files, each job in a reading process of its own, and give what became of them in their order."""
    mine = threading.local()

    def begin() -> None:
        mine.reader = Reader()
        mine.reader.warm(engine)

    def read_one(name: str, data: bytes, refusal: Refused | None, media_type: MediaType | None) -> _Read:
        try:
            if refusal is not None or media_type is None:
                return _Read(name, None, Unreadable("CAP-1", str(refusal)))
            return _Read(name, mine.reader.read(data, media_type=media_type, engine=engine, own=own), None)
        except Unreadable as problem:
            return _Read(name, None, problem)

    def read(file: str) -> list[_Read]:
        """Read one file, or each of the files in a ZIP: archive.zip/receipt.jpg."""
        return [
            read_one(name if name == file else f"{file}/{name}", data, refusal, media_type)
            for name, data, refusal, media_type in unpacked(File(file, Path(file).read_bytes()))
        ]

    with ThreadPoolExecutor(max_workers=min(jobs, len(files)), initializer=begin) as pool:
        yield from chain.from_iterable(pool.map(read, files))


def _rows(read: _Read) -> Iterator[dict[str, Any]]:
    if read.problem:
        yield as_problem(read.file, read.problem)
    elif read.outcome:
        yield from (as_json(read.file, read.outcome, reading) for reading in read.outcome.readings)


def _text(row: dict[str, Any]) -> str:
    return f"{row['file']}: {row['problem']['message']}" if "problem" in row else as_text(row)
