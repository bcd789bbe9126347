import os
import signal
import subprocess
import sys

from capture.reading.patience import Patience, processor_seconds


class Process:
    """A clock, and the processor time of a process."""

    now = 100.0
    used = 7.0

    def passes(self, seconds: float, *, used: float) -> None:
        self.now += seconds
        self.used += used


def test_a_process_that_only_waits_gets_its_seconds_and_no_more() -> None:
    process = Process()
    patience = Patience(10, lambda: process.used, lambda: process.now)

    process.passes(4, used=0)
    assert patience.left() == 6
    process.passes(6, used=0.2)
    assert patience.left() == 0


def test_a_process_that_works_gets_as_many_seconds_again() -> None:
    process = Process()
    patience = Patience(10, lambda: process.used, lambda: process.now)

    process.passes(11, used=0.5)
    assert patience.left() == 10
    process.passes(10, used=0.1)
    assert patience.left() == 0


def test_work_is_not_counted_twice() -> None:
    process = Process()
    patience = Patience(10, lambda: process.used, lambda: process.now)
    process.passes(10, used=5)
    patience.left()

    process.passes(11, used=0)

    assert patience.left() == -1


def test_processor_time_is_counted_by_the_clock_of_the_limit() -> None:
    busy = subprocess.Popen(
        [sys.executable, "-c", "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 9))\nwhile True: pass"]
    )
    os.waitid(os.P_PID, busy.pid, os.WEXITED | os.WNOWAIT)

    used = processor_seconds(busy.pid)

    assert 1 <= used < 1.1
    assert busy.wait() == -signal.SIGXCPU
