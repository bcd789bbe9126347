"""Processes that end with the one that started them, are started again when they die, and share one log."""

from __future__ import annotations

import ctypes
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a dead process is started again
STEADY_SECONDS = 5  # what ran that long had come up: its end is no failure to start
GRACE_SECONDS = 10
LOOK_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


def die_with(parent: int) -> None:
    """Ask the kernel to end this process with its parent, whose process id is given.

    It holds through an exec and is gone after a fork, so every forked child asks again. Linux takes the end of the
    thread that started the process for the end of its parent.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def dying_with_me() -> Callable[[], None]:
    """Give the ``preexec_fn`` of a child that ends with this process."""
    parent = os.getpid()
    return lambda: die_with(parent)


class Process:
    """One process of the product. What it writes comes out of one pipe, however often it is started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        fds: Sequence[int] = (),
        noise: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._clock = clock
        self._noise = re.compile(noise or "(?!)")
        self._command, self._env, self._fds = command, env, fds
        self.log, self._into_log = os.pipe()
        self._rest = b""
        self._pause = FIRST_PAUSE

    def start(self, results: int | None = None) -> None:
        """Start it, in a session of its own: Ctrl-C reaches the supervisor alone, which ends the others in order."""
        self._popen = subprocess.Popen(
            self._command,
            env=self._env,
            pass_fds=self._fds,
            stdin=subprocess.DEVNULL,
            stdout=self._into_log if results is None else results,
            stderr=self._into_log,
            start_new_session=True,
            preexec_fn=dying_with_me(),
        )
        self._started = self._clock()
        self._due: float | None = None

    @property
    def code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; one that is dead takes it calmly."""
        self._popen.send_signal(number)

    def read(self) -> list[str]:
        """Give the whole lines it wrote, but for noise; there must be something to read."""
        *lines, self._rest = (self._rest + os.read(self.log, 65_536)).split(b"\n")
        return [text for line in lines if not self._noise.search(text := line.decode(errors="replace"))]

    def revive(self) -> str | None:
        """Start it again if it is dead, after a pause that grows while it does not come up; say so once."""
        if self.code is None:
            return None
        if self._due is None:
            if self._clock() - self._started > STEADY_SECONDS:
                self._pause = FIRST_PAUSE
            self._due, pause = self._clock() + self._pause, self._pause
            self._pause = min(2 * pause, LONGEST_PAUSE)
            return f"{self.name} {self._end()}; it is started again in {pause:g} s"
        if self._clock() >= self._due:
            self.start()
        return None

    def _end(self) -> str:
        code = self.code or 0
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


class Supervisor:
    """Starts processes, prints what they say under their names, and starts the dead ones again."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._kept: list[Process] = []
        self._logs = selectors.DefaultSelector()
        self._asked = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def keep(self, name: str, command: Sequence[str], *, fds: Sequence[int] = (), noise: str = "") -> Process:
        """Start a process that is to run until the end; lines of its log that match ``noise`` are left out."""
        self._kept.append(self._start(Process(name, command, self._env, fds=fds, noise=noise)))
        return self._kept[-1]

    def run(self, name: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a process to its end; give its exit code and what it wrote to standard output.

        Raises:
            Stopped: somebody asked us to stop meanwhile.
        """
        with tempfile.TemporaryFile("w+") as results:
            process = self._start(Process(name, command, self._env), results.fileno())
            while process.code is None:
                self.look()
            self._print()
            results.seek(0)
            return process.code, results.read()

    def look(self) -> None:
        """Print what was written and start the dead again.

        Raises:
            Stopped: somebody asked us to stop.
        """
        self._print(LOOK_SECONDS)
        for process in self._kept:
            if news := process.revive():
                self.say("counterfoil", news)
        if self._asked:
            raise Stopped

    def stop(self) -> None:
        """End everything, the first that was started last. Asked twice, or after ten seconds, by force."""
        for processes in (self._kept[1:], self._kept[:1]):
            for process in processes:
                process.send(signal.SIGTERM)
            end = time.monotonic() + GRACE_SECONDS
            while any(process.code is None for process in processes):
                self._print(LOOK_SECONDS)
                if time.monotonic() > end or self._asked > 1:
                    for process in processes:
                        process.send(signal.SIGKILL)
            self._print()

    def say(self, name: str, line: str) -> None:
        """Print one line of the log; a reader that is gone asks us to stop."""
        try:
            print(f"{name:<12}| {line}", flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._asked += 1

    def _start(self, process: Process, results: int | None = None) -> Process:
        process.start(results)
        self._logs.register(process.log, selectors.EVENT_READ, process)
        return process

    def _print(self, seconds: float = 0) -> None:
        for key, _ in self._logs.select(seconds):
            for line in key.data.read():
                self.say(key.data.name, line)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked += 1
