"""Files sent from the page: what is chosen once for all of them, pages that gather, photos and pasted pictures."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select

from capture.submissions.models import Mode, Submission
from capture.ways.models import ChannelKind
from core import db
from tests.browser import PHONE, fits
from tests.documents.draw import draw_pdf
from tests.documents.papers import HOSTING, vary

pytestmark = pytest.mark.browser
SHARE = """() => {
  const form = document.createElement("form");
  Object.assign(form, { action: "/shared", method: "post", enctype: "multipart/form-data" });
  const field = Object.assign(document.createElement("input"), { type: "file", name: "file" });
  const given = new DataTransfer();
  given.items.add(new File(["%PDF-1.4 shared"], "Réçu.pdf", { type: "application/pdf" }));
  field.files = given.files;
  form.append(field);
  document.body.append(form);
  form.submit();
}"""


def paper(number: int) -> FilePayload:
    return FilePayload(name=f"page-{number}.pdf", mimeType="application/pdf", buffer=draw_pdf(vary(HOSTING, number)))


def sent(after: int = 0) -> list[Submission]:
    with db.snapshot() as session:
        rows = list(session.scalars(select(Submission).where(Submission.id > after).order_by(Submission.id)))
        assert all(row.channel for row in rows)
    return rows


def latest() -> int:
    return max((row.id for row in sent()), default=0)


def test_d43_files_gather_as_pages_are_put_in_order_and_go_as_one_document(page: Page) -> None:
    before = latest()
    page.goto("/costs?tab=all")
    page.select_option("#mode", "one")
    page.set_input_files("#file", [paper(1), paper(2)])
    page.set_input_files("#file", [paper(3)])
    expect(page.locator(".tray-page")).to_have_count(3)

    page.get_by_role("button", name="Move page-3.pdf earlier").press("Enter")
    page.get_by_role("button", name="Move page-3.pdf earlier").press("Enter")
    expect(page.get_by_role("button", name="Move page-3.pdf later")).to_be_focused()  # it cannot go earlier
    page.get_by_role("button", name="Leave out page-2.pdf").click()
    page.get_by_role("button", name="Send as one document").click()

    expect(page.locator(".tray")).to_be_hidden()
    expect(page.locator("[data-uploads] li")).to_have_count(0)
    rows = sent(before)
    assert [row.filename for row in rows] == ["page-3.pdf", "page-1.pdf"]
    assert {(row.mode, row.group_id) for row in rows} == {(Mode.ONE, rows[0].id)}


def test_d43_photos_come_by_the_phones_channel_one_by_one_or_as_pages(page: Page) -> None:
    before = latest()
    page.set_viewport_size(PHONE)
    page.goto("/costs?tab=all")
    page.set_input_files("#photo", [paper(11)])
    expect(page.locator("[data-photo-text]")).to_have_text("Take another photo")
    page.select_option("#mode", "one")
    for number in (12, 13):
        page.set_input_files("#photo", [paper(number)])
    expect(page.get_by_role("button", name="Take another page")).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="Send as one document").click()

    expect(page.locator("[data-uploads] li")).to_have_count(0)
    alone, *together = sent(before)
    assert alone.group_id is None
    assert len({row.group_id for row in together}) == 1
    assert {row.channel.kind for row in (alone, *together)} == {ChannelKind.PHONE}


def test_d43_what_another_app_shares_is_sent_by_the_phones_channel_and_not_kept(page: Page) -> None:
    before = latest()
    page.goto("/costs")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    with page.expect_response(lambda answer: answer.url.endswith("/submissions")):
        page.evaluate(SHARE)  # as the phone does by static/manifest.webmanifest

    expect(page.locator("[data-uploads] li")).to_have_count(0)
    assert [(row.filename, row.channel.kind) for row in sent(before)] == [("Réçu.pdf", ChannelKind.PHONE)]
    assert page.evaluate("caches.open('shared').then((cache) => cache.keys()).then((kept) => kept.length)") == 0


def test_d41_the_choice_is_remembered_for_this_person_in_this_window(page: Page) -> None:
    page.goto("/costs?tab=all")
    page.select_option("#mode", "pages")
    page.select_option("#kind", "cost")

    page.goto("/account")
    page.goto("/costs?tab=all")

    expect(page.locator("#mode")).to_have_value("pages")
    expect(page.locator("#kind")).to_have_value("cost")
    page.goto("/sales?tab=all")
    expect(page.locator("#mode")).to_have_value("each")
    expect(page.locator("#kind")).to_have_value("sale")
    user = page.locator("[data-drop]").get_attribute("data-user")
    kept = page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('batch'))")
    assert kept == [f"batch {user} /costs"]


def test_a_picture_is_pasted_with_what_was_chosen(page: Page) -> None:
    before = latest()
    page.goto("/costs?tab=all")
    page.select_option("#mode", "split")

    page.evaluate(
        """() => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File(["not a picture " + Math.random()], "pasted.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }"""
    )

    expect(page.locator("[data-uploads] [data-tone='danger']")).to_contain_text(
        "pasted.png:"
    )  # what it is, is told by its content
    assert [(row.filename, row.mode) for row in sent(before)] == [("pasted.png", Mode.SPLIT)]
