"""A pipeline whose documents are Python: each does to its reading process what its text says."""

import sys
from collections.abc import Callable
from pathlib import Path

from capture.reading.errors import EngineMissing, Unreadable
from capture.reading.model import Box, Found, Options, Origin, Outcome, Page, Reading, Word

PICTURE = b"\xff\xd8\xff picture"
KEPT: list[object] = []  # what a document leaves behind in the process


def warm(engine: str) -> None:
    if engine == "missing":
        raise EngineMissing("The OCR engine is not installed.")
    if engine == "broken":
        sys.exit(3)


def outcome(*words: object, pages: int = 1) -> Outcome:
    place = Box(0.1, 0.2, 0.3, 0.04)
    read = tuple(Word(str(word), place) for word in words)
    reading = Reading({"total": Found("12.50", 0.9, Origin.OCR, page=1, box=place)}, pages=tuple(range(1, pages + 1)))
    sheets = tuple(Page(number, 100, 200.5, read, Origin.OCR) for number in reading.pages)
    return Outcome(sheets, (PICTURE,) * pages, (reading,), "none", 0.1, ("0" * 64,) * pages)


def read_file(path: Path, media_type: str, options: Options, *, begin_page: Callable[[int], None]) -> Outcome:
    names = {"path": path, "media_type": media_type, "options": options, "begin_page": begin_page, "kept": KEPT}
    helpers = {"outcome": outcome, "Unreadable": Unreadable, "EngineMissing": EngineMissing, "words": []}
    room = {**names, **helpers}
    exec(path.read_text(encoding="utf-8"), room)  # noqa: S102 - it is what this pipeline is for
    words = room["words"]
    if isinstance(words, Outcome):
        return words
    assert isinstance(words, list)
    return outcome(*words)
