"""bin/run, in a copy of the project whose path has a space and with a data folder whose path is long."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bin.processes import dying_with_me
from core.config import ROOT
from tests.servers import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("bin/run")]
NOT_COPIED = shutil.ignore_patterns(".venv", ".git", "data", "__pycache__", ".*_cache")


@dataclass(frozen=True)
class Product:
    """A bin/run that was started."""

    popen: subprocess.Popen[str]

    def await_line(self, words: str) -> None:
        """Read its log until a line has these words in it."""
        said = []
        for line in self.popen.stdout or ():
            if words in line:
                return
            said.append(line)
        pytest.fail(f"it ended ({self.popen.wait()}) without saying {words!r}: {''.join(said)}")

    def pids(self, words: str = "") -> set[int]:
        """Find its processes, and theirs, that have these words in their command."""
        family, parents = {self.popen.pid}, dict(living())
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return {pid for pid in family if words.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()}

    def end(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)
        self.popen.wait(timeout=60)


def living() -> Iterator[tuple[int, int]]:
    """Give every process that lives, with its parent."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it just ended
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(stat.parent.name), int(parent)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("a copy") / "counterfoil"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / ("long " * 20) / "data"


@pytest.fixture
def run(project: Path, data_dir: Path) -> Iterator[Callable[..., Product]]:
    started = []

    def begin(*arguments: str, **settings: str) -> Product:
        env = {"PATH": os.environ["PATH"], "HOME": str(project.parent), "DATA_DIR": str(data_dir), **settings}
        env.setdefault("PORT", str(free_port()))
        popen = subprocess.Popen(
            [project / "bin" / "run", *arguments],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=dying_with_me(),
        )
        started.append(popen)
        return Product(popen)

    yield begin
    for popen in started:
        popen.kill()
        popen.communicate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def refusal(product: Product) -> str:
    """Give the one sentence with which it declined to start."""
    said = product.popen.communicate(timeout=120)[0]
    assert product.popen.returncode == 1
    assert len(said.splitlines()) == 1, said
    return said


def test_it_starts_twice_and_leaves_no_process_when_it_is_told_to_stop(run: Callable[..., Product]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        product = run("--empty")
        product.await_line("ready: http://127.0.0.1:")
        product.await_line("flask user add")
        pids = product.pids()

        product.end(number)

        assert product.popen.returncode == 0
        assert not pids & dict(living()).keys()


def test_killed_it_leaves_no_process_and_starts_again(run: Callable[..., Product]) -> None:
    product = run("--empty")
    product.await_line("ready:")
    pids = product.pids()
    assert all(product.pids(name) for name in ("valkey", "sandbox", "reading", "publishing", "sweep", "gunicorn"))
    for pid in pids - {product.popen.pid}:
        os.kill(pid, signal.SIGSTOP)  # so that it cannot end by itself

    product.end(signal.SIGKILL)

    wait_until(lambda: not pids & dict(living()).keys())
    run("--empty").await_line("ready:")


def test_a_process_that_is_killed_comes_back(run: Callable[..., Product]) -> None:
    product = run("--empty")
    product.await_line("ready:")
    before = product.pids("publishing")

    os.kill(min(before), signal.SIGKILL)

    product.await_line("publishing was ended by SIGKILL")
    wait_until(lambda: product.pids("publishing") - before != set())


def test_a_second_one_on_the_same_data_is_refused(run: Callable[..., Product]) -> None:
    product = run("--empty")
    product.await_line("ready:")

    assert f"already (process {product.popen.pid})" in refusal(run("--empty"))


def test_a_port_that_is_taken_is_named(run: Callable[..., Product]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert f"port {port} is taken" in refusal(run("--empty", PORT=str(port)))


def test_a_folder_that_cannot_be_written_is_named(run: Callable[..., Product], tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert str(tmp_path / "file") in refusal(run("--empty", DATA_DIR=str(tmp_path / "file" / "data")))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MAX_PAGES", "many", "MAX_PAGES is 'many'"),
        ("SECRET_KEYS", "short", "SECRET_KEYS, or secret.key in DATA_DIR, must hold keys"),
    ],
)
def test_a_wrong_setting_is_named(run: Callable[..., Product], name: str, value: str, says: str) -> None:
    assert says in refusal(run(**{name: value}))


def test_without_a_python_it_runs_on_it_says_which_to_install(run: Callable[..., Product], tmp_path: Path) -> None:
    for name in ("sh", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")

    assert "needs Python 3.11, 3.12 or 3.13" in refusal(run(PATH=str(tmp_path)))


def test_a_database_that_does_not_answer_is_named(run: Callable[..., Product]) -> None:
    product = run("--empty", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    said = product.popen.communicate(timeout=120)[0]

    assert "the database does not let us in" in said
    assert "Traceback" not in said
    assert product.popen.returncode == 1
