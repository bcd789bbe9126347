"""A served app and a browser in which its administrator is signed in: fixtures of the tests marked ``browser``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from core import db
from core.config import Config, current, set_current
from tests.factories.auth import PASSWORD

CHROMIUM = "/usr/bin/chromium"
PHONE: ViewportSize = {"width": 390, "height": 844}
EMAIL = "jo@business.example"
TELL_WHEN_LOADED = "addEventListener('load', () => document.documentElement.setAttribute('data-loaded', ''))"
WEIGHT = "performance.getEntries().reduce((sum, each) => sum + (each.encodedBodySize ?? 0), 0)"
expect.set_options(timeout=30_000)  # milliseconds, as for every action: a busy machine is no fault of the page


@pytest.fixture(scope="module")
def address(app: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served app with a database of its own and one administrator."""
    del app  # its database is bound again below
    engine, config = db.engine(), current()
    served = create_app(Config.from_env({"DATA_DIR": str(tmp_path_factory.mktemp("served"))}))
    db.Base.metadata.create_all(db.engine())
    arguments = ["user", "add", EMAIL, "--role", "admin", "--password-stdin"]
    assert served.test_cli_runner().invoke(args=arguments, input=f"{PASSWORD}\n").exit_code == 0
    server = make_server("127.0.0.1", 0, served, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    db.bind(engine)
    set_current(config)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Browser, address: str, **options: Any) -> Iterator[Page]:  # noqa: ANN401 - of a context
    """Open a page on which each action waits for the page's scripts, after a link or a form as after ``goto``.

    A key pressed on the keyboard waits for nothing: what it needs is expected first.
    """
    with browser.new_context(base_url=address, **{"color_scheme": "light"} | options) as context:
        context.add_init_script(TELL_WHEN_LOADED)
        page = context.new_page()
        page.add_locator_handler(page.locator("html:not([data-loaded])"), lambda: None)
        yield page


def press(page: Page, name: str) -> None:
    """Press a button that leads to a page, and be there: what it does is done."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def fits(page: Page) -> bool:
    """Tell whether nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def weigh(page: Page) -> int:
    """Give the bytes that this page and all it needs took to transfer."""
    return int(page.evaluate(WEIGHT))


def sign_in(page: Page, email: str, password: str, place: str = "/costs") -> None:
    """Sign in and be at ``place``."""
    page.goto(f"/sign-in?next={place}")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("form button[type=submit]")
    page.wait_for_url(f"**{place}")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page on which an administrator has just signed in; whatever it complains about fails the test."""
    complaints: list[str] = []
    with open_page(browser, address) as page:
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        sign_in(page, EMAIL, PASSWORD, "/account")
        yield page
    assert complaints == []
