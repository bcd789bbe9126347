"""Jobs and sweeps for tests of worker.py: what was done stands in files of a folder."""

from __future__ import annotations

import os
import time
from pathlib import Path

from core.errors import NotFound
from worker import Due

FOLDER = "TEST_JOBS_FOLDER"


def note(number: int) -> None:
    """Leave a mark with this number, and the process that left it."""
    with (Path(os.environ[FOLDER]) / str(number)).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")


def note_later(number: int) -> None:
    """Say that it began, and leave the mark when it is let go."""
    folder = Path(os.environ[FOLDER])
    (folder / "began").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
    note(number)


def refuse(number: int) -> None:
    raise NotFound(f"There is no {number}.")


def stumble(number: int) -> None:
    raise ZeroDivisionError(number)


def find_due() -> list[Due]:
    """Everything that has no mark yet, with two bad rows before it."""
    missing = [number for number in (1, 2) if not (Path(os.environ[FOLDER]) / str(number)).exists()]
    bad = [Due("tests.worker_jobs.stumble", (0,)), Due("tests.worker_jobs.refuse", (0,))]
    return [*bad, *(Due("tests.worker_jobs.note", (number,)) for number in missing)]


def fail_to_find() -> list[Due]:
    raise ZeroDivisionError
