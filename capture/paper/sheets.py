"""The pages that items show: their words, and their pictures, cut to the part where an item shows a part of a page.

Both were made from the document when it was read; the pictures are JPEGs that we rendered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO

from PIL import Image

from capture.intake.service import store
from capture.models import ItemPage
from capture.reading.model import Box, Outcome, Page, Reading
from capture.reading.wire import from_plain, to_plain
from capture.regrouping.places import as_box, crop
from capture.store import FileLost, StoreFull

QUALITY = 85


@dataclass(frozen=True)
class Sheet:
    """A page of a document, from 1, or the part of it that ``region`` tells."""

    sha256: str
    page: int
    region: Box | None = None


def sheet_of(page: ItemPage) -> Sheet:
    """Give what an item's page shows."""
    return Sheet(page.document.sha256, page.page, as_box(page.region))


def keep_pages(sha256: str, outcome: Outcome) -> None:
    """Keep the pictures of a document's pages, the words on them, and what it says as an e-invoice."""
    for page, picture in zip(outcome.pages, outcome.pictures, strict=True):
        store().put_made(picture_key(sha256, page.number), picture)
    store().put_made(words_key(sha256), json.dumps(to_plain(outcome.pages)).encode())
    if outcome.einvoice is not None:
        store().put_made(einvoice_key(sha256), json.dumps(to_plain(outcome.einvoice)).encode())


def pages_of(sheets: Sequence[Sheet]) -> tuple[Page, ...]:
    """Give these pages with their words, numbered from 1 in this order; places are fractions of what each shows.

    Raises:
        FileLost: they are no longer there.
    """
    files = {sheet.sha256 for sheet in sheets}
    kept = {sha256: from_plain(tuple[Page, ...], _load(words_key(sha256))) for sha256 in files}
    found = ((kept[sheet.sha256][sheet.page - 1], sheet.region) for sheet in sheets)
    return tuple(crop(page, region, number) for number, (page, region) in enumerate(found, start=1))


def einvoice_of(sheets: Sequence[Sheet]) -> Reading | None:
    """Give what the e-invoice says all of whose pages are among these; None where there is none, or several."""
    found = []
    for sha256 in {sheet.sha256 for sheet in sheets}:
        with suppress(FileLost):
            einvoice = from_plain(Reading, _load(einvoice_key(sha256)))
            shown = {sheet.page for sheet in sheets if sheet.sha256 == sha256 and sheet.region is None}
            found += [einvoice] if shown.issuperset(einvoice.pages) else []
    return found[0] if len(found) == 1 else None


def _load(key: str) -> object:
    return json.loads(store().get_made(key))


def picture_of(sheet: Sheet) -> bytes:
    """Give the picture of a page, or of its part, which is made when it is first asked for.

    Raises:
        FileLost: there is no picture of this page.
    """
    key, region = picture_key(sheet.sha256, sheet.page), sheet.region
    if region is None:
        return store().get_made(key)
    return kept_or_made(f"parts/{sheet.sha256[:2]}/{name_of(sheet)}.jpg", lambda: cut(store().get_made(key), region))


def kept_or_made(key: str, make: Callable[[], bytes]) -> bytes:
    """Give what was made from a document before; else make it, and keep it where there is room."""
    try:
        return store().get_made(key)
    except FileLost:
        made = make()
        with suppress(StoreFull):
            store().put_made(key, made)
        return made


def cut(picture: bytes, region: Box) -> bytes:
    """Give a part of a JPEG as one."""
    with Image.open(BytesIO(picture), formats=["JPEG"]) as opened:
        width, height = opened.size
        left, top = int(region.x * width), int(region.y * height)
        right, bottom = (region.x + region.width) * width, (region.y + region.height) * height
        part = opened.convert("RGB").crop((left, top, max(left + 1, round(right)), max(top + 1, round(bottom))))
    out = BytesIO()
    part.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def name_of(sheet: Sheet) -> str:
    """Give the name of a page among things made from documents."""
    if sheet.region is None:
        return f"{sheet.sha256}-{sheet.page}"
    return "-".join([sheet.sha256, str(sheet.page), *(f"{each:.5f}" for each in asdict(sheet.region).values())])


def picture_key(sha256: str, page: int) -> str:
    """Give the key, among things made from documents, of a page's picture."""
    return f"pages/{sha256[:2]}/{sha256}-{page}.jpg"


def einvoice_key(sha256: str) -> str:
    """Give the key of what a document says as an e-invoice, as the reading process writes it."""
    return f"einvoices/{sha256[:2]}/{sha256}.json"


def words_key(sha256: str) -> str:
    """Give the key of a document's pages with their words, as the reading process writes them."""
    return f"words/{sha256[:2]}/{sha256}.json"
