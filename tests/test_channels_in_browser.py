"""Setting channels up in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import fits

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("channels")]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_folder_is_added_and_set_up_in_plain_steps(page: Page, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/channels")
    page.get_by_label("Kind", exact=True).select_option("Watched folder")
    page.get_by_label("Name", exact=True).fill(f"Scanner {width}")
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Folder on this server").fill(str(tmp_path / "none"))
    page.get_by_role("button", name="Save and test").click()
    expect(page.locator(".problems")).to_contain_text("There is no folder")

    page.get_by_label("Folder on this server").fill(str(tmp_path))
    page.get_by_role("button", name="Save and test").click()

    expect(page.locator(".notice")).to_contain_text(f"{tmp_path} can be used. No files in it.")
    expect(page.locator("#checks")).to_be_visible()
    page.goto("/channels")
    assert fits(page)


def test_a_mails_folder_to_move_to_is_asked_only_where_mails_are_moved(page: Page) -> None:
    page.goto("/channels")
    page.get_by_label("Name", exact=True).fill("Bills")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Folder to move to")).to_be_hidden()

    page.get_by_label("When a mail was taken").select_option("Move it to another folder")

    expect(page.get_by_label("Folder to move to")).to_be_visible()
