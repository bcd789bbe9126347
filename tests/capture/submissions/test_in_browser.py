"""Submissions in a real browser: a locked file opened, a cut one entered by hand, what was deleted brought back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from auth.models import Membership
from capture.intake.service import Batch, File, get_channel, receive
from capture.reader import read_one, reader
from capture.ways.models import ChannelKind
from core.db import transaction
from kashflow.service import get_connection
from tests.browser import fits
from tests.documents.hostile import pdf_with_password
from tests.documents.papers import COFFEE
from tests.documents.pictures import draw_picture

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    reader().close()


def add(name: str, data: bytes) -> int:
    """Put a file in, and read it as a worker would."""
    with transaction() as session:
        membership = session.scalars(select(Membership)).one()
        organisation_id = membership.organisation_id
        connection = get_connection(session, organisation_id)
        channel = get_channel(session, organisation_id, ChannelKind.WEB)
        batch = Batch(organisation_id, connection.id, channel.id, membership.user_id)
    (received,) = receive([File(name, data)], batch)
    read_one(received.id)
    return received.id


def test_what_could_not_be_read_is_opened_entered_by_hand_and_brought_back(page: Page) -> None:
    picture = draw_picture(COFFEE)
    locked, cut = add("statement.pdf", pdf_with_password("sesame")), add("cut.jpg", picture[: len(picture) // 2])
    page.goto("/submissions")
    row = page.locator(f"[data-submission='{locked}']")

    row.get_by_text("Enter password").click()
    row.get_by_label("Password of statement.pdf").fill("wrong")
    row.get_by_role("button", name="Open").click()
    expect(page.get_by_text("This password does not open the PDF.")).to_be_visible()
    row.get_by_text("Enter password").click()
    row.get_by_label("Password of statement.pdf").fill("sesame")
    row.get_by_role("button", name="Open").click()
    expect(page.get_by_text("Unlocked. A copy that opens")).to_be_visible()
    read_one(locked)
    expect(row).to_contain_text("£120.00, to review")  # without a reload
    expect(row).to_contain_text("A copy that opens without the password is kept beside the original")

    page.locator(f"[data-submission='{cut}']").get_by_role("button", name="Enter by hand").click()
    shown = page.get_by_role("img", name="Page 1 of cut.jpg")
    expect(shown).to_be_visible()
    assert shown.evaluate("(picture) => picture.decode().then(() => picture.naturalWidth)") > 100

    page.goto("/submissions")
    page.get_by_label("What became of it").select_option("unreadable")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("[data-submission]")).to_have_count(1)
    expect(page.locator("[data-submission]")).to_contain_text("to review")


def test_on_a_phone_every_file_says_what_became_of_it_without_scrolling_aside(page: Page) -> None:
    add("a-file-name-that-is-much-longer-than-any-screen-of-a-phone-is-wide-and-goes-on.gif", b"GIF89a")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/submissions")

    expect(page.get_by_text("this is a GIF picture")).to_be_visible()
    assert fits(page)
