"""From the bytes of a file to its pages and readings; runs in the reading process, under limits and without network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capture.formats import MediaType
from capture.reading.engines import Seen, get_engine
from capture.reading.errors import Unreadable
from capture.reading.extract import draft_documents, explain, finish
from capture.reading.model import Box, Origin, Page, Reading, Word
from capture.reading.pdf import PdfFile, open_pdf
from capture.reading.pictures import LONG_SIDE, Pixels, encode, open_pictures
from capture.reading.straighten import bend_picture, find_bend

PREVIEW = 1600  # pixels, the long side of a page as the item page shows it
LEAST_WORDS = 3  # a PDF page with fewer is drawn and read by OCR
PICTURES = (MediaType.JPEG, MediaType.PNG, MediaType.TIFF, MediaType.WEBP, MediaType.HEIC)


@dataclass(frozen=True)
class Options:
    """How to read. ``own`` are names and VAT numbers of our own business: they tell sales from costs."""

    engine: str = "rapidocr"
    own: tuple[str, ...] = ()
    max_pages: int = 60
    password: str | None = None
    explain: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a file holds: its pages, each with an upright picture (JPEG) to show it by, and what its documents say."""

    pages: tuple[Page, ...]
    pictures: tuple[bytes, ...]
    readings: tuple[Reading, ...]
    engine: str
    seconds: float
    explanations: tuple[str, ...] = ()


def read_file(path: Path, media_type: str, options: Options) -> Outcome:
    """Read a file: a PDF or a picture.

    Raises:
        Unreadable: it cannot be opened, or not to its end (CAP-1, CAP-2).
        EngineMissing: the OCR engine is not installed.
    """
    started = time.perf_counter()
    data = path.read_bytes()
    read = tuple(_pages(data, media_type, options))
    pages = tuple(page for page, _ in read)
    drafts = draft_documents(pages, own=options.own)
    readings = tuple(finish(draft) for draft in drafts)
    explanations = tuple(explain(draft) for draft in drafts) if options.explain else ()
    pictures = tuple(picture for _, picture in read)
    seconds = time.perf_counter() - started
    return Outcome(pages, pictures, readings, options.engine, seconds, explanations)


def _pages(data: bytes, media_type: str, options: Options) -> Iterator[tuple[Page, bytes]]:
    if media_type == MediaType.PDF:
        with open_pdf(data, max_pages=options.max_pages, password=options.password) as file:
            for number in range(1, len(file) + 1):
                yield _pdf_page(file, number, options)
    elif media_type in PICTURES:
        engine = get_engine(options.engine)
        for number, pixels in enumerate(open_pictures(data, max_pages=options.max_pages), start=1):
            yield see_page(engine.read(pixels), number)
    else:
        raise Unreadable("CAP-1", f"PDF and pictures are read; this is {media_type or 'of no known type'}.")


def _pdf_page(file: PdfFile, number: int, options: Options) -> tuple[Page, bytes]:
    words = file.words(number)
    if len(words) < LEAST_WORDS:
        return see_page(get_engine(options.engine).read(file.draw(number, long_side=LONG_SIDE)), number)
    width, height = file.size(number)
    return Page(number, width, height, words, Origin.TEXT_LAYER), encode(file.draw(number, long_side=PREVIEW))


def see_page(seen: Seen, number: int) -> tuple[Page, bytes]:
    """Give the page as OCR saw it, its lines made level, and its picture."""
    height, width = seen.pixels.shape[:2]
    bend = find_bend([piece.quad for piece in seen.pieces], width, height)
    pixels: Pixels = bend_picture(seen.pixels, bend) if bend.matters else seen.pixels
    words = []
    for piece in seen.pieces:
        corners = bend.level(piece.quad.astype(np.float64)) if bend.matters else piece.quad
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        box = Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
        words.append(Word(piece.text, box, piece.confidence))
    return Page(number, width, height, tuple(words), Origin.OCR), encode(pixels, long_side=PREVIEW)
