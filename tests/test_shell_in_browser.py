"""The shell in a real browser: nothing is blocked or broken, the theme holds, the menu works on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PHONE, fits, open_page, weigh

pytestmark = pytest.mark.browser
KEPT = """async () => (await Promise.all((await caches.keys()).map(
  async (name) => (await caches.open(name)).keys()))).flat().map((each) => new URL(each.url).pathname)"""
HEAVIEST = 400_000  # bytes of a whole page as transferred


def test_every_page_of_the_navigation_opens_without_a_complaint(page: Page) -> None:
    links = page.locator("nav[aria-label=Main] a").evaluate_all("links => links.map(link => link.href)")

    assert links
    for link in links:
        page.goto(link)
        assert fits(page), link


def test_a_page_is_light_to_fetch(browser: Browser, address: str) -> None:
    with open_page(browser, address) as page:
        page.goto("/sign-in")

        assert 100_000 < weigh(page) < HEAVIEST


def test_the_theme_follows_the_system_until_one_chooses(page: Page) -> None:
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.click("[data-theme-toggle]")
    page.reload()

    expect(root).to_have_attribute("data-bs-theme", "light")


def test_a_phone_opens_the_navigation_by_its_button(page: Page) -> None:
    page.set_viewport_size(PHONE)
    link = page.locator("nav[aria-label=Main] a").first
    expect(link).to_be_hidden()
    page.click("[data-menu]")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")

    expect(link).to_be_hidden()
    assert fits(page)


def test_a_session_ended_elsewhere_leads_back_to_the_door(page: Page, browser: Browser, address: str) -> None:
    with open_page(browser, address, storage_state=page.context.storage_state()) as other:
        other.goto("/account")
        other.click("button[aria-label='Sign out']")
        other.wait_for_url("**/sign-in")
    page.goto("/account")

    expect(page.locator("h1")).to_have_text("Sign in")


def test_nothing_private_is_kept_in_the_browser(page: Page) -> None:
    page.goto("/costs")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function(f"({KEPT})().then((kept) => kept.length > 0)")
    kept = page.evaluate(KEPT)

    assert all(path.startswith("/static/") for path in kept)
