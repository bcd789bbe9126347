"""Lists of items in a real browser: rows that live, what is done with them, and by which keys."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from capture.editing import Edits, edit_item, parse_edit
from capture.fields import SPECS
from capture.history.events import WORKER
from capture.history.models import Event
from capture.inbox.models import BulkItem
from capture.models import Item, ItemState
from core import db
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection, ConnectionState
from lists.models import Entry

pytestmark = pytest.mark.browser
RECEIPTS = 40
HEAVIEST = 400_000  # bytes of a whole page as transferred
MOST_SHIFT = 0.1


def add_item(supplier: str, *, category: str | None = "Rent", total: str = "120.00") -> int:
    """Add a cost as the reading and a person would have left it."""
    with db.transaction() as session:
        connection = session.scalars(select(Connection)).first()
        assert connection is not None
        item = Item(connection_id=connection.id, kind=Kind.COST, text=f"{supplier} till slip")
        session.add(item)
        session.flush()
        given = {"supplier": supplier, "date": "2026-03-02", "total": total, "vat_rate": "20", "category": category}
        edits = {name: parse_edit(session, item, SPECS[name], value) for name, value in given.items()}
        edit_item(session, item, Edits(values=edits), WORKER)
        return item.id


@pytest.fixture(autouse=True)
def costs(page: Page) -> Iterator[None]:
    """A connection with two categories and three costs, two of them ready."""
    with db.transaction() as session:
        connection = session.scalars(select(Connection)).first()
        assert connection is not None
        connection.state = ConnectionState.CONNECTED
        if not session.scalars(select(Entry)).first():
            for code, name in (("7100", "Rent"), ("7300", "Fuel")):
                entry = {"connection_id": connection.id, "list_kind": ListKind.CATEGORIES, "remote_id": code}
                session.add(Entry(**entry, code=code, name=name, search_name=name.lower()))
    for supplier, category in (("Alder & Co", "Rent"), ("Birch Ltd", "Rent"), ("Cedar Café", None)):
        add_item(supplier, category=category)
    page.goto("/costs?tab=all")
    yield
    with db.transaction() as session:
        session.execute(delete(BulkItem))
        session.execute(delete(Event))
        for item in session.scalars(select(Item)):
            item.deleted_at = db.now()


def names(page: Page) -> list[str]:
    return page.locator(".row-link").all_inner_texts()


def refresh(page: Page) -> None:
    page.evaluate("live.refresh()")


def test_ticks_focus_and_typing_stay_while_rows_come_in(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")
    focused = page.evaluate("document.activeElement.textContent")
    add_item("Damson plc")
    refresh(page)

    expect(page.locator(".row-link").first).to_have_text("Damson plc")
    assert page.evaluate("document.activeElement.textContent") == focused == "Cedar Café"
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


def test_the_list_follows_what_is_searched(page: Page) -> None:
    page.fill("#search", "cafe")

    expect(page.locator(".row-link")).to_have_text(["Cedar Café"])
    assert "text=cafe" in page.url
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
    page.get_by_role("button", name="Show these").click()

    expect(page.locator("thead")).to_contain_text("Reference")


def test_a_view_is_kept_under_a_name(page: Page) -> None:
    page.fill("#search", "birch")
    expect(page.locator(".row-link")).to_have_count(1)
    page.locator("summary", has_text="Views").click()
    page.get_by_placeholder("Fuel without VAT").fill("Only birch")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.goto("/costs")
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Only birch").click()

    expect(page.locator(".row-link")).to_have_text(["Birch Ltd"])


def test_a_file_is_exported(page: Page) -> None:
    page.locator("summary", has_text="Export").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).first.click()

    assert re.fullmatch(r"costs-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)


def test_by_thumb_only_what_is_ready_can_be_published(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ready = page.locator("tr[data-state=ready]").first
    expect(page.locator("tr[data-state=to_review] [data-act]")).to_have_count(0)
    name = ready.locator(".row-link").inner_text()
    ready.get_by_role("button", name="Publish").click()

    expect(page.locator("tr[data-item]", has_text=name)).to_contain_text("Queued")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def swiped(page: Page, name: str, *, far: int) -> None:
    """Draw a finger over a row, as the browser itself reports it."""
    box = page.locator("tr[data-item]", has_text=name).locator("[data-cell=date]").bounding_box()
    assert box is not None
    x, y = box["x"] + 4, box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        points = [{"x": x + far * step / 8, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_swipe_publishes_what_is_ready_and_nothing_else_and_is_undone(page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    size: Any = {"width": 390, "height": 844}
    with browser.new_context(storage_state=page.context.storage_state(), viewport=size, has_touch=True) as phone:
        hand = phone.new_page()
        hand.goto(page.url)
        cedar, birch = (hand.locator("tr[data-item]", has_text=name) for name in ("Cedar", "Birch"))
        swiped(hand, "Cedar", far=200)  # lacks its category
        swiped(hand, "Birch", far=60)  # not far enough
        expect(cedar).to_contain_text("To review")
        expect(birch).to_contain_text("Ready")
        swiped(hand, "Birch", far=200)
        expect(birch).to_contain_text("Queued")
        hand.locator("#notices").get_by_role("button", name="Undo").click()

        expect(birch).to_contain_text("Ready")


SMALL = """() => {
    const pressed = "button, .btn, select, summary, .tab, .side-link, .row-link, input:not([type=hidden])";
    const area = (each) => (each.matches("[type=checkbox], [type=radio]") && each.closest("label")) || each;
    const isSeen = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !each.closest(".visually-hidden, .skip");
    return [...document.querySelectorAll(pressed)].filter(isSeen).map(area)
        .filter((each) => each.getBoundingClientRect().height < 43.5)
        .map((each) => `${each.tagName} ${each.className} ${each.textContent.trim().slice(0, 30)}`);
}"""


def test_by_thumb_whatever_is_pressed_is_large_enough(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    item = page.locator(".row-link").first.get_attribute("href")
    small = {}
    for path in ("/costs?tab=all", item, f"{item}/lines", "/overview", "/submissions", "/settings", "/sign-in"):
        page.goto(str(path))
        if found := page.evaluate(SMALL):
            small[path] = found

    assert small == {}


def test_a_full_page_is_light_and_does_not_jump(page: Page) -> None:
    for number in range(RECEIPTS + 10):
        add_item(f"Shop {number}")
    sizes: list[int] = []
    browser = page.context.browser
    assert browser is not None
    fresh = browser.new_context(storage_state=page.context.storage_state(), service_workers="block")
    address, page = page.url, fresh.new_page()  # nothing is kept there yet
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(address, wait_until="networkidle")
    shift, painted = page.evaluate("""() => new Promise((resolve) => {
        let shift = 0;
        const watch = (list) => { for (const each of list.getEntries()) shift += each.value; };
        new PerformanceObserver(watch).observe({ type: "layout-shift", buffered: true });
        const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
        setTimeout(() => resolve([shift, painted]), 100);
    })""")
    print(f"{sum(sizes):,} bytes, layout shift {shift:.3f}, first paint {painted:.0f} ms")  # noqa: T201

    expect(page.locator("tr[data-item]")).to_have_count(50)
    assert sum(sizes) < HEAVIEST
    assert shift < MOST_SHIFT
    fresh.close()


def test_forty_receipts_are_reviewed_by_keyboard_alone(page: Page) -> None:
    for number in range(RECEIPTS):
        add_item(f"Shop {number}", total=f"{number + 10}.00")
    page.goto("/costs?tab=ready")
    keys, began = 1, time.monotonic()
    page.keyboard.press("j")
    for _ in range(RECEIPTS):
        page.keyboard.press("p")
        keys += 1
    expect(page.locator(".row-link")).to_have_count(2, timeout=60_000)
    took = time.monotonic() - began
    print(f"{RECEIPTS} receipts, {keys / RECEIPTS:.2f} keys each, {took / RECEIPTS:.2f} s each")  # noqa: T201

    with db.snapshot() as session:
        queued = list(session.scalars(select(Item).where(Item.state == ItemState.QUEUED, Item.deleted_at.is_(None))))
    assert len(queued) == RECEIPTS
    assert {item.issued_on for item in queued} == {date(2026, 3, 2)}


def amounts(page: Page) -> list[str]:
    return list(page.locator("[name=amount]").evaluate_all("all => all.map(each => each.value)"))


def open_lines(page: Page) -> None:
    page.locator(".row-link", has_text="Birch").click()
    page.goto(f"{page.url}/lines")


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

    assert amounts(page) == ["60.00", "30.00", "30.00"]


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
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[name=percent]")).to_have_value("")
    page.get_by_role("button", name="Undo").click()

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
    assert amounts(page) == ["60.00", "30.00", "30.00"]
    page.locator("[data-tick]").nth(0).uncheck()
    page.locator("[data-tick]").nth(2).check()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    page.reload()

    assert amounts(page) == ["60.00", "30.00"]


def test_a_picture_that_is_pasted_comes_in(page: Page) -> None:
    pasted = """() => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.of(1, 2, 3)], "slip.xyz"));
        document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
    }"""
    page.evaluate(pasted)

    expect(page.locator("[data-uploads]")).to_contain_text("slip.xyz")
    expect(page.locator("[data-uploads] [data-tone=danger]")).to_be_visible()
