"""Small pictures of pages for lists, made from the pictures that we rendered and kept beside them."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from capture.paper.sheets import Sheet, kept_or_made, name_of, picture_of

SIZE = (108, 132)  # pixels: three for each of a list's, which is sharp enough for every screen
CARD = (440, 620)
QUALITY = 72


def thumbnail(sheet: Sheet) -> bytes:
    """Give the small picture of a page, or of its part.

    Raises:
        FileLost: there is no picture of this page.
    """
    key = f"thumbs/{sheet.sha256[:2]}/{name_of(sheet)}.jpg"
    return kept_or_made(key, lambda: shrink(picture_of(sheet)))


def card(sheet: Sheet) -> bytes:
    """Give a whole page, or its part, in the size of a playing card.

    Raises:
        FileLost: there is no picture of this page.
    """
    key = f"cards/{sheet.sha256[:2]}/{name_of(sheet)}.jpg"
    return kept_or_made(key, lambda: _card(picture_of(sheet)))


def shrink(picture: bytes) -> bytes:
    """Give the upper part of a page as a small JPEG of one size."""
    with Image.open(BytesIO(picture), formats=["JPEG"]) as opened:
        opened.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
        width = opened.width
        height = min(opened.height, width * SIZE[1] // SIZE[0])
        small = opened.convert("RGB").crop((0, 0, width, height))
        small.thumbnail(SIZE)
    return _as_jpeg(small)


def _card(picture: bytes) -> bytes:
    with Image.open(BytesIO(picture), formats=["JPEG"]) as opened:
        opened.draft("RGB", CARD)
        small = opened.convert("RGB")
    small.thumbnail(CARD)
    return _as_jpeg(small)


def _as_jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
