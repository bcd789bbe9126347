"""Hostile files through the web page's own upload in a browser, and through the HTTP interface, of a running product.

    python -m tests.benchmarks.hostile_uploads FOLDER...

A folder has a ``manifest.jsonl`` (one line a file: file, expected, upload_as) or is a heap of files of which only an
answer is expected. Prints what became of each, how long it took and the most memory a process had; the exit code is 0
only when each is answered as expected, within the time and memory it may take, and everything still runs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from playwright.sync_api import Page, sync_playwright

from core.config import ROOT
from tests.browser import CHROMIUM, sign_in
from tests.product import Running, running_product

SECONDS = 12  # on a machine that has nothing else to do
MOST_BYTES = 1 << 30
GIVEN_UP = 120  # seconds
INNER = re.compile(r"Traceback|[a-z]+\.py\b|site-packages|/(?:usr|tmp|home|work|data)/|Pillow|pdfium|PdfiumError")
OPEN = {"received", "processing"}


@dataclass(frozen=True)
class Case:
    """One file, the name it is sent under, and whether it should be read (None: either will do)."""

    file: str
    name: str
    data: bytes
    is_read: bool | None


@dataclass(frozen=True)
class Answer:
    """What became of a file: its state, and all that was said of it."""

    state: str
    words: str


def cases(folder: Path) -> Iterator[Case]:
    """Give the files of a folder."""
    manifest = folder / "manifest.jsonl"
    if not manifest.exists():
        yield from (Case(each.name, each.name, each.read_bytes(), None) for each in sorted(folder.iterdir()))
        return
    for line in manifest.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        either = "can be defended" in row.get("note", "")
        is_read = None if either else row["expected"] == "accepted"
        yield Case(row["file"], row.get("upload_as", row["file"]), (folder / row["file"]).read_bytes(), is_read)


class Memory:
    """The most that any process below this one has in use, looked at twenty times a second."""

    def __init__(self) -> None:
        self.most = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def take(self) -> int:
        """Give it, and begin anew."""
        most, self.most = self.most, 0
        return most

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for pid in descendants(os.getpid()):
                with suppress(OSError):
                    command = Path(f"/proc/{pid}/cmdline").read_bytes()
                    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
                    if b"chrom" not in command and b"playwright" not in command:
                        self.most = max(self.most, pages * os.sysconf("SC_PAGE_SIZE"))


def descendants(pid: int) -> Iterator[int]:
    """Give the processes below this one."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text(encoding="ascii").split():
                yield int(child)
                yield from descendants(int(child))


def await_end(look: Callable[[], Answer]) -> Answer:
    """Look until a file is no longer on its way."""
    end = time.monotonic() + GIVEN_UP
    while (answer := look()).state in OPEN and time.monotonic() < end:
        time.sleep(0.1)
    return answer


@contextmanager
def interface(product: Running) -> Iterator[Callable[[Case], Answer]]:
    """Give what sends a file through the HTTP interface."""
    env = {**os.environ, "DATA_DIR": str(product.log.parent / "data")}
    command = [str(ROOT / ".venv" / "bin" / "flask"), "token", "add", product.email]
    token = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=True, text=True).stdout.strip()

    def ask(path: str, body: bytes | None = None, kind: str = "") -> Any:  # noqa: ANN401 - JSON
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind or "application/json"}
        try:
            with urlopen(Request(f"{product.address}/api/v1{path}", body, headers), timeout=GIVEN_UP) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as refusal:
            return {"error": refusal.read().decode()}

    def look(submission_id: int) -> Answer:
        said = ask(f"/submissions/{submission_id}")
        return Answer(said["state"], json.dumps(said))

    def send(case: Case) -> Answer:
        name = case.name.encode().replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
        said = ask("/documents", head + case.data + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")
        if "error" in said:
            return Answer("error", str(said))
        ends = [await_end(partial(look, each["id"])) for each in said["submissions"]]
        return Answer(" ".join(end.state for end in ends), " ".join(end.words for end in ends))

    yield send


@contextmanager
def browser(product: Running) -> Iterator[Callable[[Case], Answer]]:
    """Give what sends a file through the page, as if it was chosen there."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = chromium.new_context(base_url=product.address)
        page, rows = context.new_page(), context.new_page()
        sign_in(page, product.email, product.password)
        newest = [_newest(rows)]

        def send(case: Case) -> Answer:
            given = {"name": case.name, "mimeType": "application/octet-stream", "buffer": case.data}
            with page.expect_response(lambda each: each.url.endswith("/submissions"), timeout=GIVEN_UP * 1000) as got:
                page.set_input_files("input#file", given)  # type: ignore[arg-type]
            if not got.value.ok:
                return Answer("error", got.value.text())
            got.value.finished()
            answer = await_end(partial(_new_rows, rows, newest[-1]))
            newest.append(_newest(rows))
            return answer

        yield send
        chromium.close()


def _newest(page: Page) -> int:
    page.goto("/submissions")
    return max(int(each.get_attribute("data-submission") or 0) for each in page.locator("[data-submission]").all())


def _new_rows(page: Page, since: int) -> Answer:
    """Give what the page says of the files that came after this one; open as long as one of them is."""
    page.goto("/submissions")
    rows = [
        each
        for each in page.locator("[data-submission]").all()
        if int(each.get_attribute("data-submission") or 0) > since
    ]
    states = [each.get_attribute("data-state") or "" for each in rows]
    going_on = sorted(OPEN & set(states))
    return Answer(going_on[0] if going_on else " ".join(states), " ".join(each.inner_text() for each in rows))


def run(way: str, folders: list[Path]) -> int:
    """Send all of them one way; give how many were answered wrongly."""
    wrong = 0
    memory = Memory()
    with tempfile.TemporaryDirectory(prefix="counterfoil-hostile-") as folder, running_product(Path(folder)) as product:
        with {"web": browser, "interface": interface}[way](product) as send:
            for case in (each for each_folder in folders for each in cases(each_folder)):
                wrong += not _try(way, case, send, memory)
        alive: int = urlopen(f"{product.address}/readyz", timeout=10).status  # noqa: S310 - ours
        ended = product.log.read_text(errors="replace").count("is started again")
        say(f"{way}: {wrong} wrong; /readyz {alive}; {ended} processes of the service ended")
        memory.stop()
    return wrong + ended + (alive != HTTPStatus.OK)


def _try(way: str, case: Case, send: Callable[[Case], Answer], memory: Memory) -> bool:
    memory.take()
    started = time.monotonic()
    answer = send(case)
    seconds, most = time.monotonic() - started, memory.take()
    load = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    faults = [
        case.is_read is not None and (answer.state.split()[-1] == "read") != case.is_read and "not as expected",
        seconds > SECONDS * load and "too slow",
        most > MOST_BYTES and "too much memory",
        INNER.search(answer.words) and f"says {INNER.search(answer.words)}",
        not set(answer.state.split()) <= {"read", "rejected", "unreadable", "duplicate"} and "no answer",
    ]
    told = ", ".join(str(each) for each in faults if each)
    say(f"{way:9} {case.file[:40]:40} {answer.state[:20]:11} {seconds:5.1f} s {most >> 20:5} MiB  {told}")
    return not told


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(1 if sum(run(way, [Path(each) for each in sys.argv[1:]]) for way in ("web", "interface")) else 0)
