"""Which items a file becomes: as its batch's mode says; what else it looks like is only proposed (CAP-5)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.coding.making import begin_unread, make_item
from capture.models import Item
from capture.reading.model import Outcome, Reading
from capture.regrouping.places import Place, as_proposal
from capture.rereading import text_of
from capture.review import settle
from capture.submissions.models import OPEN, Document, Mode, Submission, SubmissionState
from core.db import take_turn


def items_from(session: Session, submission: Submission, document: Document, outcome: Outcome) -> list[Item]:
    """Make the items of a file that was read; those whose pages are read anew wait for that."""
    if submission.group_id is not None and not _is_late(session, submission):
        return close_group(session, submission)
    pages = [page.number for page in outcome.pages]
    readings = outcome.readings or (Reading(pages=tuple(pages)),)
    found = [[Place(page, reading.region) for page in reading.pages] for reading in readings]
    if submission.mode is Mode.PAGES and len(pages) > 1:
        return _one_each(session, submission, document, [[Place(page)] for page in pages])
    if submission.mode is Mode.SPLIT and len(found) > 1:
        return _one_each(session, submission, document, found)
    if len(found) == 1:
        return [make_item(session, submission, readings[0], text_of(outcome.pages))]
    item = begin_unread(session, submission, [(document.id, page, None) for page in pages])
    item.proposal = as_proposal(found)
    settle(session, item)
    return [item]


def close_group(session: Session, submission: Submission) -> list[Item]:
    """Make the one item of files that are one document, once the last of them was read or given up."""
    if submission.group_id is None or _is_late(session, submission):
        return []
    session.flush()
    members = _members(session, submission.group_id)
    read = [each for each in members if each.state is SubmissionState.READ]
    if any(each.state in OPEN for each in members) or not read:
        return []
    documents = [each.readable for each in read if each.readable is not None]
    places = [(each.id, page, None) for each in documents for page in range(1, len(each.pages) + 1)]
    item = begin_unread(session, members[0], places)
    lost = [each for each in members if each.state is SubmissionState.UNREADABLE]
    item.notes = [f"{each.filename} is not part of this: {each.problem}" for each in lost]
    return [item]


def _one_each(
    session: Session, submission: Submission, document: Document, parts: Sequence[Sequence[Place]]
) -> list[Item]:
    return [
        begin_unread(session, submission, [(document.id, place.position, place.region) for place in part])
        for part in parts
    ]


def _members(session: Session, group_id: int) -> list[Submission]:
    wanted = select(Submission).where(Submission.group_id == group_id).order_by(Submission.id)
    return list(session.scalars(wanted))


def _is_late(session: Session, submission: Submission) -> bool:
    """Tell whether a file comes after the others' item was made; it then goes its own way."""
    take_turn(session, f"group {submission.group_id}")
    made = session.scalar(select(Item.id).where(Item.submission_id == submission.group_id).limit(1))
    if made is not None:
        submission.group_id = None
    return made is not None
