"""What can still be done with a file that arrived: read it again, unlock it, enter it by hand, bring it back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from capture.coding.making import make_item
from capture.history.events import Who, record
from capture.intake.formats import MediaType
from capture.intake.service import Stored, keep_document
from capture.models import Item
from capture.reading.model import Reading
from capture.service import get_submission
from capture.status import restore
from capture.submissions.items import items_by_file
from capture.submissions.models import Submission, SubmissionState
from core.db import take_turn
from core.errors import Conflict, Incomplete

WITHOUT_ITEM = (SubmissionState.REJECTED, SubmissionState.UNREADABLE, SubmissionState.DUPLICATE)


def read_again(session: Session, connection_id: int, submission_id: int, who: Who, media_type: MediaType) -> Submission:
    """Let a file be read that was not, whatever the reason; the kind is what its content says now.

    Raises:
        NotFound: this connection has no such submission.
        Conflict: it was read, is about to be, or was entered by hand.
    """
    submission = _without_item(session, connection_id, submission_id)
    if submission.document is None:
        raise Incomplete("This file was not kept. Send it again.")
    submission.document.media_type = media_type.value
    what = "processed anyway" if submission.state is SubmissionState.DUPLICATE else "tried again"
    return _let_read(session, submission, who, what)


def read_copy(session: Session, connection_id: int, submission_id: int, who: Who, copy: Stored) -> Submission:
    """Let a copy be read that opens without a password, beside the file itself, which stays as it came.

    Raises:
        NotFound: this connection has no such submission.
        Conflict: it was read, is about to be, or was entered by hand.
    """
    submission = _without_item(session, connection_id, submission_id)
    submission.unlocked = keep_document(session, submission.organisation_id, copy)
    return _let_read(session, submission, who, "unlocked")


def enter_by_hand(session: Session, connection_id: int, submission_id: int, who: Who) -> Item:
    """Make an item from a file of which nothing was read; asked twice, give the same item.

    Raises:
        NotFound: this connection has no such submission.
        Conflict: it was read, or is about to be.
    """
    submission = _held(session, connection_id, submission_id)
    made = next((item for item in _own_items(session, submission) if item.deleted_at is None), None)
    if made is not None:
        return made
    submission = _without_item(session, connection_id, submission_id)
    pages = range(1, len(submission.readable.pages) + 1) if submission.readable else ()
    item = make_item(session, submission, Reading(pages=tuple(pages)), "")
    record(session, item, who, "entered by hand")
    session.flush()
    return item


def bring_back(session: Session, connection_id: int, submission_id: int, who: Who) -> list[Item]:
    """Restore the items of a file from the archive and from among the deleted.

    Raises:
        NotFound: this connection has no such submission.
        Incomplete: none of them is there.
    """
    submission = _held(session, connection_id, submission_id)
    away = [item for item in _own_items(session, submission) if item.archived_at or item.deleted_at]
    if not away:
        raise Incomplete("Nothing of this file is archived or deleted.")
    return [restore(session, connection_id, item.id, who) for item in away]


def _held(session: Session, connection_id: int, submission_id: int) -> Submission:
    take_turn(session, f"submission {submission_id}")
    return get_submission(session, connection_id, submission_id)


def _own_items(session: Session, submission: Submission) -> list[Item]:
    return items_by_file(session, [submission]).get(submission.id, [])


def _without_item(session: Session, connection_id: int, submission_id: int) -> Submission:
    submission = _held(session, connection_id, submission_id)
    if submission.state not in WITHOUT_ITEM:
        raise Conflict("This file was read already, or is about to be.")
    if any(item.deleted_at is None for item in _own_items(session, submission)):
        raise Conflict("This file was entered by hand already. Delete that item first.")
    return submission


def _let_read(session: Session, submission: Submission, who: Who, what: str) -> Submission:
    submission.state, submission.attempts, submission.started_at = SubmissionState.RECEIVED, 0, None
    submission.problem_code = submission.problem = submission.duplicate_of_id = submission.ended_at = None
    record(session, submission, who, what)
    session.flush()
    return submission
