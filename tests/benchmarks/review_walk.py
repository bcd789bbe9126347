"""Forty receipts reviewed on the item page by keyboard alone: keys and seconds for each, in Chromium.

    python -m tests.benchmarks.review_walk [receipts]

The reading is right, so a receipt takes p (publish) and j (the next of the list); the figure: at most three keys each.
Every fourth lacks its category, which is typed: p (to the field), its code, Ctrl Enter, and p and j.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from threading import Thread

from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import func, select
from werkzeug.serving import make_server

from app import create_app
from capture.models import Item, ItemState
from core import db
from core.config import Config
from kashflow.ledger import ListKind
from kashflow.models import Connection, ConnectionState
from lists.models import Entry
from tests.browser import CHROMIUM, EMAIL, sign_in
from tests.costs import add_item
from tests.factories.auth import PASSWORD

SLOW = 60_000  # milliseconds, on a busy machine
CODE = "7300"


def main() -> None:
    """Make the receipts, walk them twice, and print what it took."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config.from_env({"DATA_DIR": folder}))
        db.Base.metadata.create_all(db.engine())
        arguments = ["user", "add", EMAIL, "--role", "admin", "--password-stdin"]
        app.test_cli_runner().invoke(args=arguments, input=f"{PASSWORD}\n")
        prepare()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = chromium.new_context(base_url=f"http://127.0.0.1:{server.port}").new_page()
            page.set_default_timeout(SLOW)
            sign_in(page, EMAIL, PASSWORD)
            for what, lacking in (("reading right", 0), ("every fourth without its category", 4)):
                for each in range(number):
                    add_item(f"Shop {each}", category=None if lacking and each % lacking == 0 else "Rent")
                began, spent = time.monotonic(), time.process_time()
                keys = walk(page, number)
                took = (time.monotonic() - began) / number
                own = (time.process_time() - spent) / number
                text = f"{what}: {keys / number:.2f} keys, {took:.2f} s by the clock, {own:.2f} s of our CPU each"
                print(f"{number} receipts, {text}")  # noqa: T201 - a command's result
            chromium.close()
        server.shutdown()


def prepare() -> None:
    """Give the connection its two categories."""
    with db.transaction() as session:
        connection = session.scalars(select(Connection)).one()
        connection.state = ConnectionState.CONNECTED
        for code, name in (("7100", "Rent"), (CODE, "Fuel")):
            own = {"connection_id": connection.id, "list_kind": ListKind.CATEGORIES, "remote_id": code}
            session.add(Entry(**own, code=code, name=name, search_name=name.lower()))


def walk(page: Page, number: int) -> int:
    """Review what is there, the newest first; give how many keys that took."""
    page.goto("/costs?tab=all")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    keys = 2
    for left in range(number, 0, -1):
        expect(page.locator("#item-form")).to_be_visible()
        if page.get_by_role("link", name="Fill in category").count():
            page.keyboard.press("p")
            page.keyboard.type(CODE)
            page.keyboard.press("Tab")
            expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()
            page.keyboard.press("Escape")
            keys += len(CODE) + 3
        page.keyboard.press("p")
        expect(page.get_by_role("button", name="Queued")).to_be_visible()
        keys += 1
        if left > 1:
            before = page.url
            page.keyboard.press("j")
            page.wait_for_url(lambda url, was=before: url != was)  # type: ignore[misc]
            keys += 1
    with db.snapshot() as session:
        waiting = select(func.count()).where(Item.state.in_([ItemState.READY, ItemState.TO_REVIEW]))
        assert session.scalar(waiting) == 0
    return keys


if __name__ == "__main__":
    main()
