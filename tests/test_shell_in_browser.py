"""The shell in a real browser: nothing is blocked or broken, the theme holds, the menu works on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
HEAVIEST = 400_000  # bytes of a whole page as transferred


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


def test_nothing_private_is_kept_in_the_browser(page: Page) -> None:
    page.goto("/costs")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload(wait_until="networkidle")
    script = """async () => (await Promise.all((await caches.keys()).map(
      async (name) => (await caches.open(name)).keys()))).flat().map((each) => new URL(each.url).pathname)"""
    kept = page.evaluate(script)

    assert kept
    assert all(path.startswith("/static/") for path in kept)
