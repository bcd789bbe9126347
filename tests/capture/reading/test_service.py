import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from select import select

import pytest

from capture.reading.confine import ROOT
from capture.reading.errors import EngineMissing, Unreadable
from capture.reading.landlock import version
from capture.reading.model import Outcome
from capture.reading.process import Limits
from capture.reading.service import ENDED, FLOOD, SLOW, Reader, ReadingUnavailable
from tests.capture.reading import misbehaving

pytestmark = pytest.mark.processes
QUICK = Limits(cpu_seconds=2, seconds=3)
PIPELINE = "tests.capture.reading.misbehaving"


@pytest.fixture(scope="module")
def shared() -> Iterator[Reader]:
    reader = Reader(pipeline=PIPELINE, limits=QUICK)
    yield reader
    reader.close()


@pytest.fixture
def reader(shared: Reader) -> Reader:
    """A reader whose process works: whatever the test before did to it, a good document is read."""
    assert words(shared, "words = ['well']") == ["well"]
    return shared


def read(reader: Reader, document: str, *, engine: str = "none", max_pages: int = 60) -> Outcome:
    data = textwrap.dedent(document).encode()
    return reader.read(data, media_type="text/python", engine=engine, own=("Us Ltd",), max_pages=max_pages)


def words(reader: Reader, document: str) -> list[str]:
    return [word.text for word in read(reader, document).pages[0].words]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def name(pid: str) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()


def has_ended(pid: int) -> bool:
    """Wait for a process to end: the kernel was told, and takes a moment."""
    deadline = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_running(pid)


def test_what_a_document_says_comes_through_whole(reader: Reader) -> None:
    document = "words = outcome('Total', '£12.50', media_type, options.own, options.max_pages, pages=3)"

    expected = misbehaving.outcome("Total", "£12.50", "text/python", ("Us Ltd",), 60, pages=3)
    assert read(reader, document) == expected


def test_one_process_reads_one_document_after_the_other(reader: Reader) -> None:
    assert words(reader, "import os; words = [os.getpid()]") == words(reader, "import os; words = [os.getpid()]")


