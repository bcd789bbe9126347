"""From the bytes of a file to its pages and readings; runs in the reading process, under limits and without network."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.intake.formats import MediaType
from capture.reading.drawn import draw_einvoice
from capture.reading.einvoice import find_einvoice, open_einvoice, read_einvoice
from capture.reading.engines import Seen, get_engine
from capture.reading.errors import Unreadable
from capture.reading.extract import read_as_one, read_documents
from capture.reading.model import NO_ENGINE, WORDS, Box, Known, Options, Origin, Outcome, Page, Reading, Word
from capture.reading.pdf import PdfFile, open_pdf, unlock_pdf
from capture.reading.pictures import LONG_SIDE, Pixels, encode, likeness_of, open_pictures
from capture.reading.printed import complete, locate
from capture.reading.straighten import bend_picture, find_bend
from capture.reading.wire import from_plain

PREVIEW = 1600  # pixels, the long side of a page as the item page shows it
LEAST_WORDS = 3  # a PDF page with fewer is drawn and read by OCR
FEW_WORDS = 40  # the same where a picture fills the page: a scan with a line of text under it
WHOLE_PAGE = 0.5  # of the page's area
KNOWN = 0.75  # confidence in the supplier below which the page's pictures are read, too
MOST_PICTURES = 3
LEAST_PART = 24  # pixels: narrower pictures hold no text
FAINTEST = 12  # of 255, between the lightest and the darkest pixel of a page that is not blank
PICTURES = (MediaType.JPEG, MediaType.PNG, MediaType.TIFF, MediaType.WEBP, MediaType.HEIC)


def warm(engine: str) -> None:
    """Load what every document needs.

    Raises:
        EngineMissing: the OCR engine is not installed.
    """
    if engine != NO_ENGINE:
        get_engine(engine)


def unlock_file(path: Path, options: Options) -> bytes:
    """Give a copy of a PDF that opens without its password.

    Raises:
        Unreadable: it is not the password, or the PDF is damaged (CAP-2).
    """
    return unlock_pdf(path.read_bytes(), max_pages=options.max_pages, password=options.password or "")


def read_file(path: Path, media_type: str, options: Options, *, begin_page: Callable[[int], object] = bool) -> Outcome:
    """Read a file: a PDF, a picture or an e-invoice; or pages whose words are known, as one document.

    ``begin_page`` is called with the number of each page before it is read.

    Raises:
        Unreadable: it cannot be opened, or not to its end (CAP-1, CAP-2).
        EngineMissing: the OCR engine is not installed.
    """
    started = time.perf_counter()
    data = path.read_bytes()
    if media_type == WORDS:
        known = from_plain(Known, json.loads(data))
        reading = read_as_one(known.pages, own=options.own, anchors=options.anchors)
        if known.einvoice is not None:
            reading = complete(locate(known.einvoice, known.pages), reading)
        bare = tuple(replace(page, words=()) for page in known.pages)
        return Outcome(bare, (), (reading,), options.engine, time.perf_counter() - started)
    einvoice = _read_einvoice(data, media_type, options)
    if einvoice and media_type == MediaType.XML:
        read: tuple[tuple[Page, bytes], ...] = (draw_einvoice(einvoice),)
    else:
        read = tuple(_pages(data, media_type, options, begin_page))
    pages = tuple(page for page, _ in read)
    pictures = tuple(picture for _, picture in read)
    readings = _read_documents(pages, einvoice, options) if options.engine != NO_ENGINE else ()
    likenesses = tuple(likeness_of(picture) for picture in pictures)
    exact = replace(einvoice, pages=tuple(page.number for page in pages)) if einvoice else None
    return Outcome(pages, pictures, readings, options.engine, time.perf_counter() - started, likenesses, exact)


def _read_einvoice(data: bytes, media_type: str, options: Options) -> Reading | None:
    """Give what the file says as an e-invoice, if it is one or holds one."""
    if media_type == MediaType.XML:
        return read_einvoice(open_einvoice(data), own=options.own)
    if media_type != MediaType.PDF:
        return None
    with open_pdf(data, max_pages=options.max_pages, password=options.password) as file:
        root = find_einvoice(file.attached_xml())
    return None if root is None else read_einvoice(root, own=options.own)


def _read_documents(pages: tuple[Page, ...], einvoice: Reading | None, options: Options) -> tuple[Reading, ...]:
    """Give what the pages say; an e-invoice goes before them, and a page drawn from it says nothing new."""
    if einvoice is None:
        return read_documents(pages, own=options.own, anchors=options.anchors)
    reading = locate(einvoice, pages)
    if pages[0].origin is Origin.E_INVOICE:
        return (reading,)
    return (complete(reading, read_documents(pages, own=options.own, anchors=options.anchors)[0]),)


def _pages(
    data: bytes, media_type: str, options: Options, begin_page: Callable[[int], object]
) -> Iterator[tuple[Page, bytes]]:
    if media_type == MediaType.PDF:
        with open_pdf(data, max_pages=options.max_pages, password=options.password) as file:
            for number in range(1, len(file) + 1):
                begin_page(number)
                yield _pdf_page(file, number, options)
    elif media_type in PICTURES:
        only_drawn = options.engine == NO_ENGINE
        begin_page(1)
        for number, pixels in enumerate(open_pictures(data, max_pages=options.max_pages, even_cut=only_drawn), start=1):
            yield see_page(_see(pixels, options), number)
            begin_page(number + 1)
    else:
        raise Unreadable("CAP-1", f"PDF and pictures are read; this is {media_type or 'of no known type'}.")


def _see(pixels: Pixels, options: Options) -> Seen:
    """Give the words in a picture by OCR, unless none are wanted, or a glance shows that there are none."""
    if options.engine == NO_ENGINE or min(pixels.shape[:2]) < LEAST_PART or np.ptp(pixels) < FAINTEST:
        return Seen((), pixels)
    return get_engine(options.engine).read(pixels)


def _pdf_page(file: PdfFile, number: int, options: Options) -> tuple[Page, bytes]:
    if options.engine == NO_ENGINE:
        return see_page(Seen((), file.draw(number, long_side=PREVIEW)), number)
    words = file.words(number)
    if len(words) < LEAST_WORDS:
        return see_page(_see(file.draw(number, long_side=LONG_SIDE), options), number)
    pictures = file.pictures(number)
    if len(words) < FEW_WORDS and pictures and pictures[0].width * pictures[0].height > WHOLE_PAGE:  # a scan
        return see_page(_see(file.draw(number, long_side=LONG_SIDE), options), number)
    page = Page(number, *file.size(number), words, Origin.TEXT_LAYER)
    if number == 1 and pictures and not _is_supplier_known(page, options):
        drawn = file.draw(number, long_side=LONG_SIDE)
        seen = [word for box in pictures[:MOST_PICTURES] for word in _see_part(drawn, box, options)]
        page = replace(page, words=(*words, *seen))
    return page, encode(file.draw(number, long_side=PREVIEW))


def _is_supplier_known(page: Page, options: Options) -> bool:
    """Tell whether the text names the supplier; many firms print their name in a picture only."""
    found = read_documents((page,), own=options.own)[0].fields.get("supplier")
    return found is not None and found.confidence >= KNOWN


def _see_part(drawn: Pixels, box: Box, options: Options) -> Iterator[Word]:
    """Read a part of a page by OCR and give its words in their places on the page."""
    height, width = drawn.shape[:2]
    left, top = int(box.x * width), int(box.y * height)
    part = drawn[top : int((box.y + box.height) * height), left : int((box.x + box.width) * width)]
    seen = _see(np.ascontiguousarray(part), options)
    if seen.pixels.shape != part.shape:  # turned: its places would not be the page's
        return
    for piece in seen.pieces:
        yield Word(piece.text, _box(piece.quad + np.asarray([left, top]), width, height), piece.confidence)


def see_page(seen: Seen, number: int) -> tuple[Page, bytes]:
    """Give the page as OCR saw it, its lines made level, and its picture."""
    height, width = seen.pixels.shape[:2]
    bend = find_bend([piece.quad for piece in seen.pieces], width, height)
    pixels: Pixels = bend_picture(seen.pixels, bend) if bend.matters else seen.pixels
    words = []
    for piece in seen.pieces:
        corners = bend.level(piece.quad.astype(np.float64)) if bend.matters else piece.quad
        words.append(Word(piece.text, _box(corners, width, height), piece.confidence))
    return Page(number, width, height, tuple(words), Origin.OCR), encode(pixels, long_side=PREVIEW)


def _box(corners: NDArray[np.floating[Any]], width: int, height: int) -> Box:
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Box(float(left / width), float(top / height), float((right - left) / width), float((bottom - top) / height))
