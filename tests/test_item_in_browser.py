"""The item page in a real browser: document and form show each other, and whatever is done by keys or by mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from capture.editing import Edits, edit_item, parse_edit
from capture.fields import SPECS
from capture.history.events import WORKER
from capture.intake.service import Batch, File, get_channel, receive
from capture.models import Item, ItemPage
from capture.reader import read_one, reader
from capture.ways.models import ChannelKind
from core import db
from kashflow.ledger import ListKind
from kashflow.models import Connection, ConnectionState
from lists.models import Entry
from tests.browser import PHONE, fits, open_page
from tests.documents.draw import draw_pdf
from tests.documents.papers import HOSTING, vary

pytestmark = pytest.mark.browser
LONG_NAME = f"{'a scan of many pages ' * 6}2026.pdf"
ARABIC = "شركة النور للتجارة والمقاولات العامة المحدودة"


@pytest.fixture(scope="module")
def items(address: str) -> list[int]:
    """Three invoices that were read, after one of sixty pages with a long name."""
    del address  # its database is bound
    with db.transaction() as session:
        connection = session.scalars(select(Connection)).one()
        connection.state = ConnectionState.CONNECTED
        entry = {"connection_id": connection.id, "list_kind": ListKind.CATEGORIES, "remote_id": "7100"}
        session.add(Entry(**entry, code="7100", name="Rent", search_name="rent"))
        channel = get_channel(session, connection.organisation_id, ChannelKind.WEB)
        batch = Batch(connection.organisation_id, connection.id, channel.id)
    names = (LONG_NAME, "one.pdf", "two.pdf", "three.pdf")
    received = receive([File(name, draw_pdf(vary(HOSTING, at))) for at, name in enumerate(names, start=70)], batch)
    found = [read_one(each.id)[0] for each in received]
    reader().close()
    with db.transaction() as session:
        many = session.get_one(Item, found[0])
        many.pages += [ItemPage(document=many.pages[0].document, page=1, position=each) for each in range(2, 61)]
    return found


WIDTH = "document.querySelector('rect[data-mark=total]').getBoundingClientRect().width"
PLACE_OF_TOTAL = """() => {
  const mark = document.querySelector("rect[data-mark=total]");
  mark.scrollIntoView({ block: "center" });
  const box = mark.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""


def test_the_way_from_what_is_missing_to_publishing_by_keys(page: Page, items: list[int]) -> None:
    page.goto(f"/items/{items[1]}")
    page.keyboard.press("p")  # the main button leads to what is missing
    expect(page.locator("#f-category")).to_be_focused()
    page.keyboard.type("7100")
    page.keyboard.press("Tab")
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    expect(page.locator("#f-category")).to_have_value("Rent")
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.locator("#f-category")).to_have_value("")

    page.locator("summary", has_text="History").click()
    expect(page.locator(".history")).to_contain_text("put Category back from “Rent” to nothing.")


def test_what_is_pressed_while_an_edit_is_being_saved_waits_for_it(
    page: Page, browser: Browser, address: str, items: list[int]
) -> None:
    with db.transaction() as session:
        item = session.get_one(Item, items[3])
        edit_item(
            session, item, Edits(values={"category": parse_edit(session, item, SPECS["category"], "Rent")}), WORKER
        )
    state, held = page.context.storage_state(), []
    with open_page(browser, address, storage_state=state, service_workers="block") as slow:
        slow.route(
            f"**/items/{items[3]}",
            lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
        )
        slow.goto(f"/items/{items[3]}")
        slow.fill("#f-note", "typed last")
        with slow.expect_request(lambda request: request.method == "POST"):
            slow.get_by_role("button", name="Publish", exact=True).click()
        expect(slow.locator("[data-saved]")).to_have_text("Saving")
        expect(slow.locator("#item-lead")).to_contain_text("Ready")
        held[0].continue_()

        expect(slow.locator("#item-lead")).to_contain_text("Queued")
        expect(slow.locator("#f-note")).to_have_value("typed last")


