import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from redis import Redis
from rq import Queue

import worker
from bin.processes import dying_with_me
from core import config
from core.config import ROOT, Config
from tests import worker_jobs
from tests.servers import Valkey, wait_until
from worker import Due, enqueue, sweep

SWEEP = "tests.worker_jobs.find_due"


@pytest.fixture(autouse=True)
def folder(valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the jobs leave their marks, in the settings of this process and of those it starts."""
    monkeypatch.setenv(worker_jobs.FOLDER, str(tmp_path))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", valkey.url)
    monkeypatch.setenv("OCR_ENGINE", "tesseract")  # which loads nothing
    monkeypatch.setattr(config._Process, "config", Config.from_env())  # noqa: SLF001 - set_current, undone afterwards
    return tmp_path


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=dying_with_me())
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def queued(valkey: Valkey, name: str) -> list[str]:
    return [job.args[0] for job in Queue(name, connection=Redis.from_url(valkey.url)).jobs]


def listening(valkey: Valkey) -> bool:
    return any(client["cmd"] == "blmove" for client in Redis.from_url(valkey.url).client_list())


def lost() -> float:
    return REGISTRY.get_sample_value("counterfoil_lost_wake_ups_total") or 0


def test_publishing_has_a_queue_of_its_own(valkey: Valkey) -> None:
    enqueue("publishing.jobs.send_item", 1, 2)
    enqueue(worker_jobs.note, 3)

    assert queued(valkey, "publishing") == ["publishing.jobs.send_item"]
    assert queued(valkey, "reading") == ["tests.worker_jobs.note"]


def test_a_worker_does_what_it_is_woken_for(start: Callable[..., object], folder: Path) -> None:
    start("worker.py", "reading")

    enqueue(worker_jobs.stumble, 0)
    enqueue(worker_jobs.refuse, 0)
    enqueue(worker_jobs.note, 7)

    wait_until((folder / "7").exists)


def test_a_worker_that_reads_has_its_reading_process_before_the_first_document(
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    process = start("worker.py", "reading")

    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    wait_until(lambda: bool(children.read_text(encoding="ascii")))


def test_a_refusal_is_one_line_in_the_log_and_leaves_nothing_in_the_queue(
    start: Callable[..., subprocess.Popen[str]], valkey: Valkey
) -> None:
    process = start("worker.py", "reading")
    enqueue(worker_jobs.refuse, 5)
    wait_until(lambda: listening(valkey) and not Redis.from_url(valkey.url).keys("rq:job:*"))
    process.send_signal(signal.SIGTERM)

    log = process.communicate(timeout=60)[1].splitlines()

    (line,) = [line for line in log if "the queue" not in line]  # which a busy machine may find slow
    assert "There is no 5." in line


def test_an_idle_worker_lives_through_an_outage_and_says_so_in_two_lines(
    start: Callable[..., subprocess.Popen[str]], valkey: Valkey, folder: Path
) -> None:
    process = start("worker.py", "reading")
    wait_until(lambda: listening(valkey))
    valkey.kill()
    valkey.start()
    enqueue(worker_jobs.note, 8)
    wait_until((folder / "8").exists)
    process.send_signal(signal.SIGTERM)

    log = process.communicate(timeout=60)[1].splitlines()

    assert (folder / "8").read_text() == f"{process.pid}\n"
    pairs = max(1, len(log) // 2)  # a busy machine may find the queue slow besides
    assert ["answers again" in line for line in log] == [False, True] * pairs
    assert all("does not answer" in line for line in log[::2])


def test_a_job_in_hand_is_done_to_its_end_when_the_worker_is_told_to_stop_in_an_outage(
    start: Callable[..., subprocess.Popen[str]], valkey: Valkey, folder: Path
) -> None:
    process = start("worker.py", "reading")
    enqueue(worker_jobs.note_later, 9)
    wait_until((folder / "began").exists)
    valkey.kill()
    process.send_signal(signal.SIGTERM)
    (folder / "go").touch()

    log = process.communicate(timeout=60)[1]

    assert (folder / "9").exists()
    assert "Traceback" not in log


def test_a_dead_queue_is_counted_and_swallowed(valkey: Valkey) -> None:
    before = lost()
    valkey.kill()

    enqueue(worker_jobs.note, 1)

    assert lost() == before + 1


def test_a_hung_queue_does_not_hold_a_page_up(valkey: Valkey) -> None:
    enqueue(worker_jobs.note, 1)
    valkey.freeze()
    before = time.monotonic()

    enqueue(worker_jobs.note, 1)

    assert time.monotonic() - before < 20 * worker.WAKE_SECONDS  # which it would wait for ever


def test_the_sweep_wakes_a_worker_once_for_each_row_that_is_due(valkey: Valkey, folder: Path) -> None:
    sweep(SWEEP)
    sweep(SWEEP)

    names = [name.removeprefix("tests.worker_jobs.") for name in queued(valkey, "reading")]
    assert names == ["stumble", "refuse", "note", "note"]
    assert not (folder / "1").exists()


@pytest.mark.parametrize("end", [Valkey.kill, Valkey.freeze])
def test_with_the_queue_dead_the_sweep_does_the_work(
    valkey: Valkey, folder: Path, end: Callable[[Valkey], None]
) -> None:
    end(valkey)

    sweep(SWEEP)

    assert [(folder / name).read_text() for name in ("1", "2")] == [f"{os.getpid()}\n"] * 2


def test_a_failing_sweep_and_one_that_is_missing_do_not_stop_the_others(
    start: Callable[..., subprocess.Popen[str]], valkey: Valkey
) -> None:
    sweeps = ("tests.worker_jobs.fail_to_find", "tests.no_such_jobs.find_due", SWEEP)
    process = start("-c", f"import worker; worker.SWEEPS = {sweeps}; worker.main(['sweep'])")
    wait_until(lambda: len(queued(valkey, "reading")) == 4)
    process.send_signal(signal.SIGTERM)

    log = process.communicate(timeout=60)[1]

    assert "ZeroDivisionError" in log
    assert "No module named 'tests.no_such_jobs'" in log


def test_without_an_argument_one_process_finds_the_work_and_does_it(
    start: Callable[..., subprocess.Popen[str]], folder: Path
) -> None:
    process = start("-c", f"import worker; worker.SWEEPS = ({SWEEP!r},); worker.main([])")
    wait_until(lambda: (folder / "1").exists() and (folder / "2").exists())

    process.send_signal(signal.SIGTERM)

    log = process.communicate(timeout=60)[1]
    assert (process.returncode, "cannot schedule" in log) == (0, False)


def test_a_due_job_has_a_name_that_the_queue_takes() -> None:
    assert Due("publishing.jobs.send_item", (1, 22)).name == "publishing-jobs-send_item-1-22"
