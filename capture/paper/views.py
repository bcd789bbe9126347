"""What items show: the words and pictures of their pages, and their documents as they arrived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Response, g, request, send_from_directory
from flask.typing import ResponseReturnValue

from capture.intake.service import store
from capture.paper.sheets import Sheet, pages_of, picture_of, sheet_of
from capture.paper.thumbs import card, thumbnail
from capture.service import get_item, get_page, submission_of
from capture.store import FileLost, document_key
from capture.submissions.models import Submission
from capture.views import pages
from core.config import ROOT
from core.db import snapshot
from core.errors import Incomplete

POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pages.get("/items/<int:item_id>/words")
def show_words(item_id: int) -> ResponseReturnValue:
    """Give the words on an item's pages with their places, so that a click on one can fill a field."""
    with snapshot() as session:
        item = get_item(session, g.connection_id, item_id)
        sheets = [sheet_of(page) for page in item.pages]
    return {
        str(page.number): [[word.text, *asdict(word.box).values()] for word in page.words] for page in pages_of(sheets)
    }


@pages.get("/items/<int:item_id>/pages/<int:position>.jpg")
def show_picture(item_id: int, position: int) -> ResponseReturnValue:
    """Give the picture of one of an item's pages, which we rendered."""
    return _picture(item_id, position, picture_of)


@pages.get("/items/<int:item_id>/pages/<int:position>/card.jpg")
def show_card(item_id: int, position: int) -> ResponseReturnValue:
    """Give a page in the size of a playing card."""
    return _picture(item_id, position, card)


@pages.get("/items/<int:item_id>/thumb.jpg")
def show_thumbnail(item_id: int) -> ResponseReturnValue:
    """Give a small picture of an item's first page."""
    return _picture(item_id, 1, thumbnail)


@pages.get("/items/<int:item_id>/document")
def download_document(item_id: int) -> ResponseReturnValue:
    """Give an item's document as it arrived; of one with several, that of the page that is named."""
    with snapshot() as session:
        item = get_item(session, g.connection_id, item_id)
        named = request.args.get("page", type=int)
        page = get_page(session, g.connection_id, item_id, named) if named is not None else None
        submission = item.submission if page is None else submission_of(session, item, page)
        if submission is None:
            raise Incomplete("This item has no document.")
        return download(submission)


def download(submission: Submission) -> Response:
    """Give a file as it arrived.

    Raises:
        Incomplete: it was not kept.
    """
    document = submission.document
    if document is None:
        raise Incomplete("This file was over the size limit and was not kept.")
    answer = Response(store().get(document_key(document.sha256)), content_type=document.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=submission.filename)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _picture(item_id: int, position: int, make: Callable[[Sheet], bytes]) -> ResponseReturnValue:
    """Give a picture of a page; where that is lost, one that says so."""
    with snapshot() as session:
        sheet = sheet_of(get_page(session, g.connection_id, item_id, position))
    try:
        answer = Response(make(sheet), content_type="image/jpeg")
    except FileLost:
        return send_from_directory(ROOT / "static", "no-page.svg"), 404
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer
