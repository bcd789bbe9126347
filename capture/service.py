"""Reads of items and submissions; every read is bound to its connection and organisation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from capture.models import Document, Item, ItemState, Submission, SubmissionState
from core.db import LARGEST_ID
from core.errors import NotFound
from kashflow.ledger import Kind


@dataclass(frozen=True)
class Wanted:
    """Which items are asked for. ``after`` is the id after which a page begins (the newest come first)."""

    kind: Kind | None = None
    states: tuple[ItemState, ...] = ()
    archived: bool = False
    deleted: bool = False
    after: int | None = None
    limit: int = 50


def get_item(session: Session, connection_id: int, item_id: int) -> Item:
    """Give one item, held against changes by others until the transaction ends.

    Raises:
        NotFound: this connection has no such item.
    """
    wanted = select(Item).where(Item.id == item_id, Item.connection_id == connection_id)
    item = session.scalar(wanted.with_for_update(of=Item)) if 0 < item_id <= LARGEST_ID else None
    if item is None:
        raise NotFound("There is no such item.")
    return item


def list_items(session: Session, connection_id: int, wanted: Wanted) -> tuple[list[Item], int | None]:
    """Give one page of items, the newest first, and the id after which the next page begins."""
    query = _of(connection_id, wanted)
    if wanted.after is not None:
        query = query.where(Item.id < wanted.after)
    items = list(session.scalars(query.order_by(Item.id.desc()).limit(wanted.limit + 1)))
    more = len(items) > wanted.limit
    return items[: wanted.limit], items[wanted.limit - 1].id if more else None


def _of(connection_id: int, wanted: Wanted) -> Select[Item]:
    query = select(Item).where(Item.connection_id == connection_id)
    if wanted.kind is not None:
        query = query.where(Item.kind == wanted.kind)
    if wanted.states:
        query = query.where(Item.state.in_(wanted.states))
    query = query.where(Item.deleted_at.is_not(None) if wanted.deleted else Item.deleted_at.is_(None))
    if not wanted.deleted:
        query = query.where(Item.archived_at.is_not(None) if wanted.archived else Item.archived_at.is_(None))
    return query


def get_submission(session: Session, connection_id: int, submission_id: int) -> Submission:
    """Give one submission.

    Raises:
        NotFound: this connection has no such submission.
    """
    wanted = select(Submission).where(Submission.id == submission_id, Submission.connection_id == connection_id)
    submission = session.scalar(wanted)
    if submission is None:
        raise NotFound("There is no such submission.")
    return submission


def open_submissions(session: Session, connection_id: int) -> list[Submission]:
    """Give the submissions that are not read yet, and those that ended without an item in the last ones."""
    wanted = select(Submission).where(
        Submission.connection_id == connection_id,
        Submission.state.in_([SubmissionState.RECEIVED, SubmissionState.PROCESSING]),
    )
    return list(session.scalars(wanted.order_by(Submission.id.desc())))


def items_of(session: Session, submission: Submission) -> list[int]:
    """Give the ids of the items that a submission made; a duplicate's are those of the first, unless it has its own."""
    made = select(Item.id).order_by(Item.id)
    own = list(session.scalars(made.where(Item.submission_id == submission.id)))
    if own or submission.duplicate_of_id is None:
        return own
    return list(session.scalars(made.where(Item.submission_id == submission.duplicate_of_id)))


def get_document(session: Session, connection_id: int, item_id: int, position: int) -> tuple[Document, int]:
    """Give the document behind one of an item's pages, and the number of the page in it.

    Raises:
        NotFound: there is no such item or page.
    """
    item = session.scalar(select(Item).where(Item.id == item_id, Item.connection_id == connection_id))
    page = next((page for page in item.pages if page.position == position), None) if item is not None else None
    if page is None:
        raise NotFound("There is no such page.")
    return page.document, page.page