def test_threads_take_turns(reader: Reader) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: words(reader, f"words = [{n}]"), range(40)))

    assert answers == [[str(n)] for n in range(40)]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("import os; os._exit(1)", ENDED),
        ("import os; os.abort()", ENDED),
        ("import ctypes; ctypes.string_at(1)", ENDED),
        ("1 / 0", ENDED),
        ("raise SystemExit", ENDED),
        ("kept.append(bytearray(3 << 30))", ENDED),
        ("import mmap; kept.extend(mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE) for _ in range(3000))", ENDED),
        ("import os; os.close(begin_page.args[0].fileno()); __import__('time').sleep(60)", ENDED),
        ("while True: pass", SLOW),
        ("import time; time.sleep(60)", SLOW),
        ("words = ['x' * (13 << 20)]", FLOOD),
        ("n = 0\nwhile True:\n    n += 1\n    begin_page(n)", FLOOD),
        ("begin_page(2)", FLOOD),
        ("begin_page.args[0].sendall(b'x' * 100)", FLOOD),
        ("begin_page.args[0].sendall(b'\\0\\0\\0\\7\\0\\0\\0\\0[[[[[[[')", FLOOD),
        ("import dataclasses; words = dataclasses.replace(outcome(), pictures=(b'<script>',))", FLOOD),
        ("import dataclasses; words = dataclasses.replace(outcome(), pictures=())", FLOOD),
        ("import dataclasses; words = dataclasses.replace(outcome(), likenesses=('<b>',))", FLOOD),
        ("import dataclasses; words = dataclasses.replace(outcome(), seconds='long')", FLOOD),
        ("import dataclasses; words = dataclasses.replace(outcome(), seconds=1e999)", FLOOD),
        ("words = outcome(pages=2); words.readings[0].__dict__['pages'] = (3,)", FLOOD),
        ("raise Unreadable('<b>', 'words')", FLOOD),
    ],
)
def test_a_bad_document_costs_only_itself(reader: Reader, document: str, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(reader, document)

    assert (str(caught.value), caught.value.code) == (message, "CAP-2")
    assert words(reader, "words = ['well']") == ["well"]


def test_a_document_that_prints_without_end_is_read_all_the_same(reader: Reader) -> None:
    assert words(reader, "import os; [os.write(n, b'x' * 4096) for n in (1, 2) for _ in range(9999)]") == []


def test_a_document_dies_of_what_one_before_it_did_and_is_read_by_another_process(reader: Reader) -> None:
    words(reader, "kept.append(1)")

    assert words(reader, "import os\nif kept: os.abort()\nwords = ['well']") == ["well"]


def test_a_process_that_died_between_documents_is_replaced(reader: Reader) -> None:
    (pid,) = words(reader, "import os; words = [os.getpid()]")
    os.kill(int(pid), signal.SIGKILL)

    assert words(reader, "words = ['well']") == ["well"]


def test_a_document_may_use_so_much_memory_and_no_more() -> None:
    document = "import mmap; kept.append(mmap.mmap(-1, {size} << 20)); kept[-1].write(b'x' * ({size} << 20))"
    watched = Reader(pipeline=PIPELINE, limits=Limits(most_bytes=400 << 20))

    assert words(watched, document.format(size=100)) == []
    with pytest.raises(Unreadable, match="far too complicated"):
        words(watched, document.format(size=500))
    watched.close()


def test_the_reason_a_pipeline_gives_is_passed_on(reader: Reader) -> None:
    with pytest.raises(Unreadable, match=r"^The PDF is locked\.$") as caught:
        read(reader, "raise Unreadable('CAP-1', 'The PDF\\n is locked.')")

    assert caught.value.code == "CAP-1"


def test_time_is_granted_for_each_page(reader: Reader) -> None:
    work = (
        "import time\nfor n in range(1, 5):\n    begin_page(n)\n    end = time.process_time() + {seconds}\n    while "
    )
    work += "time.process_time() < end: pass\nwords = outcome(pages=4)"

    assert len(read(reader, work.format(seconds=0.9)).pages) == 4
    with pytest.raises(Unreadable, match="took too long"):
        read(reader, work.format(seconds=9))


def test_processor_time_is_renewed_for_each_document(reader: Reader) -> None:
    document = """
    import resource, time
    words = [resource.getrlimit(resource.RLIMIT_CPU)[0] - int(time.process_time())]
    end = time.process_time() + 1.1
    while time.process_time() < end: pass
    """

    assert {words(reader, document)[0] for _ in range(3)} <= {"2", "3"}


def test_a_document_of_too_many_pages_gets_no_more_time(reader: Reader) -> None:
    with pytest.raises(Unreadable, match="far more than a document"):
        read(reader, "[begin_page(n) for n in (1, 2, 3, 4)]", max_pages=2)


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "import socket; socket.socket(socket.AF_UNIX)",
        "import socket; socket.create_connection(('127.0.0.1', 80))",
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.kill(os.getppid(), 0)",
        "import os; os.setsid()",
        "open('/tmp/counterfoil-test', 'wb', buffering=0).write(b'x')",
        "path.open('ab', buffering=0).write(b'x')",
        "import os; os.memfd_create('x') and os.write(os.memfd_create('x'), b'x')",
    ],
)
def test_a_document_can_reach_no_network_process_or_file(reader: Reader, attempt: str) -> None:
    document = f"import os\ntry:\n    {attempt}\nexcept OSError as error:\n    words = [error.errno]"

    (number,) = words(reader, document)

    assert os.strerror(int(number)) in {"Operation not permitted", "Permission denied", "File too large"}


@pytest.mark.skipif(not version(), reason="this kernel has no Landlock")
@pytest.mark.parametrize(
    "attempt",
    [
        "open({file!r})",
        "open('/etc/passwd')",
        "open({root!r} + '/pyproject.toml')",
        "open(f'/proc/{{os.getppid()}}/environ')",
        "os.listdir({folder!r})",
        "os.truncate({file!r}, 0)",
        "os.unlink({file!r})",
        "os.rename({file!r}, {file!r} + '2')",
        "os.mkdir({folder!r} + '/new')",
    ],
)
def test_a_document_can_open_no_file_but_itself_and_the_libraries(reader: Reader, tmp_path: Path, attempt: str) -> None:
    file = tmp_path / "another document"
    file.write_text("secret", encoding="utf-8")
    tried = attempt.format(file=str(file), folder=str(tmp_path), root=str(ROOT))

    (number,) = words(reader, f"import os\ntry:\n    {tried}\nexcept OSError as error:\n    words = [error.errno]")

    assert os.strerror(int(number)) == "Permission denied"
    assert [each.name for each in tmp_path.iterdir()] == ["another document"]


