"""Processes that are started again when they die."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bin.processes import STEADY_SECONDS, Process
from tests.servers import wait_until


@dataclass
class Sleeper:
    """A process that does nothing, and the clock it is watched by."""

    seconds: float = 0

    def __post_init__(self) -> None:
        self.process = Process("sleeper", ["sleep", "60"], {"PATH": os.environ["PATH"]}, clock=lambda: self.seconds)
        self.process.start()

    def die(self) -> str:
        """Kill it; give what is said, and let the pause pass."""
        self.process.send(signal.SIGKILL)
        wait_until(lambda: self.process.code is not None)
        said = self.process.revive()
        assert said is not None
        self.seconds += float(said.split()[-2])
        assert self.process.revive() is None
        assert self.process.code is None
        return said


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    made = Sleeper()
    yield made
    made.process.send(signal.SIGKILL)
    wait_until(lambda: made.process.code is not None)


def test_what_dies_while_it_comes_up_is_started_again_later_each_time(sleeper: Sleeper) -> None:
    assert [sleeper.die().split()[-2] for _ in range(3)] == ["0.5", "1", "2"]


def test_what_is_killed_after_a_steady_run_is_back_at_once_however_often(sleeper: Sleeper) -> None:
    sleeper.die()
    sleeper.die()

    for _ in range(3):
        sleeper.seconds += STEADY_SECONDS + 1
        assert sleeper.die().split()[-2] == "0.5"
