"""The file that is attached to a document: the original, or a PDF of its pages where KashFlow would not take that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from capture.intake.service import store
from capture.paper.sheets import Sheet, pages_of, picture_of
from capture.reading.model import Word
from capture.regrouping.places import as_box
from capture.store import FileLost, StoreUnavailable, document_key
from kashflow.errors import Unavailable
from publishing.attaching import Attachable, CannotAttach
from publishing.binding import NoPicture, bind_pages
from publishing.payloads import MOST_BYTES
from publishing.shrinking import shrink_pictures


def fetch_file(payload: Mapping[str, Any]) -> Attachable:
    """Give the file that an attachment's payload asks for.

    Raises:
        CannotAttach: there is none that KashFlow would take (PUB-15).
        Unavailable: the file store did not answer.
    """
    try:
        original = payload["original"]
        if original is not None:
            return Attachable(store().get(document_key(original["sha256"])), original["media_type"])
        sheets = [Sheet(page["sha256"], page["page"], as_box(page["region"])) for page in payload["pages"]]
        pictures, words = [picture_of(sheet) for sheet in sheets], _words_of(sheets)
    except FileLost as error:
        text = "The document is in KashFlow, but its file is no longer in our store, so it could not be attached."
        raise CannotAttach(text) from error
    except StoreUnavailable as error:
        raise Unavailable("The file store did not answer.") from error
    bound = _bind(pictures, words)
    if len(bound) > MOST_BYTES:
        around = len(bound) - sum(map(len, pictures))
        bound = _bind(shrink_pictures(pictures, MOST_BYTES - around), words)
    return Attachable(bound, "application/pdf")


def _words_of(sheets: Sequence[Sheet]) -> list[tuple[Word, ...]]:
    try:
        return [page.words for page in pages_of(sheets)]
    except FileLost:  # the pictures are what matters
        return []


def _bind(pictures: Sequence[bytes], words: Sequence[Sequence[Word]]) -> bytes:
    try:
        return bind_pages(pictures, words)
    except NoPicture as error:
        raise CannotAttach("The document is in KashFlow; its file cannot be made into one that it takes.") from error
