"""Reads of items and submissions; every read is bound to its connection and organisation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, selectinload

from capture.models import Item, ItemPage, ItemState
from capture.submissions.models import OPEN, Submission
from core.db import LARGEST_ID
from core.errors import Conflict, NotFound
from kashflow.ledger import Kind


class Replaced(Conflict):
    """Other items are in the place of this one."""

    code = "CAP-5"


class SomebodyWasFaster(Conflict):
    """The item is no longer the version that was edited."""

    code = "version"
    status = 412


@dataclass(frozen=True)
class Wanted:
    """Which items are asked for. ``after`` is the id after which a page begins (the newest come first)."""

    kind: Kind | None = None
    states: tuple[ItemState, ...] = ()
    archived: bool = False
    deleted: bool = False
    after: int = LARGEST_ID
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


def check_in_use(item: Item) -> None:
    """Insist that an item was not split or merged: others are in its place.

    Raises:
        Replaced: it was.
    """
    if item.replaced_by_id is not None:
        raise Replaced(f"Item {item.id} was split or merged, or that was undone. Nothing was changed; see its page.")


def check_version(item: Item, given: str) -> None:
    """Insist that the item is the version that was edited, where it is told (an ``If-Match`` or a form's field).

    Raises:
        SomebodyWasFaster: it is not.
    """
    wanted = given.strip().strip('"').removeprefix("W/").strip('"')
    if wanted and wanted != "*" and wanted != str(item.version):
        raise SomebodyWasFaster(
            "Somebody else changed this item meanwhile. Your last change was not saved, theirs stands. Look at what "
            "they entered, and enter yours again if it is still right."
        )


def list_items(session: Session, connection_id: int, wanted: Wanted) -> tuple[list[Item], int | None]:
    """Give one page of items, the newest first, and the id after which the next page begins."""
    query = _of(connection_id, wanted).where(Item.id < wanted.after)
    whole = query.options(selectinload(Item.lines), selectinload(Item.values), selectinload(Item.pages))
    items = list(session.scalars(whole.order_by(Item.id.desc()).limit(wanted.limit + 1)))
    more = len(items) > wanted.limit
    return items[: wanted.limit], items[wanted.limit - 1].id if more else None


def _of(connection_id: int, wanted: Wanted) -> Select[Item]:
    query = select(Item).where(Item.connection_id == connection_id)
    if wanted.kind is not None:
        query = query.where(Item.kind == wanted.kind)
    if wanted.states:
        query = query.where(Item.state.in_(wanted.states))
    query = query.where(Item.deleted_at.is_not(None) if wanted.deleted else Item.deleted_at.is_(None))
    if wanted.deleted:
        query = query.where(Item.replaced_by_id.is_(None))
    else:
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
    """Give the submissions that are not read yet, the newest first."""
    wanted = select(Submission).where(Submission.connection_id == connection_id, Submission.state.in_(OPEN))
    return list(session.scalars(wanted.order_by(Submission.id.desc())))


def submission_of(session: Session, item: Item, page: ItemPage) -> Submission | None:
    """Give the file by which a page of an item came: the item's own, or that of an item merged into it."""
    own, document = item.submission, page.document_id
    if own is not None and document in {own.document_id, own.unlocked_id}:
        return own
    brought = or_(Submission.document_id == document, Submission.unlocked_id == document)
    wanted = select(Submission).where(Submission.connection_id == item.connection_id, brought)
    return session.scalars(wanted.order_by(Submission.id).limit(1)).first()


def get_page(session: Session, connection_id: int, item_id: int, position: int) -> ItemPage:
    """Give one of an item's pages.

    Raises:
        NotFound: there is no such item or page.
    """
    item = session.scalar(select(Item).where(Item.id == item_id, Item.connection_id == connection_id))
    page = next((page for page in item.pages if page.position == position), None) if item is not None else None
    if page is None:
        raise NotFound("There is no such page.")
    return page
