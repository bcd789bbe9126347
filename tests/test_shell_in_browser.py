"""The shell in a real browser: nothing is blocked or broken, the theme holds, the menu works on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from core import db
from core.config import Config, current, set_current
from tests.factories.auth import PASSWORD

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
HEAVIEST = 400_000  # bytes of a whole page as transferred
EMAIL = "jo@business.example"


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


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page on which an administrator has just signed in; whatever it complains about fails the test."""
    complaints: list[str] = []
    with browser.new_context(base_url=address, color_scheme="light") as context:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/account")
        page.fill("#email", EMAIL)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url("**/account")
        yield page
    assert complaints == []


def test_every_page_of_the_navigation_opens_without_a_complaint(page: Page) -> None:
    links = page.locator("nav[aria-label=Main] a").evaluate_all("links => links.map(link => link.href)")

    assert links
    for link in links:
        page.goto(link)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), link


def test_a_page_is_light_to_fetch(browser: Browser, address: str) -> None:
    sizes: list[int] = []
    with browser.new_context(base_url=address) as context:
        page = context.new_page()
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        page.goto("/sign-in", wait_until="networkidle")

    assert 100_000 < sum(sizes) < HEAVIEST


def test_the_theme_follows_the_system_until_one_chooses(page: Page) -> None:
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.click("[data-theme-toggle]")
    page.reload()

    expect(root).to_have_attribute("data-bs-theme", "light")


def test_a_phone_opens_the_navigation_by_its_button(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    link = page.locator("nav[aria-label=Main] a").first
    expect(link).to_be_hidden()
    page.click("[data-menu]")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")

    expect(link).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_session_ended_elsewhere_leads_back_to_the_door(page: Page, browser: Browser, address: str) -> None:
    with browser.new_context(base_url=address, storage_state=page.context.storage_state()) as elsewhere:
        other = elsewhere.new_page()
        other.goto("/account")
        other.click("button[aria-label='Sign out']")
        other.wait_for_url("**/sign-in")
    page.goto("/account")

    expect(page.locator("h1")).to_have_text("Sign in")
