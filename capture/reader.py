"""The reading of one submission: its file goes through the reading process, its items come out. Safe to run twice."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import or_, select

from auth.models import Organisation
from capture.coding import make_item
from capture.events import WORKER, record
from capture.intake import document_key, store
from capture.models import Document, Submission, SubmissionState
from capture.reading.errors import EngineMissing, Unreadable
from capture.reading.model import Outcome, Page, Reading
from capture.reading.service import Reader, ReadingUnavailable
from capture.store import StoreFull, StoreUnavailable
from core.config import current
from core.db import LockTaken, now, process_lock, snapshot, transaction
from core.log import get_logger
from kashflow.models import Connection

log = get_logger(__name__)
MOST_ATTEMPTS = 3
PAUSE_SECONDS = 8  # before a file is tried again
OPEN = (SubmissionState.RECEIVED, SubmissionState.PROCESSING)


@dataclass(frozen=True)
class Claim:
    """What is read, and for whom."""

    submission_id: int
    sha256: str
    media_type: str
    own: tuple[str, ...]


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
            return None
        submission.state = SubmissionState.PROCESSING
        submission.started_at = now()
        organisation = session.get_one(Organisation, submission.organisation_id)
        connection = session.get_one(Connection, submission.connection_id)
        own = [organisation.name, organisation.vat_number, connection.company, connection.company_vat_number]
        names = tuple(name for name in [*own, *organisation.own_names] if name)
        return Claim(submission_id, submission.readable.sha256, submission.readable.media_type, names)


def _read(claim: Claim) -> list[int]:
    settings = current()
    try:
        outcome = reader().read(
            store().get(document_key(claim.sha256)),
            media_type=claim.media_type,
            engine=settings.ocr_engine,
            own=claim.own,
            max_pages=settings.max_pages,
        )
        keep_pages(claim.sha256, outcome)
    except Unreadable as error:
        with transaction() as session:
            submission = session.get_one(Submission, claim.submission_id)
            _end(submission, SubmissionState.UNREADABLE, error.code, str(error))
            record(session, submission, WORKER, "unreadable")
        log.info("unreadable", submission=claim.submission_id, code=error.code)
        return []
    except (ReadingUnavailable, EngineMissing, StoreUnavailable, StoreFull):  # not the file's fault: it is no attempt
        with transaction() as session:
            submission = session.get_one(Submission, claim.submission_id)
            submission.state, submission.attempts = SubmissionState.RECEIVED, submission.attempts - 1
        raise
    return _make_items(claim, outcome)


def keep_pages(sha256: str, outcome: Outcome) -> None:
    """Keep the pictures of a document's pages and the words on them."""
    for page, picture in zip(outcome.pages, outcome.pictures, strict=True):
        store().put_made(picture_key(sha256, page.number), picture)
    words = [[[word.text, *asdict(word.box).values()] for word in page.words] for page in outcome.pages]
    store().put_made(words_key(sha256), json.dumps(words).encode())


def _make_items(claim: Claim, outcome: Outcome) -> list[int]:
    with transaction() as session:
        submission = session.get_one(Submission, claim.submission_id)
        document = session.get_one(Document, submission.unlocked_id or submission.document_id)
        document.likeness = outcome.likenesses[0] if outcome.likenesses else None
        document.pages = [{"width": page.width, "height": page.height} for page in outcome.pages]
        readings = outcome.readings or (Reading(pages=tuple(page.number for page in outcome.pages)),)
        made = [make_item(session, submission, each, text_of(outcome.pages, each)) for each in readings]
        _end(submission, SubmissionState.READ, None, None)
        for item in made:
            record(
                session, item, WORKER, "read", detail={"seconds": round(outcome.seconds, 2), "engine": outcome.engine}
            )
        log.info("read", submission=claim.submission_id, items=len(made), seconds=round(outcome.seconds, 2))
        return [item.id for item in made]


def _end(submission: Submission, state: SubmissionState, code: str | None, problem: str | None) -> None:
    submission.state, submission.problem_code, submission.problem = state, code, problem
    submission.ended_at = now()


def text_of(pages: tuple[Page, ...], reading: Reading) -> str:
    """Give all that was read on a document's pages, for rules that look for a text."""
    return " ".join(word.text for page in pages if page.number in reading.pages for word in page.words)


def picture_key(sha256: str, page: int) -> str:
    """Give the key, among things made from documents, of a page's picture."""
    return f"pages/{sha256[:2]}/{sha256}-{page}.jpg"


def words_key(sha256: str) -> str:
    """Give the key of the words of a document's pages: for each page [[text, x, y, width, height], ...]."""
    return f"words/{sha256[:2]}/{sha256}.json"


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
