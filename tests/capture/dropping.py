"""Many receipts dropped at once on the page of a running product, and workers killed while they are read."""

from __future__ import annotations

import base64
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playwright.sync_api import Page

from tests.documents.papers import Item, Paper, Shop, make_vat_number
from tests.documents.pictures import draw_picture
from tests.product import Running

SHOP = Shop("Fernside Paper Supplies", "8 Mill Bank", "Todmorden", "OL14 5ZZ", make_vat_number(4711))
WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
  }).observe({ type: "longtask" });
}"""
DROP = """(files) => {
  const given = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    given.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  const began = performance.now();
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true }));
  return [document.querySelectorAll("[data-uploads] li").length, performance.now() - began];
}"""


@dataclass
class Course:
    """How it went: rows on the page at once, and after how many milliseconds; seconds until all were in, and read;
    seconds of each look at the list meanwhile, and the longest time the page was busy, in milliseconds."""

    rows: int
    rows_after: float
    looks: list[float]
    all_in: float = 0
    all_read: float = 0
    killed: int = 0
    longest_task: float = 0


def drop(page: Page, product: Running, receipts: int, *, kills: int, seconds: float) -> Course:
    """Drop receipts, kill a reading worker now and then until all are read or the time is over; tell how it went."""
    before = count(product, "SELECT count(*) FROM submissions")
    page.evaluate(WATCH)
    rows, after = page.evaluate(DROP, [(f"receipt-{n}.jpg", _receipt(n)) for n in range(receipts)])
    course = Course(rows, after, [])
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        began = time.monotonic()
        assert page.request.get("/costs", headers={"HX-Request": "true"}).ok
        course.looks.append(time.monotonic() - began)
        received = count(product, "SELECT count(*) FROM submissions") - before
        ended = count(product, "SELECT count(*) FROM submissions WHERE ended_at IS NOT NULL") - before
        if received == receipts and not course.all_in:
            course.all_in = time.monotonic() - started
        if ended == receipts:
            course.all_read = time.monotonic() - started
            break
        if course.killed < kills and ended >= receipts * (course.killed + 1) / (kills + 1):
            course.killed += _kill_a_reader(product)
        page.wait_for_timeout(200)
    course.longest_task = page.evaluate("window.longest")
    return course


def count(product: Running, question: str) -> int:
    """Ask the product's database."""
    with closing(sqlite3.connect(product.log.parent / "data" / "counterfoil.db", timeout=30)) as database:
        return int(database.execute(question).fetchone()[0])


def _receipt(number: int) -> str:
    goods = (Item("Copier paper A4", 101 + number, 2),)
    paper = Paper(shop=SHOP, items=goods, reference=f"{70_000 + number}", issued_on=date(2026, 3, 1 + number % 28))
    return base64.b64encode(draw_picture(paper)).decode()


def _kill_a_reader(product: Running) -> int:
    """Kill one worker that reads, whatever it is at; give 1 if there was one."""
    data = str(product.log.parent / "data").encode()
    for pid in _readers():
        with suppress(OSError):
            if data in Path(f"/proc/{pid}/environ").read_bytes():
                os.kill(pid, signal.SIGKILL)
                return 1
    return 0


def _readers() -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "cmdline").read_bytes().rstrip(b"\0").endswith(b"worker.py\0reading"):
                yield int(folder.name)
