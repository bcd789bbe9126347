"""The page of every file that ever arrived, and what its buttons do."""

from __future__ import annotations

from functools import partial

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from auth.access import needs
from auth.service import list_members
from capture.api import acting, chosen_batch
from capture.describing import describe_received
from capture.intake.formats import Limits, MediaType, Refused, recognise
from capture.intake.service import File, get_channel, keep, receive, store
from capture.jobs import read_submission
from capture.paper.views import download
from capture.reading.errors import LOCKED_PDF, Unreadable
from capture.service import get_submission
from capture.store import document_key
from capture.submissions.deeds import bring_back, enter_by_hand, read_again, read_copy
from capture.submissions.finding import FATES, find_page, read_ask, write_ask
from capture.submissions.models import Document
from capture.submissions.showing import draw_pages, known, quick_reader
from capture.views import pages
from capture.ways.models import Channel, ChannelKind
from core.config import current
from core.db import snapshot, transaction
from core.errors import Incomplete
from worker import enqueue


@pages.post("/submissions")
@needs("submit")
def submit() -> ResponseReturnValue:
    """Take in files from the page; each answers with what became of it."""
    sent = [each for each in request.files.getlist("file") if each.filename]
    if not sent:
        raise Incomplete("Choose one file or more.", field="file")
    with transaction() as session:
        way = ChannelKind.PHONE if request.form.get("via") == ChannelKind.PHONE else ChannelKind.WEB
        batch = chosen_batch(session, get_channel(session, g.organisation_id, way))
    files = (File(each.filename or "document", each.read()) for each in sent)  # one at a time in memory
    received = receive(files, batch, wake=partial(enqueue, read_submission))
    if request.accept_mimetypes.best == "application/json":
        return {"submissions": [describe_received(each) for each in received]}, 202
    for each in received:
        flash(each.problem or f"{each.filename} was received.", "danger" if each.problem else "success")
    return redirect(request.referrer or url_for("capture.show_costs"))


@pages.get("/submissions")
def show_submissions() -> ResponseReturnValue:
    """Show every file that ever arrived and what became of it; asked for by its own page, only what moves."""
    ask = read_ask(request.args)
    with snapshot() as session:
        rows, following = find_page(session, g.connection_id, ask)
        members = list_members(session, g.organisation_id)
        shown = {
            "ask": ask,
            "rows": rows,
            "following": write_ask(ask, after=following) if following else None,
            "first": write_ask(ask, after=None),
            "people": {each.user_id: each.name or each.user.email for each in members},
            "locked": LOCKED_PDF,
        }
        if "HX-Request" in request.headers:
            answer = Response(render_template("capture/submissions/_parts.html", **shown))
            answer.add_etag()
            return answer.make_conditional(request)
        channels = select(Channel).where(Channel.organisation_id == g.organisation_id).order_by(Channel.name)
        return render_template(
            "capture/submissions/list.html", **shown, fates=FATES, channels=list(session.scalars(channels))
        )


@pages.get("/submissions/<int:submission_id>/file")
def download_submission(submission_id: int) -> ResponseReturnValue:
    """Give a file as it arrived."""
    with snapshot() as session:
        return download(get_submission(session, g.connection_id, submission_id))


@pages.post("/submissions/<int:submission_id>/again")
@needs("submit")
def try_again(submission_id: int) -> ResponseReturnValue:
    """Read a file once more that was not read, or that came twice."""
    try:
        media_type = recognise(_bytes_of(submission_id), Limits(max_file_mb=current().max_file_mb))
    except Refused as refusal:
        flash(f"{refusal.code}: {refusal}", "danger")
        return _back()
    if media_type is MediaType.ZIP:
        raise Incomplete("This is a ZIP archive. Send it again, and each file in it gets a row of its own.")
    with transaction() as session:
        read_again(session, g.connection_id, submission_id, acting(), media_type)
    enqueue(read_submission, submission_id)
    flash("It is read again.")
    return _back()


@pages.post("/submissions/<int:submission_id>/password")
@needs("submit")
def unlock(submission_id: int) -> ResponseReturnValue:
    """Read a PDF by its password, which is used here and now and kept nowhere: what is kept is a copy without it."""
    data = _bytes_of(submission_id)
    try:
        with quick_reader() as reader:
            copy = reader.unlock(data, request.form.get("password", "").replace("\0", ""))
    except Unreadable as error:
        flash(f"{error.code}: {error}", "danger")
        return _back()
    (stored,) = keep(File("copy", copy))
    if stored.refusal is not None:
        raise stored.refusal
    with transaction() as session:
        read_copy(session, g.connection_id, submission_id, acting(), stored)
    enqueue(read_submission, submission_id)
    flash("Unlocked. A copy that opens without the password is kept beside the original; the password is not.")
    return _back()


@pages.post("/submissions/<int:submission_id>/item")
@needs("review")
def enter_item(submission_id: int) -> ResponseReturnValue:
    """Make an item to fill in by hand, with the file beside it where it can be shown."""
    with snapshot() as session:
        document = known(get_submission(session, g.connection_id, submission_id).readable)
    drawn = draw_pages(document) if document else None
    with transaction() as session:
        if document and drawn:
            session.get_one(Document, document.id).pages = drawn
        item = enter_by_hand(session, g.connection_id, submission_id, acting())
    return redirect(url_for("capture.show_item", item_id=item.id))


@pages.post("/submissions/<int:submission_id>/restore")
@needs("review")
def restore_submission(submission_id: int) -> ResponseReturnValue:
    """Bring back what was made from a file and then archived or deleted."""
    with transaction() as session:
        items = bring_back(session, g.connection_id, submission_id, acting())
    flash("Restored." if len(items) == 1 else f"Restored {len(items)} items.")
    return redirect(url_for("capture.show_item", item_id=items[0].id) if len(items) == 1 else _address())


def _bytes_of(submission_id: int) -> bytes:
    with snapshot() as session:
        document = get_submission(session, g.connection_id, submission_id).document
    if document is None:
        raise Incomplete("This file was not kept. Send it again.")
    return store().get(document_key(document.sha256))


def _back() -> ResponseReturnValue:
    return redirect(_address())


def _address() -> str:
    return request.referrer or url_for("capture.show_submissions")
