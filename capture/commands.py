"""``flask read``: read documents without a database."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from capture.formats import Refused, recognise
from capture.reading.errors import EngineMissing, Unreadable
from capture.reading.pipeline import Options, Outcome, read_file
from capture.reading.report import as_json, as_problem, as_text, draw_marks


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
@click.option("--explain", is_flag=True, help="The candidates of each field, and why the winner won.")
@click.option("--draw", type=click.Path(dir_okay=False), help="A picture of the first page with the places marked.")
def read_command(  # noqa: PLR0913 - one parameter for each option
    files: tuple[str, ...],
    *,
    as_lines: bool,
    engine: str,
    jobs: int,
    own: tuple[str, ...],
    explain: bool,
    draw: str | None,
) -> None:
    """Read documents and print what they say; no database is used."""
    options = Options(engine=engine, own=own, explain=explain)
    broken = False
    try:
        for read in _read_all(files, options, jobs):
            broken |= read.problem is not None
            for row in _rows(read):
                click.echo(json.dumps(row, ensure_ascii=False) if as_lines else _text(row))
            if read.outcome and explain:
                click.echo("\n".join(read.outcome.explanations))
            if read.outcome and draw:
                draw_marks(read.outcome).save(draw, "PNG")
    except EngineMissing as error:
        raise click.ClickException(str(error)) from error
    if broken:
        raise SystemExit(1)


COMMANDS = (read_command,)


def _read_all(files: tuple[str, ...], options: Options, jobs: int) -> Iterator[_Read]:
    """Read the files, each in a child process, and give what became of them in their order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(jobs, len(files)), mp_context=context) as pool:
        for wait in [pool.submit(_read_one, file, options) for file in files]:
            yield wait.result()


def _read_one(file: str, options: Options) -> _Read:
    path = Path(file)
    try:
        return _Read(file, read_file(path, recognise(path.read_bytes()), options), None)
    except Refused as refusal:
        return _Read(file, None, Unreadable("CAP-1", str(refusal)))
    except Unreadable as problem:
        return _Read(file, None, problem)


def _rows(read: _Read) -> Iterator[dict[str, Any]]:
    if read.problem:
        yield as_problem(read.file, read.problem)
    elif read.outcome:
        yield from (as_json(read.file, read.outcome, reading) for reading in read.outcome.readings)


def _text(row: dict[str, Any]) -> str:
    return f"{row['file']}: {row['problem']['message']}" if "problem" in row else as_text(row)
