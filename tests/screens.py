"""Pictures of every page for the README and docs/screens: wide and narrow, light and dark.

    python -m tests.screens

A product with its demonstration is started for them, and ended afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from core.config import ROOT
from tests.browser import sign_in
from tests.product import Running, running_product

CHROMIUM = "/usr/bin/chromium"
OUT = ROOT / "docs" / "screens"
WIDTHS = {"wide": 1440, "phone": 390}
SLOW = 60_000  # milliseconds, on a busy machine
COLOURS = 96  # a screen has few: so each picture stays small
PLACES = {
    "sign-in": "/sign-in",
    "costs": "/costs?tab=all",
    "no-match": "/costs?tab=failed&text=zebra",
    "item": "/items/1",
    "lines": "/items/1/lines",
    "split": "/items/2/split",
    "merge": "/merge?ids=2&ids=3",
    "overview": "/overview?month=2026-03",
    "submissions": "/submissions",
    "status": "/status",
    "rules": "/rules",
    "lists": "/lists",
    "connections": "/connections",
    "account": "/account",
    "not-found": "/nowhere",
}


def main() -> None:
    """Take them all."""
    OUT.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_product(Path(folder)) as product,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, width in WIDTHS.items():
            for theme in ("light", "dark"):
                context = browser.new_context(
                    base_url=product.address,
                    viewport={"width": width, "height": 900},
                    color_scheme=theme,
                    reduced_motion="reduce",
                )
                for place, picture in pictures(context.new_page(), product):
                    keep(picture, OUT / f"{place}-{name}-{theme}.png")
        browser.close()


def pictures(page: Page, product: Running) -> Iterator[tuple[str, bytes]]:
    """Give the pictures of one browser, signed in after the first."""
    page.set_default_timeout(SLOW)
    page.goto(PLACES["sign-in"])
    yield "sign-in", page.screenshot()
    sign_in(page, product.email, product.password)
    page.goto(PLACES["costs"])
    expect(page.locator("tr[data-item]")).to_have_count(5, timeout=SLOW)
    for place in list(PLACES)[1:]:
        page.goto(PLACES[place], wait_until="networkidle")
        yield place, page.screenshot()
    page.goto(PLACES["costs"], wait_until="networkidle")
    page.keyboard.press("j")
    page.keyboard.press("x")
    yield "ticked", page.screenshot()


def keep(picture: bytes, path: Path) -> None:
    """Keep a picture with as few colours as it needs."""
    with Image.open(BytesIO(picture)) as opened:
        opened.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
