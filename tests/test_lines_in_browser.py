"""The line editor in a real browser: what is left, what saves itself, what is merged and undone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import press
from tests.costs import costs  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser


def expect_amounts(page: Page, *amounts: str) -> None:
    expect(page.locator("[name=amount]")).to_have_count(len(amounts))
    for number, amount in enumerate(amounts):
        expect(page.locator("[name=amount]").nth(number)).to_have_value(amount)


def open_lines(page: Page) -> None:
    item = page.locator(".row-link", has_text="Birch").get_attribute("href")
    page.goto(f"{item}/lines")


def test_what_is_left_of_the_lines_is_put_on_one(page: Page) -> None:
    open_lines(page)
    page.locator("summary", has_text="Split by share").click()
    page.locator("[data-shares]").fill("50, 30, 20")
    page.get_by_role("button", name="Split", exact=True).click()
    page.locator("[name=amount]").nth(1).fill("30.00")
    expect(page.locator("[data-difference]")).to_have_text("Lines 114.00, total 120.00: 6.00 to put on a line.")
    page.get_by_role("button", name="Put the difference here").nth(2).click()
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    expect(page.locator("[data-summary]")).to_contain_text("£100.00")
    page.reload()

    expect_amounts(page, "60.00", "30.00", "30.00")


def test_lines_save_themselves_and_are_undone(page: Page) -> None:
    open_lines(page)
    page.locator("[name=description]").fill("Desk")
    page.keyboard.press("Tab")
    expect(page.locator("[data-saved]")).to_have_text("Not saved. Line 1: A line needs an amount.")
    page.locator("[name=amount]").fill("120")
    page.keyboard.press("Enter")  # the next line, where the next amount is typed
    expect(page.locator("[data-line]")).to_have_count(2)
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    page.check("[data-tick-all]")
    page.locator("[data-many-rate]").select_option("0")
    expect(page.locator("[data-summary]")).to_contain_text("VAT on the lines comes to 0.00")
    press(page, "Undo")
    expect(page.locator("[name=percent]")).to_have_value("")
    press(page, "Undo")

    expect(page.locator("[name=description]")).to_have_value("")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()


def test_ticked_lines_are_merged_and_removed(page: Page) -> None:
    open_lines(page)
    page.locator("summary", has_text="Split by share").click()
    page.locator("[data-shares]").fill("25 25 25 25")
    page.get_by_role("button", name="Split", exact=True).click()
    for number in (0, 1):
        page.locator("[data-tick]").nth(number).check()
    page.get_by_role("button", name="Merge").click()
    expect_amounts(page, "60.00", "30.00", "30.00")
    page.locator("[data-tick]").nth(0).uncheck()
    page.locator("[data-tick]").nth(2).check()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    page.reload()

    expect_amounts(page, "60.00", "30.00")
