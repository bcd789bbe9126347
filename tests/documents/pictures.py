"""Draw papers as photographs and scans, alone or several in one picture.

    python -m tests.documents.pictures docs/samples        # draws the samples anew

Everything follows from the arguments: the same ones give the same bytes.
"""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageChops, ImageFilter

from tests.documents.draw import draw_pdf
from tests.documents.papers import COFFEE, HARDWARE, HOSTING, STATIONERY, TIMBER, Paper


def draw_picture(paper: Paper, *, noise: int = 0, turned: float = 0.0, quality: int = 80) -> bytes:
    """Give the paper as a JPEG: ``noise`` from 0 (a clean scan) to 3 (a poor photograph), turned by so many degrees."""
    chance = random.Random(f"{paper.reference}{noise}")  # noqa: S311 - for looks
    document = pypdfium2.PdfDocument(draw_pdf(paper))
    page = document[0].render(scale=2.6).to_pil().convert("L")
    document.close()
    if noise:
        page = _photograph(page, chance, noise)
    if turned:
        page = page.rotate(turned, expand=True, fillcolor=230 if noise else 255, resample=Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    page.convert("RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _lay(papers: Sequence[Paper], gap: int, *, across: bool) -> bytes:
    pages = [Image.open(io.BytesIO(draw_picture(paper))) for paper in papers]
    widths, heights = [page.width for page in pages], [page.height for page in pages]
    between = gap * (len(pages) - 1)
    size = (sum(widths) + between, max(heights)) if across else (max(widths), sum(heights) + between)
    table = Image.new("RGB", size, (255, 255, 255))
    at = 0
    for page in pages:
        table.paste(page, (at, 0) if across else (0, at))
        at += gap + (page.width if across else page.height)
    buffer = io.BytesIO()
    table.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def lay_beside(*papers: Paper, gap: int = 60) -> bytes:
    """Give papers that lie side by side as one JPEG; ``gap`` in pixels."""
    return _lay(papers, gap, across=True)


def lay_above(*papers: Paper, gap: int = 60) -> bytes:
    """Give papers that lie one above the other as one JPEG; ``gap`` in pixels."""
    return _lay(papers, gap, across=False)


def samples() -> dict[str, tuple[Paper, bytes]]:
    """Give the samples of the demonstration by file name."""
    return {
        "lantern-hill-coffee.jpg": (COFFEE, draw_picture(COFFEE, noise=1, turned=1.5)),
        "brackenfield-hardware.jpg": (HARDWARE, draw_picture(HARDWARE, noise=2, turned=-2)),
        "moss-and-finch-stationery.jpg": (STATIONERY, draw_picture(STATIONERY, noise=1)),
        "tarn-web-hosting.pdf": (HOSTING, draw_pdf(HOSTING)),
        "ashgrove-timber.pdf": (TIMBER, draw_pdf(TIMBER)),
    }


def _photograph(page: Image.Image, chance: random.Random, noise: int) -> Image.Image:
    """Lay the page on a table and take a picture: uneven light, grain, a soft lens."""
    margin = 40
    table = Image.new("L", (page.width + 2 * margin, page.height + 2 * margin), 150)
    table.paste(page.point(lambda value: 35 + value * 205 // 255), (margin, margin))
    light = Image.linear_gradient("L").resize(table.size).rotate(chance.uniform(-20, 20), fillcolor=128)
    shaded = ImageChops.multiply(table, light.point(lambda value: 255 - value * noise // 10))
    grain = np.random.default_rng(chance.randrange(1 << 30)).normal(0, 3 * noise, (table.height, table.width))
    grained = np.clip(np.asarray(shaded, dtype=np.float32) + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(grained).filter(ImageFilter.GaussianBlur(0.35 * noise))


if __name__ == "__main__":
    for file_name, (_, content) in samples().items():
        (Path(sys.argv[1]) / file_name).write_bytes(content)
