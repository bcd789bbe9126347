"""Lists and items on a phone, in a real browser: what is swiped, and whether it is large enough to press."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PHONE, fits, open_page
from tests.costs import costs  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser


def test_by_thumb_only_what_is_ready_can_be_published(page: Page) -> None:
    page.set_viewport_size(PHONE)
    expect(page.locator("tr[data-state=to_review] [data-act]")).to_have_count(0)
    page.get_by_role("button", name="Publish Birch Ltd").click()

    expect(page.locator("tr[data-item]", has_text="Birch Ltd")).to_contain_text("Queued")
    assert fits(page)


def swipe(page: Page, name: str, *, far: int) -> None:
    """Draw a finger over a row, as the browser itself makes and reports it."""
    box = page.locator("tr[data-item]", has_text=name).locator("[data-cell=date]").bounding_box()
    assert box is not None
    way = {"x": box["x"] + 4, "y": box["y"] + box["height"] / 2, "xDistance": far, "yDistance": 0}
    finger = page.context.new_cdp_session(page)
    finger.send("Input.synthesizeScrollGesture", way | {"gestureSourceType": "touch", "preventFling": True})


def test_a_swipe_publishes_what_is_ready_and_nothing_else_and_is_undone(
    page: Page, browser: Browser, address: str
) -> None:
    state = page.context.storage_state()
    with open_page(browser, address, storage_state=state, viewport=PHONE, has_touch=True) as phone:
        sent: list[str] = []
        phone.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        phone.goto("/costs?tab=all")
        birch = phone.locator("tr[data-item]", has_text="Birch")
        swipe(phone, "Cedar", far=200)  # lacks its category
        swipe(phone, "Birch", far=60)  # not far enough
        assert sent == []
        swipe(phone, "Birch", far=200)
        expect(birch).to_contain_text("Queued")
        phone.locator("#notices").get_by_role("button", name="Undo").click()

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
    page.set_viewport_size(PHONE)
    item = page.locator(".row-link").first.get_attribute("href")
    small = {}
    for path in ("/costs?tab=all", item, f"{item}/lines", "/overview", "/submissions", "/settings", "/sign-in"):
        page.goto(str(path))
        if found := page.evaluate(SMALL):
            small[path] = found

    assert small == {}
