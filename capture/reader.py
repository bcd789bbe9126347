"""The reading of one submission: its file goes through the reading process, its items come out. Safe to run twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import or_, select

from capture.history.events import WORKER, record
from capture.intake.service import store
from capture.lessons.giving import anchors_of
from capture.paper.sheets import keep_pages
from capture.reading.errors import EngineMissing, Unreadable
from capture.reading.model import Anchor, Outcome
from capture.reading.service import Reader, ReadingUnavailable
from capture.rereading import own_names, read_item
from capture.store import StoreFull, StoreUnavailable, document_key
from capture.submissions.models import OPEN, Document, Submission, SubmissionState
from capture.submissions.proposing import close_group, items_from
from core.config import current
from core.db import LockTaken, now, process_lock, snapshot, transaction
from core.log import get_logger

log = get_logger(__name__)
MOST_ATTEMPTS = 3
PAUSE_SECONDS = 8  # before a file is tried again


@dataclass(frozen=True)
class Claim:
    """What is read, and for whom."""

    submission_id: int
    sha256: str
    media_type: str
    own: tuple[str, ...]
    anchors: tuple[Anchor, ...]


@cache
def reader() -> Reader:
    """Give this process's reader, with its child."""
    return Reader()


def read_one(submission_id: int) -> list[int]:
    """Read one submission and give the ids of the items it made; nothing when it is done or another process has it."""
    try:
        with process_lock(f"submission:{submission_id}"):
            claim = _claim(submission_id)
            if claim is None:
                log.info("nothing left to read", submission=submission_id)
                return []
            return _read(claim)
    except LockTaken:
        log.info("submission is being read", submission=submission_id)
        return []


def is_being_read(submission_id: int) -> bool:
    """Tell whether a living process is reading this submission."""
    try:
        with process_lock(f"submission:{submission_id}"):
            return False
    except LockTaken:
        return True


def _claim(submission_id: int) -> Claim | None:
    with transaction() as session:
        submission = session.get(Submission, submission_id)
        if submission is None or submission.state not in OPEN or submission.readable is None:
            return None
        submission.attempts += 1
        if submission.attempts > MOST_ATTEMPTS:
            text = "Reading this file failed several times. The file is kept; enter it by hand, or try again."
            _end(submission, SubmissionState.UNREADABLE, "CAP-2", text)
            close_group(session, submission)  # the sweep reads what that makes
            return None
        submission.state = SubmissionState.PROCESSING
        submission.started_at = now()
        names = own_names(session, submission.connection_id)
        anchors = anchors_of(session, submission.connection_id)
        file = submission.readable
        return Claim(submission_id, file.sha256, file.media_type, names, anchors)


def _read(claim: Claim) -> list[int]:
    settings = current()
    try:
        outcome = reader().read(
            store().get(document_key(claim.sha256)),
            media_type=claim.media_type,
            engine=settings.ocr_engine,
            own=claim.own,
            max_pages=settings.max_pages,
            anchors=claim.anchors,
        )
        keep_pages(claim.sha256, outcome)
    except Unreadable as error:
        with transaction() as session:
            submission = session.get_one(Submission, claim.submission_id)
            _end(submission, SubmissionState.UNREADABLE, error.code, str(error))
            record(session, submission, WORKER, "unreadable")
            made = [item.id for item in close_group(session, submission)]  # which wait to be read
        log.info("unreadable", submission=claim.submission_id, code=error.code)
        _read_items(made)
        return made
    except (ReadingUnavailable, EngineMissing, StoreUnavailable, StoreFull):  # not the file's fault: it is no attempt
        with transaction() as session:
            submission = session.get_one(Submission, claim.submission_id)
            submission.state, submission.attempts = SubmissionState.RECEIVED, submission.attempts - 1
        raise
    return _make_items(claim, outcome)


def _make_items(claim: Claim, outcome: Outcome) -> list[int]:
    with transaction() as session:
        submission = session.get_one(Submission, claim.submission_id)
        document = session.get_one(Document, submission.unlocked_id or submission.document_id)
        document.likeness = outcome.likenesses[0] if outcome.likenesses else None
        document.pages = [{"width": page.width, "height": page.height} for page in outcome.pages]
        _end(submission, SubmissionState.READ, None, None)
        made = items_from(session, submission, document, outcome)
        detail = {"seconds": round(outcome.seconds, 2), "engine": outcome.engine}
        for item in made:
            if item.unread_since is None:
                record(session, item, WORKER, "read", detail=detail)
        log.info("read", submission=claim.submission_id, items=len(made), seconds=detail["seconds"])
        ids = [item.id for item in made]
        waiting = [item.id for item in made if item.unread_since is not None]
    _read_items(waiting)
    return ids


def _read_items(ids: list[int]) -> None:
    """Read items that wait for it."""
    try:
        for item_id in ids:
            read_item(reader(), item_id)
    except ReadingUnavailable as error:  # they stay due
        log.warning("items wait to be read", problem=str(error))


def _end(submission: Submission, state: SubmissionState, code: str | None, problem: str | None) -> None:
    submission.state, submission.problem_code, submission.problem = state, code, problem
    submission.ended_at = now()


def due_submissions() -> list[int]:
    """Give the submissions that wait to be read, or whose reader died."""
    pause = now() - timedelta(seconds=PAUSE_SECONDS)
    with snapshot() as session:
        rows = session.execute(
            select(Submission.id, Submission.state)
            .where(Submission.state.in_(OPEN), or_(Submission.started_at.is_(None), Submission.started_at < pause))
            .order_by(Submission.received_at)
            .limit(500)
        ).all()
    return [row.id for row in rows if row.state is SubmissionState.RECEIVED or not is_being_read(row.id)]
