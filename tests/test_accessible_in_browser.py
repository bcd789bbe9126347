"""What axe finds on every page, in both themes, wide and narrow: nothing (WCAG 2.2 A and AA)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import fits, open_page
from tests.costs import costs  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    """Give what axe says of the page one is at: whoever follows a link or a form expects something of it first."""
    expect(page.locator("html[data-loaded]")).to_have_count(1)
    page.evaluate(AXE)
    found: Any = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)
    return [
        f"{each['id']}: {each['help']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_any_page(page: Page, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    links = page.locator("nav[aria-label=Main] a").evaluate_all("links => links.map(link => link.pathname)")
    item = page.locator(".row-link").first.get_attribute("href")
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    found = {}
    for path in [*links, "/account", "/costs?tab=all", "/costs?tab=failed", item]:
        page.goto(str(path))
        if problems := violations(page):
            found[path] = problems

    assert found == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens_over_a_list(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    item = page.locator(".row-link").first.get_attribute("href")
    page.locator("summary", has_text="Filters").click()
    found = violations(page)
    page.keyboard.press("Escape")
    page.check("[data-tick-page]")
    found += violations(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    found += violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("link", name="See why").click()
    expect(page.locator("h1")).to_have_text("What became of each")
    found += violations(page)
    page.goto(f"{item}/lines")
    found += violations(page)

    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_sign_in_and_where_something_is_wrong(
    page: Page, browser: Browser, address: str, theme: str
) -> None:
    found = {}
    for state, paths in ((None, ["/sign-in"]), (page.context.storage_state(), ["/nowhere", "/items/999999"])):
        with open_page(browser, address, storage_state=state, color_scheme=theme, reduced_motion="reduce") as visitor:
            for width in (1440, 390):
                visitor.set_viewport_size({"width": width, "height": 900})
                for path in paths:
                    visitor.goto(path)
                    expect(visitor.locator("h1")).to_have_count(1)
                    assert fits(visitor)
                    if problems := violations(visitor):
                        found[path, width] = problems

    assert found == {}