def test_doubtful_fields_are_walked_and_confirmed_by_keys(page: Page, items: list[int]) -> None:
    with db.transaction() as session:
        for value in session.get_one(Item, items[2]).values:
            value.confidence = 0.8 if value.field in {"date", "reference"} else 1.0
    page.goto(f"/items/{items[2]}")
    page.keyboard.press("n")
    expect(page.locator("#f-date")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#f-reference")).to_be_focused()
    expect(page.locator("[data-field=date]")).to_contain_text("confirmed")
    page.keyboard.press("Enter")
    expect(page.locator("[data-field=reference]")).to_contain_text("confirmed")

    expect(page.locator(".is-doubtful")).to_have_count(0)
    expect(page.locator("#f-category")).to_be_focused()  # which is missing


def test_a_problem_leads_to_its_field_and_a_field_to_its_place(page: Page, items: list[int]) -> None:
    page.goto(f"/items/{items[1]}")
    page.locator("[data-problem='PUB-1'] a").first.click()
    expect(page.locator("#f-category")).to_be_focused()
    page.locator("#f-total").hover()
    expect(page.locator("[data-mark=total]")).to_have_class("mark shown")
    page.keyboard.press("Escape")
    page.locator("[data-mark=reference]").hover()

    expect(page.locator("[data-field=reference]")).to_have_class("field shown")


def test_a_word_fills_a_field_however_the_page_is_turned(page: Page, items: list[int]) -> None:
    page.goto(f"/items/{items[1]}")
    total = page.locator("#f-total").input_value()
    for _ in range(4):
        page.locator("#f-description").focus()
        page.mouse.click(*page.evaluate(PLACE_OF_TOTAL))  # marks are drawn anew whenever something was saved
        expect(page.locator("#f-description")).to_have_value(f"£{total}")
        page.fill("#f-description", "")
        page.keyboard.press("Escape")
        expect(page.locator("[data-saved]")).to_have_text("Saved")
        page.keyboard.press("r")
    expect(page.locator(".paper")).to_have_attribute("data-turned", "0")


def test_the_page_is_scaled_by_keys_and_wheel_about_the_point_one_looks_at(page: Page, items: list[int]) -> None:
    page.goto(f"/items/{items[1]}")
    mark = page.locator("rect[data-mark=total]")
    before, wide = mark.bounding_box(), page.evaluate(WIDTH)  # without the mouse over it
    assert before is not None
    x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function(f"wide => {WIDTH} > wide * 1.8", arg=wide)
    after = mark.bounding_box()
    assert after is not None

    assert abs(after["y"] + after["height"] / 2 - y) < 40
    page.mouse.move(0, 0)
    page.keyboard.press("0")
    page.wait_for_function(f"wide => Math.abs({WIDTH} - wide) < 1", arg=wide)
    page.keyboard.press("-")
    page.wait_for_function(f"wide => {WIDTH} < wide * 0.9", arg=wide)


def pinch(page: Page, by: float) -> None:
    """Move two fingers apart about a point of the document, as the browser itself makes and reports it."""
    box = page.locator(".paper-view").bounding_box()
    assert box is not None
    about = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 200, "scaleFactor": by, "gestureSourceType": "touch"}
    page.context.new_cdp_session(page).send("Input.synthesizePinchGesture", about)


def test_two_fingers_scale_the_document_and_nothing_else(
    page: Page, browser: Browser, address: str, items: list[int]
) -> None:
    state, tall = page.context.storage_state(), PHONE | {"height": 1200}
    with open_page(browser, address, storage_state=state, viewport=tall, has_touch=True, is_mobile=True) as phone:
        phone.goto(f"/items/{items[1]}")
        before = phone.evaluate(WIDTH)
        pinch(phone, 2)
        phone.wait_for_function(f"before => {WIDTH} > before * 1.8", arg=before)
        pinch(phone, 0.5)

        phone.wait_for_function(f"before => {WIDTH} < before * 1.5", arg=before)
        assert phone.evaluate("visualViewport.scale") == 1


def test_sixty_pages_come_as_one_scrolls_and_are_gone_through_by_keys(page: Page, items: list[int]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(".jpg") else None)
    page.goto(f"/items/{items[0]}", wait_until="networkidle")
    expect(page.locator("[data-page-now]")).to_have_text("1 of 60")
    assert 0 < len(asked) < 12
    page.keyboard.press("]")
    expect(page.locator("[data-page-now]")).to_have_text("2 of 60")
    page.keyboard.press("[")
    expect(page.locator("[data-page-now]")).to_have_text("1 of 60")

    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page)


def test_names_from_right_to_left_long_names_and_many_lines_break_nothing(page: Page, items: list[int]) -> None:
    with db.transaction() as session:
        item = session.get_one(Item, items[0])
        edit_item(
            session, item, Edits(values={"supplier": parse_edit(session, item, SPECS["supplier"], ARABIC)}), WORKER
        )
    paths = [f"/items/{items[0]}", f"/items/{items[0]}/lines", "/costs?tab=all", "/overview", "/submissions"]
    for text in ("100%", "200%"):
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for path in paths:
                page.goto(path)
                page.evaluate("size => { document.documentElement.style.fontSize = size; }", text)
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (text, width, path, wide)
    assert page.locator("[dir=auto]").count() > 0
