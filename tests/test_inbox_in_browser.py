"""Lists of items in a real browser: rows that live, what is done with them, and by which keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from capture.models import Item, ItemState
from core import db
from tests.browser import open_page, press, weigh
from tests.costs import add_item, costs  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
RECEIPTS = 40
HEAVIEST = 400_000  # bytes of a whole page as transferred
MOST_SHIFT = 0.1


def refresh(page: Page) -> None:
    page.evaluate("live.refresh()")


def test_ticks_focus_and_typing_stay_while_rows_come_in(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")
    add_item("Damson plc")
    refresh(page)

    expect(page.locator(".row-link").first).to_have_text("Damson plc")
    expect(page.locator(".row-link", has_text="Cedar Café")).to_be_focused()
    expect(page.locator("[data-tick]:checked")).to_have_count(1)
    expect(page.locator("#bulk")).to_contain_text("1 ticked")


def test_nothing_is_sent_again_when_nothing_changed(page: Page) -> None:
    refresh(page)
    with page.expect_response(lambda response: "/costs" in response.url) as answered:
        refresh(page)

    assert answered.value.status == 304


def test_an_item_is_archived_by_keys_and_brought_back(page: Page) -> None:
    page.goto("/costs?tab=ready")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(".row-link")).to_have_text(["Alder & Co"])
    expect(page.locator(".row-link").first).to_be_focused()
    page.get_by_role("button", name="Undo").click()

    expect(page.locator(".row-link")).to_have_text(["Birch Ltd", "Alder & Co"])


def test_no_key_acts_while_one_types(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("/")
    page.keyboard.type("a?px")

    expect(page.locator("#search")).to_have_value("a?px")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("[data-tick]:checked")).to_have_count(0)


def test_question_mark_lists_the_keys(page: Page) -> None:
    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keys on this page")).to_be_visible()


def test_a_category_chosen_in_the_row_makes_the_item_ready(page: Page) -> None:
    row = page.locator("tr[data-item]", has_text="Cedar")
    row.locator("select").focus()
    row.locator("select").select_option(label="7300 Fuel")

    expect(row).to_contain_text("Ready")
    expect(row.locator("select")).to_be_focused()


def test_a_supplier_is_changed_in_the_row(page: Page) -> None:
    row = page.locator("tr[data-item]", has_text="Birch")
    row.hover()
    row.get_by_role("button", name="Change the supplier").click()
    page.keyboard.type("Beech & Sons")
    page.keyboard.press("Enter")

    expect(page.locator(".row-link").nth(1)).to_have_text("Beech & Sons")


def test_a_supplier_being_typed_stays_while_rows_come_in(page: Page) -> None:
    row = page.locator("tr[data-item]", has_text="Birch")
    row.hover()
    row.get_by_role("button", name="Change the supplier").click()
    page.keyboard.type("Beech")
    add_item("Damson plc")
    refresh(page)

    expect(page.locator(".row-link").first).to_have_text("Damson plc")
    expect(page.get_by_role("combobox", name="Change the supplier of Birch Ltd")).to_have_value("Beech")
    expect(page.get_by_role("combobox", name="Change the supplier of Birch Ltd")).to_be_focused()


def test_the_list_follows_what_is_searched(page: Page) -> None:
    page.fill("#search", "cafe")

    expect(page.locator(".row-link")).to_have_text(["Cedar Café"])
    expect(page).to_have_url(re.compile("text=cafe"))
    page.fill("#search", "zebra")
    expect(page.locator("#rows")).to_contain_text("Nothing matches")


def test_many_are_edited_with_a_result_and_undone(page: Page) -> None:
    page.check("[data-tick-page]")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.locator("#bulk-edit select[name=set-category]").select_option(label="7300 Fuel")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("3 changed.")
    expect(page.locator("tr[data-state=ready]")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()

    expect(page.locator("tr[data-state=ready]")).to_have_count(2)


def test_what_could_not_be_published_says_why(page: Page) -> None:
    page.check("[data-tick-page]")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("2 queued, 1 failed.")
    page.get_by_role("link", name="See why").click()

    expect(page.locator("tr", has_text="Cedar")).to_contain_text("Needs: category")


def test_columns_are_chosen_and_kept(page: Page) -> None:
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Reference").check()
    press(page, "Show these")

    expect(page.locator("thead")).to_contain_text("Reference")


def test_a_view_is_kept_under_a_name(page: Page) -> None:
    page.fill("#search", "birch")
    expect(page.locator(".row-link")).to_have_count(1)
    page.locator("summary", has_text="Views").click()
    page.get_by_placeholder("Fuel without VAT").fill("Only birch")
    press(page, "Keep")
    page.goto("/costs")
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Only birch").click()

    expect(page.locator(".row-link")).to_have_text(["Birch Ltd"])


def test_a_file_is_exported(page: Page) -> None:
    page.locator("summary", has_text="Export").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).first.click()

    assert re.fullmatch(r"costs-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)


SHIFT_AND_PAINT = """() => {
    const watch = new PerformanceObserver(() => {});
    watch.observe({ type: "layout-shift", buffered: true });
    const shift = watch.takeRecords().reduce((sum, each) => sum + each.value, 0);
    return [shift, performance.getEntriesByName("first-contentful-paint")[0].startTime];
}"""


def test_a_full_page_is_light_and_does_not_jump(page: Page, browser: Browser, address: str) -> None:
    for number in range(RECEIPTS + 10):
        add_item(f"Shop {number}")
    state = page.context.storage_state()
    with open_page(browser, address, storage_state=state, service_workers="block") as fresh:  # which has kept nothing
        fresh.goto("/costs?tab=all")
        expect(fresh.locator("tr[data-item]")).to_have_count(50)
        shift, painted = fresh.evaluate(SHIFT_AND_PAINT)
        print(f"{weigh(fresh):,} bytes, layout shift {shift:.3f}, first paint {painted:.0f} ms")  # noqa: T201

        assert 100_000 < weigh(fresh) < HEAVIEST
        assert shift < MOST_SHIFT


def test_forty_receipts_are_reviewed_by_keyboard_alone(page: Page) -> None:
    for number in range(RECEIPTS):
        add_item(f"Shop {number}", total=f"{number + 10}.00")
    page.goto("/costs?tab=ready")
    page.keyboard.press("j")
    for _ in range(RECEIPTS):
        page.keyboard.press("p")
    expect(page.locator(".row-link")).to_have_text(["Birch Ltd", "Alder & Co"], timeout=60_000)

    queued = select(func.count()).where(Item.state == ItemState.QUEUED, Item.deleted_at.is_(None))
    with db.snapshot() as session:
        assert session.scalar(queued) == RECEIPTS


def test_a_picture_that_is_pasted_comes_in(page: Page) -> None:
    pasted = """() => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.of(1, 2, 3)], "slip.xyz"));
        document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
    }"""
    page.evaluate(pasted)

    expect(page.locator("[data-uploads]")).to_contain_text("slip.xyz")
    expect(page.locator("[data-uploads] [data-tone=danger]")).to_be_visible()
