"""How long to wait for a process that works, and for one that does not."""

from __future__ import annotations

import os
import time
from pathlib import Path

SHARE = 0.1  # of the time was the processor its own: it works
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """Give the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Patience:
    """How long to wait for a process: so many seconds, and as many again while it is short of processor time.

    On a busy machine a good document takes long by the clock; one that only waits gets nothing more. What one may
    compute has a limit of its own.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid = pid
        self._seconds = seconds
        self._used = processor_seconds(pid)
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Give the seconds left; none are when it is 0 or less."""
        left = self._until - time.monotonic()
        used = processor_seconds(self._pid) if left <= 0 else 0
        if used - self._used < SHARE * self._seconds:
            return left
        self._used = used
        self._until = time.monotonic() + self._seconds
        return self._seconds
