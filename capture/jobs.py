"""What workers run for capture: reading what came in."""

from __future__ import annotations

from collections.abc import Iterable

from capture.reader import due_submissions, read_one
from worker import Due


def read_submission(submission_id: int) -> None:
    """Read one submission into items."""
    read_one(submission_id)


def find_due() -> Iterable[Due]:
    """Find what waits to be read, and what was being read by a process that died."""
    return [Due("capture.jobs.read_submission", (submission_id,)) for submission_id in due_submissions()]
