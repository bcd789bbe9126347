"""Real servers for tests, each private to one test process."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from redis import Redis
from redis.exceptions import RedisError

from bin.processes import dying_with_me
from bin.valkey import valkey


class Valkey:
    """A queue of one's own, that can be stopped, frozen and started again."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="counterfoil-"))
        self.url = f"unix://{quote(str(self.folder / 'queue.sock'))}"
        self.start()

    def start(self) -> None:
        command = valkey(self.folder / "queue.sock", self.folder)
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=dying_with_me())
        wait_until(self.answers)

    def answers(self) -> bool:
        try:
            return bool(Redis.from_url(self.url).ping())
        except RedisError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Make an empty database on this PostgreSQL, give its address, and drop it afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait for a condition of another process, looking often."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {condition}"
        time.sleep(0.02)
