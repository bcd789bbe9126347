"""A PostgreSQL for tests, private to one run of them."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bin.processes import LOOK_SECONDS, dying_with_me

START_SECONDS = 30
SETTINGS = ("listen_addresses=", "fsync=off", "dynamic_shared_memory_type=mmap", "log_min_messages=fatal")


def programs() -> Path | None:
    """Find the folder with the programs of Debian's newest PostgreSQL."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), default=None)


@contextmanager
def postgres(folder: Path, found: Path) -> Iterator[str]:
    """Start a server in a new folder, on a Unix socket alone; give its address, and end it afterwards.

    It refuses to run as root, so root runs it as the user that Debian's package made.
    """
    user = "postgres" if os.geteuid() == 0 else None
    folder.mkdir(mode=0o700)
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data = str(folder / "data")
    make = [str(found / "initdb"), "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    subprocess.run(make, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, preexec_fn=dying_with_me())
    start = [str(found / "postgres"), "-D", data, "-k", str(folder), *(f"-c{each}" for each in SETTINGS)]
    server = subprocess.Popen(start, user=user, cwd=folder, start_new_session=True, preexec_fn=dying_with_me())
    try:
        _await(folder / ".s.PGSQL.5432", server)
        yield f"postgresql+psycopg://tests@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def _await(socket: Path, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > end:
            sys.exit("PostgreSQL could not be started for the tests; the lines above say why.")
        time.sleep(LOOK_SECONDS)
