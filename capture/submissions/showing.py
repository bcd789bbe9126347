"""Pages of a file that could not be read, drawn so that a person can enter it; in a child, as everything of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from capture.intake.formats import MediaType
from capture.intake.service import store
from capture.paper.sheets import keep_pages
from capture.reading.errors import Unreadable
from capture.reading.model import NO_ENGINE
from capture.reading.process import Limits
from capture.reading.service import Reader, ReadingUnavailable
from capture.store import FileLost, StoreFull, StoreUnavailable, document_key
from capture.submissions.models import Document
from core.config import current

QUICK = Limits(cpu_seconds=5, seconds=6, most_bytes=512 << 20)  # somebody waits for it
DRAWN = frozenset(set(MediaType) - {MediaType.ZIP, MediaType.XML})


@dataclass(frozen=True)
class Known:
    """A document as far as drawing needs it, read before its transaction ends."""

    id: int
    sha256: str
    media_type: str
    has_pages: bool


def known(document: Document | None) -> Known | None:
    """Give what drawing needs of a document."""
    if document is None:
        return None
    return Known(document.id, document.sha256, document.media_type, bool(document.pages))


def draw_pages(document: Known) -> list[dict[str, Any]] | None:
    """Keep a picture of each page and give their sizes; None where there is nothing to draw, or it cannot be drawn."""
    if document.has_pages or document.media_type not in DRAWN:
        return None
    try:
        data, most = store().get(document_key(document.sha256)), current().max_pages
        with quick_reader() as reader:
            outcome = reader.read(data, media_type=document.media_type, engine=NO_ENGINE, max_pages=most)
        keep_pages(document.sha256, outcome)
    except (Unreadable, ReadingUnavailable, FileLost, StoreFull, StoreUnavailable):  # it is entered all the same
        return None
    return [{"width": page.width, "height": page.height} for page in outcome.pages]


@contextmanager
def quick_reader() -> Iterator[Reader]:
    """Give a reader of one's own that loads no OCR engine."""
    reader = Reader(limits=QUICK)
    try:
        yield reader
    finally:
        reader.close()
