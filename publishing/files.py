"""The file that is attached to a document: the original, or a PDF of its pages where KashFlow would not take that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from capture.intake import document_key, store
from capture.reader import picture_key
from capture.store import FileLost, StoreUnavailable
from kashflow.errors import Unavailable
from publishing.attaching import Attachable, CannotAttach
from publishing.binding import bind_pages


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
        pictures = [store().get(f"made/{picture_key(page['sha256'], page['page'])}") for page in payload["pages"]]
    except FileLost as error:
        text = "The document is in KashFlow, but its file is no longer in our store, so it could not be attached."
        raise CannotAttach(text) from error
    except StoreUnavailable as error:
        raise Unavailable("The file store did not answer.") from error
    return Attachable(bind_pages(pictures), "application/pdf")
