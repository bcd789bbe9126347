"""The reading of an item over the pages it shows, from the words that are kept of them. Safe to run twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organisation
from capture.coding.making import fill_item
from capture.history.events import WORKER, record
from capture.lessons.giving import anchors_of
from capture.models import Item
from capture.paper.sheets import Sheet, einvoice_of, pages_of, sheet_of
from capture.reading.errors import Unreadable
from capture.reading.model import Anchor, Known, Page, Reading
from capture.reading.service import Reader
from capture.review import settle
from capture.store import FileLost
from core.config import current
from core.db import LockTaken, now, process_lock, snapshot, transaction
from core.log import get_logger
from kashflow.models import Connection

log = get_logger(__name__)
PAUSE_SECONDS = 8  # before the sweep takes it up
LOST = "The words of this document are no longer in our store. Enter it by hand, or send its file in again."


@dataclass(frozen=True)
class Wanted:
    """What of an item is read, and for whom."""

    sheets: tuple[Sheet, ...]
    own: tuple[str, ...]
    anchors: tuple[Anchor, ...]


def read_item(reader: Reader, item_id: int) -> bool:
    """Read an item that waits for it; tell whether that was done here, and not before or by another process."""
    try:
        with process_lock(f"item:{item_id}"):
            wanted = _find_wanted(item_id)
            if wanted is None:
                log.info("nothing left to read", item=item_id)
                return False
            return _read(reader, item_id, wanted)
    except LockTaken:
        log.info("item is being read", item=item_id)
        return False


def unread_items() -> list[int]:
    """Give the items that have waited to be read for a while: nobody seems to be at it."""
    with snapshot() as session:
        waiting = select(Item.id).where(Item.unread_since < now() - timedelta(seconds=PAUSE_SECONDS))
        return list(session.scalars(waiting.order_by(Item.id).limit(500)))


def own_names(session: Session, connection_id: int) -> tuple[str, ...]:
    """Give the names and VAT numbers of a connection's own business; they tell sales from costs."""
    connection = session.get_one(Connection, connection_id)
    organisation = session.get_one(Organisation, connection.organisation_id)
    own = [organisation.name, organisation.vat_number, connection.company, connection.company_vat_number]
    return tuple(name for name in [*own, *organisation.own_names] if name)


def text_of(pages: tuple[Page, ...]) -> str:
    """Give all that was read on pages, for rules that look for a text."""
    return " ".join(word.text for page in pages for word in page.words)


def _find_wanted(item_id: int) -> Wanted | None:
    with snapshot() as session:
        item = session.get(Item, item_id)
        if item is None or item.unread_since is None:
            return None
        sheets = tuple(map(sheet_of, item.pages))
        return Wanted(sheets, own_names(session, item.connection_id), anchors_of(session, item.connection_id))


def _read(reader: Reader, item_id: int, wanted: Wanted) -> bool:
    try:
        pages = pages_of(wanted.sheets)
        known = Known(pages, einvoice_of(wanted.sheets))
        reading = reader.read_pages(known, engine=current().ocr_engine, own=wanted.own, anchors=wanted.anchors)
    except (Unreadable, FileLost) as error:
        note = LOST if isinstance(error, FileLost) else str(error)
        pages, reading = (), Reading(pages=tuple(range(1, len(wanted.sheets) + 1)), notes=(note,))
    with transaction() as session:
        item = session.get_one(Item, item_id, with_for_update=True)
        if item.unread_since is None:  # split, merged or taken back meanwhile
            return False
        item.unread_since = None
        fill_item(session, item, reading, text_of(pages))
        settle(session, item)
        record(session, item, WORKER, "read", detail={"engine": current().ocr_engine})
    log.info("read", item=item_id)
    return True