def test_a_document_sees_no_environment_network_or_terminal(reader: Reader) -> None:
    document = """
    import os
    words = [os.environ.get('HOME'), open('/proc/self/net/dev').read().count(':'), os.getcwd(), os.isatty(0)]
    words.append(os.getsid(0) == os.getpid())
    """

    assert words(reader, document) == ["None", "1", "/", "False", "True"]


def test_a_thread_may_still_be_started(reader: Reader) -> None:
    document = """
    import threading
    thread = threading.Thread(target=words.append, args=['run'])
    thread.start()
    thread.join()
    """

    assert words(reader, document) == ["run"]


def test_a_process_is_renewed_for_its_age() -> None:
    aging = Reader(pipeline=PIPELINE, limits=Limits(documents=2))
    pids = [words(aging, "import os; words = [os.getpid()]") for _ in range(4)]
    aging.close()

    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_process_is_renewed_for_its_size() -> None:
    document = "import os; kept.append(b'x' * (60 << 20)); words = [os.getpid()]"
    growing = Reader(pipeline=PIPELINE, limits=Limits(resident_bytes=100 << 20))
    pids = [words(growing, document) for _ in range(4)]
    growing.close()

    assert len({tuple(pid) for pid in pids}) in {2, 4}


def test_tesseract_may_start_processes_and_all_of_them_end_with_it() -> None:
    """Tesseract is a program of its own that leaves its answer in a file."""
    document = "import os, subprocess, time\nopen('answer', 'w').write('x')\nbegin_page(1)\n"
    document += "end = [subprocess.Popen(['sleep', '100']).pid, os.getcwd()]\nwords = end"
    scratch = Reader(pipeline=PIPELINE, limits=QUICK)
    pid, folder = [word.text for word in read(scratch, document, engine="tesseract").pages[0].words]
    assert is_running(int(pid))

    scratch.close()

    assert has_ended(int(pid))
    assert not Path(folder).exists()


def test_a_missing_engine_is_no_fault_of_the_document(reader: Reader) -> None:
    with pytest.raises(EngineMissing, match="not installed"):
        read(reader, "raise EngineMissing('The engine is not installed.')", engine="missing")


def test_a_process_that_was_made_ready_long_before_its_first_document_reads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("capture.reading.process.processor_seconds", lambda _: 0.0)  # as if idle ever since
    early = Reader(pipeline=PIPELINE, limits=Limits(start_seconds=0.1))
    early.warm("none")
    assert early._child is not None  # noqa: SLF001
    select([early._child._socket], [], [], 60)  # noqa: SLF001 - it is ready, which took longer than 0.1 s

    assert words(early, "words = ['well']") == ["well"]
    early.close()


def test_a_process_that_does_not_come_up_is_no_fault_of_the_document() -> None:
    for broken in (Reader(pipeline="tests.nowhere"), Reader(pipeline=PIPELINE)):
        with pytest.raises(ReadingUnavailable, match="They are safe"):
            read(broken, "", engine="broken")


def test_a_program_that_is_gone_is_no_fault_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    broken = Reader(pipeline=PIPELINE)
    broken.warm()

    with pytest.raises(ReadingUnavailable, match="They are safe"):
        read(broken, "")


def test_the_process_ends_with_its_parent_even_while_it_hangs() -> None:
    script = f"""
    from capture.reading.service import Reader
    reader = Reader(pipeline={PIPELINE!r})
    hanging = b"import ctypes; ctypes.CDLL(None).prctl(15, b'hanging'); ctypes.CDLL(None).sleep(60)"
    reader.read(hanging, media_type="", engine="none")
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    while not (pids := children.read_text(encoding="ascii").split()) or name(pids[0]) != "hanging":
        time.sleep(0.01)
    parent.kill()
    parent.wait()

    assert has_ended(int(pids[0]))


def test_nobodys_rights_are_enough_to_be_cut_off_from_the_network() -> None:
    """In a user namespace that maps nobody, no further namespace can be made: the filter alone has to hold."""
    script = f"""
    from capture.reading.service import Reader
    reader = Reader(pipeline={PIPELINE!r})
    document = b"import socket\\ntry: socket.socket()\\nexcept OSError as error: words = [error.errno]"
    print(reader.read(document, media_type="", engine="none").pages[0].words[0].text)
    reader.close()
    """
    command = ["unshare", "--user", sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip("user namespaces are not allowed here")

    assert done.stdout == "1\n", done.stderr
