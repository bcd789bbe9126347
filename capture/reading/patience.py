"""How long to wait for a process that works, and for one that does not."""

from __future__ import annotations

import time
from collections.abc import Callable

SHARE = 0.03  # of the time, at least, a process that works has the processor, however busy the machine
_PROFILING = 0  # CPUCLOCK_PROF in the kernel's posix-timers.h, where the number of such a clock is made, too


def processor_seconds(pid: int) -> float:
    """Give the processor time that a process has used, by the clock that RLIMIT_CPU goes by.

    ``/proc`` has another: that one counts exactly, this one by ticks, and over minutes they part by seconds.
    """
    return time.clock_gettime(~pid << 3 | _PROFILING)


class Patience:
    """How long to wait for a process: so many seconds, and as many again while it gets at least a little done.

    On a busy machine a good document takes long by the clock; a process that only waits gets nothing more. What one may
    compute has a limit of its own. ``used`` gives the processor time it has used so far.
    """

    def __init__(self, seconds: float, used: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._used, self._clock = seconds, used, clock
        self._begin()

    def left(self) -> float:
        """Give the seconds left; none are when it is 0 or less."""
        left = self._until - self._clock()
        if left <= 0 and self._used() - self._before >= SHARE * self._seconds:
            self._begin()
            return self._seconds
        return left

    def _begin(self) -> None:
        self._before = self._used()
        self._until = self._clock() + self._seconds
