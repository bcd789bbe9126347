"""Two-step sign-in and several organisations, as a bookkeeper meets them in a real browser."""

from __future__ import annotations

import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from app import create_app
from core.config import current
from tests.browser import EMAIL
from tests.factories.auth import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("signing-in")]


def sign_in(page: Page) -> None:
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_code_is_asked_for_then_the_organisation(page: Page) -> None:
    page.fill("#present", PASSWORD)
    page.get_by_role("button", name="Set up").click()
    app = pyotp.TOTP(page.locator("[data-secret]").inner_text())
    expect(page.locator(".qr img")).to_be_visible()
    page.fill("#code", app.now())
    page.get_by_role("button", name="Switch on").click()
    codes = page.locator("[data-codes]").inner_text().split()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("[data-second-step=on]")).to_be_visible()
    add = ["user", "add", EMAIL, "--role", "standard", "--organisation", "Client Ltd"]
    assert create_app(current()).test_cli_runner().invoke(args=add).exit_code == 0
    page.get_by_role("button", name="Sign out").click()

    sign_in(page)
    expect(page.locator("#code")).to_be_focused()
    page.fill("#code", app.at(time.time() + 30))  # the one from before is used up
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Choose an organisation")
    page.get_by_role("button", name="Work in Client Ltd").click()

    expect(page.locator(".person")).to_contain_text("Client Ltd")
    expect(page.get_by_role("link", name="People")).to_have_count(0)
    page.get_by_role("link", name="Switch organisation").click()
    page.get_by_role("button", name="Work in My business").click()
    expect(page.get_by_role("link", name="People")).to_have_count(1)
    page.get_by_role("button", name="Sign out").click()
    sign_in(page)
    page.fill("#code", codes[0])
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("h1")).to_have_text("Choose an organisation")
