"""Small pictures of pages for lists, made from the pictures that we rendered and kept beside them."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from capture.intake import store
from capture.reader import picture_key
from capture.store import FileLost

SIZE = (108, 132)  # pixels: three for each of a list's, which is sharp enough for every screen
QUALITY = 72


def thumbnail(sha256: str, page: int) -> bytes:
    """Give the small picture of a document's page (from 1).

    Raises:
        FileLost: there is no picture of this page.
    """
    key = f"thumbs/{sha256[:2]}/{sha256}-{page}.jpg"
    try:
        return store().get(f"made/{key}")
    except FileLost:
        made = shrink(store().get(f"made/{picture_key(sha256, page)}"))
        store().put_made(key, made)
        return made


def shrink(picture: bytes) -> bytes:
    """Give the upper part of a page as a small JPEG of one size."""
    with Image.open(BytesIO(picture), formats=["JPEG"]) as opened:
        opened.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
        width = opened.width
        height = min(opened.height, width * SIZE[1] // SIZE[0])
        small = opened.convert("RGB").crop((0, 0, width, height))
        small.thumbnail(SIZE)
    out = BytesIO()
    small.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
