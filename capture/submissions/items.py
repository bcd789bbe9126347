"""The items that became of files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.models import Item
from capture.submissions.models import Submission, SubmissionState


def items_of(session: Session, submission: Submission) -> list[Item]:
    """Give the items that a file became; a duplicate's are those of the first, unless it has its own."""
    made = items_by_file(session, [submission])
    return made.get(submission.id) or made.get(submission.duplicate_of_id) or []


def items_by_file(session: Session, files: Iterable[Submission]) -> dict[int | None, list[Item]]:
    """Give the items that each of these files became, and each that one of them repeats, by the file's id.

    Of files that were read as one document, that of the first; of what was split or merged, what is in its place.
    """
    found = _made_from(
        session, {each for file in files for each in (file.id, file.group_id, file.duplicate_of_id) if each}
    )
    for file in files:
        if file.state is SubmissionState.READ and file.id not in found and file.group_id in found:
            found[file.id] = found[file.group_id]
    return {file_id: sorted(items, key=lambda item: item.id) for file_id, items in found.items()}


def _made_from(session: Session, ids: set[int | None]) -> dict[int | None, set[Item]]:
    found: dict[int | None, set[Item]] = defaultdict(set)
    for item in session.scalars(select(Item).where(Item.submission_id.in_(ids), Item.made_by_id.is_(None))):
        found[item.submission_id].add(item)
    while gone := {item.replaced_by_id for items in found.values() for item in items if item.replaced_by_id}:
        made: dict[int | None, set[Item]] = defaultdict(set)
        for item in session.scalars(select(Item).where(Item.made_by_id.in_(gone))):
            made[item.made_by_id].add(item)
        for items in found.values():
            for item in [each for each in items if each.replaced_by_id]:
                items.remove(item)
                items.update(made[item.replaced_by_id])
    return found
