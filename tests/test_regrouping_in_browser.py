"""Splitting and merging in a real browser: by pages, by parts drawn on a page, as proposed, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from capture.history.events import WORKER
from capture.intake.service import File, batch_by, get_channel, receive
from capture.models import Item
from capture.reader import read_one, reader
from capture.rereading import read_item
from capture.ways.models import ChannelKind
from core import db
from kashflow.models import Connection
from tests.browser import PHONE, fits, press
from tests.documents.draw import draw_pages, draw_pdf
from tests.documents.papers import COFFEE, HARDWARE, HOSTING, TIMBER, Paper, vary
from tests.documents.pictures import lay_beside
from tests.test_accessible_in_browser import violations

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PAGES = 60


@pytest.fixture(scope="module", autouse=True)
def end_reader() -> Iterator[None]:
    yield
    reader().close()


def send(*files: bytes) -> list[int]:
    """Take files in and read them, as a worker would."""
    with db.transaction() as session:
        connection = session.scalars(select(Connection)).first()
        assert connection is not None
        channel = get_channel(session, connection.organisation_id, ChannelKind.WEB)
        batch = batch_by(channel, connection.id, WORKER)
    received = receive([File(f"paper-{number}.pdf", data) for number, data in enumerate(files, start=1)], batch)
    return [item_id for each in received for item_id in read_one(each.id)]


def papers(start: int, *kinds: Paper) -> list[Paper]:
    """Give papers that no other test sends."""
    return [vary(paper, start + number) for number, paper in enumerate(kinds)]


def read_waiting() -> None:
    with db.snapshot() as session:
        ids = list(session.scalars(select(Item.id).where(Item.unread_since.is_not(None))))
    for item_id in ids:
        read_item(reader(), item_id)


def expect_item(page: Page, paper: Paper) -> None:
    """Expect the item of a paper, read anew."""
    expect(page.locator("#f-supplier")).to_have_value(paper.shop.name)
    expect(page.locator("#f-total")).to_have_value(paper.expected["total"])


def test_cap_5_a_proposed_split_is_done_by_one_click_and_undone_by_another(page: Page) -> None:
    coffee, hardware = papers(1, COFFEE, HARDWARE)
    (item_id,) = send(lay_beside(coffee, hardware))
    page.goto(f"/items/{item_id}")
    expect(page.locator("rect.part")).to_have_count(2)
    expect(page.locator(".part-label")).to_have_text(["Document 1", "Document 2"])

    press(page, "Split into 2")
    read_waiting()
    expect_item(page, coffee)
    expect(page.locator("h1")).to_have_text(coffee.shop.name)
    page.reload()  # its own reading came by itself; the other may have been read after that
    page.get_by_role("link", name=hardware.shop.name).click()
    expect_item(page, hardware)
    page.get_by_role("button", name="Undo the split").click()
    expect(page.get_by_text("The split was undone.", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/items/{item_id}$"))


def test_cap_5_keeping_as_one_ends_the_proposal(page: Page) -> None:
    (item_id,) = send(draw_pages(*papers(11, HOSTING, TIMBER)))
    page.goto(f"/items/{item_id}")

    page.get_by_role("button", name="Keep as one").click()

    expect(page.locator("[data-problem='CAP-5']")).to_have_count(0)
    expect(page.locator("rect.part")).to_have_count(0)
    page.get_by_text("History").click()
    expect(page.get_by_text("kept as one")).to_be_visible()


def test_d45_pages_are_grouped_by_keys_left_out_and_split(page: Page) -> None:
    hosting, timber = papers(21, HOSTING, TIMBER)
    (item_id,) = send(draw_pages(hosting, timber, vary(hosting, 1)))
    page.goto(f"/items/{item_id}")
    page.get_by_role("link", name="Split into several").click()
    page.get_by_role("button", name="All in one").click()
    expect(page.locator("[data-go]")).to_be_disabled()

    begin = page.locator("[data-position='2'] [data-begin]")
    begin.focus()
    page.keyboard.press("Enter")
    expect(begin).to_have_attribute("aria-pressed", "true")
    page.locator("[data-position='3'] [data-leave]").press("Space")

    expect(page.locator("[data-said]")).to_have_text("2 documents, 1 page left out")
    for number, value in ((1, "1"), (2, "2"), (3, "0")):
        expect(page.locator(f"[name=page-{number}]")).to_have_value(value)
    press(page, "Split into 2")
    read_waiting()
    expect_item(page, hosting)
    expect(page.locator(".sheet")).to_have_count(1)


def test_d45_parts_are_drawn_by_mouse_and_moved_by_keys(page: Page) -> None:
    coffee, hardware = papers(31, COFFEE, HARDWARE)
    (item_id,) = send(lay_beside(coffee, hardware))
    page.goto(f"/items/{item_id}/split")
    expect(page.locator(".cut-region")).to_have_count(2)  # as proposed
    page.locator(".cut-region").first.press("Delete")
    page.locator(".cut-region").first.press("Delete")
    expect(page.locator("[data-go]")).to_be_disabled()

    box = page.locator(".cut-picture svg").bounding_box()
    assert box is not None
    for left, right in ((0.51, 0.99), (0.01, 0.48)):
        page.mouse.move(box["x"] + left * box["width"], box["y"] + 0.01 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + right * box["width"], box["y"] + 0.97 * box["height"], steps=4)
        page.mouse.up()
    expect(page.locator(".cut-region")).to_have_count(2)
    last = page.locator(".cut-region").last
    before = float(last.get_attribute("width") or 0)
    last.press("Shift+ArrowRight")
    assert float(last.get_attribute("width") or 0) == pytest.approx(before + 10)

    press(page, "Split into 2")
    read_waiting()
    expect_item(page, hardware)


def test_d45_items_are_merged_from_the_bulk_bar_in_the_order_chosen_and_taken_apart_again(page: Page) -> None:
    hosting, timber = papers(41, HOSTING, TIMBER)
    first, second, _ = send(draw_pdf(hosting), draw_pdf(timber), draw_pdf(vary(timber, 2)))
    page.goto("/costs?tab=all")
    for item_id in (first, second):
        page.locator(f"#item-{item_id} [data-tick]").check()
    page.get_by_role("button", name="Merge").click()

    expect(page.locator("[data-differences]")).to_contain_text("total, date and supplier")
    page.locator(f"[data-item='{first}'] [data-move='1']").click()
    expect(page.locator("[data-merge-add] [type=hidden]").first).to_have_value(str(second))  # where a third is added
    press(page, "Merge into one")
    read_waiting()

    expect(page.locator(".sheet")).to_have_count(2)
    with db.snapshot() as session:
        made = session.get_one(Item, int(page.url.rpartition("/")[2]))
        shown = [each.document_id for each in made.pages]
        assert shown == [session.get_one(Item, each).pages[0].document_id for each in (second, first)]
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("The merge was undone.", exact=True)).to_be_visible()
    page.goto(f"/items/{first}")
    expect_item(page, hosting)
    expect(page.locator("[data-regrouped]")).to_have_count(0)


def test_two_people_at_one_item_are_told_and_nothing_is_split_twice(page: Page) -> None:
    (item_id,) = send(draw_pages(*papers(51, HOSTING, TIMBER)))
    page.goto(f"/items/{item_id}/split")
    with db.transaction() as session:
        session.get_one(Item, item_id).note = "somebody else's"

    page.get_by_role("button", name="Split into 2").click()

    expect(page.get_by_text("Somebody else changed this meanwhile.")).to_be_visible()
    with db.snapshot() as session:
        assert session.get_one(Item, item_id).replaced_by_id is None


def test_d45_sixty_pages_are_picked_on_a_phone(page: Page) -> None:
    (item_id,) = send(draw_pages(*(vary(HOSTING if number % 2 else TIMBER, 100 + number) for number in range(PAGES))))
    page.goto(f"/items/{item_id}/split")
    expect(page.locator(".cut-page")).to_have_count(PAGES)

    page.get_by_role("button", name="Every two pages").click()

    expect(page.locator("[data-go-text]")).to_have_text(f"Split into {PAGES // 2}")
    page.set_viewport_size(PHONE)
    assert fits(page)
    page.get_by_role("button", name="Divide").nth(2).click()
    page.get_by_role("button", name="One above the other").locator("visible=true").click()
    expect(page.locator("[data-go-text]")).to_have_text(f"Split into {PAGES // 2 + 1}")
    page.goto(f"/merge?ids={item_id}")
    assert fits(page)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_on_the_pages_of_splitting_and_merging(page: Page, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    first, second = send(draw_pages(*papers(60 + width, HOSTING, TIMBER)), draw_pdf(vary(TIMBER, 70 + width)))
    page.goto(f"/items/{first}")
    found = violations(page)
    page.goto(f"/items/{first}/split")
    page.get_by_role("button", name="Divide").last.click()
    page.get_by_role("button", name="Side by side").locator("visible=true").click()
    found += violations(page)
    page.goto(f"/merge?ids={first}&ids={second}")
    found += violations(page)

    assert found == []
