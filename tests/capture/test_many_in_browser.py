"""Many receipts dropped at once, and a worker killed while they are read: each is read, and read once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import open_page, sign_in
from tests.capture.dropping import count, drop
from tests.product import Running

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("many at once")]
RECEIPTS = 20


def test_receipts_dropped_at_once_are_read_once_each_though_workers_are_killed(
    browser: Browser, product: Running
) -> None:
    with open_page(browser, product.address) as page:
        sign_in(page, product.email, product.password)
        course = drop(page, product, RECEIPTS, kills=2, seconds=600)

    assert (course.rows, course.killed) == (RECEIPTS, 2)
    assert (
        count(product, "SELECT count(*) FROM submissions WHERE filename LIKE 'receipt-%' AND state = 'read'")
        == RECEIPTS
    )
    items = "FROM items JOIN submissions ON submissions.id = submission_id WHERE filename LIKE 'receipt-%'"
    assert count(product, f"SELECT count(*) {items}") == RECEIPTS
    assert count(product, f"SELECT count(DISTINCT submission_id) {items}") == RECEIPTS
