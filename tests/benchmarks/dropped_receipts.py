"""Receipts dropped at once in a browser, read by a running product, once as it is and once with workers killed.

    python -m tests.benchmarks.dropped_receipts [RECEIPTS] [KILLS]

Prints how long it took and how quick the page stayed; the exit code is 0 only when each was read, and read once.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import CHROMIUM, sign_in
from tests.capture.dropping import count, drop
from tests.product import running_product

SECONDS = 3600
ITEMS = "FROM items JOIN submissions ON submissions.id = submission_id WHERE filename LIKE 'receipt-%'"


def main() -> int:
    """Drop them; give the exit code."""
    receipts = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    return sum(run(receipts, each) for each in (0, kills))


def run(receipts: int, kills: int) -> int:
    """Drop them on a product of its own; give 0 when each was read once."""
    with (
        tempfile.TemporaryDirectory(prefix="counterfoil-drop-") as folder,
        running_product(Path(folder)) as product,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=product.address)
        sign_in(page, product.email, product.password)
        course = drop(
            page,
            product,
            receipts,
            kills=kills,
            seconds=SECONDS,
        )
        made, of = (
            count(product, f"SELECT count(*) {ITEMS}"),
            count(product, f"SELECT count(DISTINCT submission_id) {ITEMS}"),
        )
        browser.close()
    looks = statistics.quantiles(course.looks, n=20)
    load = os.getloadavg()[1]
    sys.stdout.write(
        f"{course.rows} rows at once after {course.rows_after:.0f} ms; all in after {course.all_in:.0f} s, all read "
        f"after {course.all_read:.0f} s with {course.killed} kills; {made} items of {of} files; the list answered in "
        f"{looks[9] * 1000:.0f} ms (p50), {looks[18] * 1000:.0f} ms (p95); the page was busy for "
        f"{course.longest_task:.0f} ms at most; load {load:.0f}\n"
    )
    return int(not made == of == course.rows == receipts)


if __name__ == "__main__":
    sys.exit(main())
