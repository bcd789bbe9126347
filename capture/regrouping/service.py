"""Splitting an item, merging items, and taking either back.

What an item was made from is kept as it is, deleted with its place taken; undoing brings it back and takes those that
were made out of use. No file is altered: items show pages, or parts of pages, of documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.coding.making import PagePlace, begin_unread
from capture.history.events import Who, record
from capture.models import EDITABLE, Item, ItemValue, Layer
from capture.regrouping.models import Deed, Regrouping
from capture.regrouping.places import Part, as_box, check_parts, inner, numbers
from capture.review import settle
from capture.service import check_in_use, get_item
from capture.submissions.models import Submission
from core.db import LARGEST_ID, now
from core.errors import Conflict, Incomplete, NotFound

MOST_PAGES = 200
STAYS = ("kind", "owner")  # of a split item, what its parts take over where a person or the batch said it
SAID = ("field", "layer", "value", "entry_id", "origin", "user_id", "reason", "at")
AMOUNTS = frozenset({"net", "tax", "total", "vat_rate", "lines"})  # what a merged item is read for anew
IN_DOUBT = frozenset({"PUB-9", "PUB-11"})  # a person has to say first whether it is in KashFlow


class OnItsWay(Conflict):
    """The item is published, or on its way, and stays as it is."""

    code = "PUB-10"


class NotMerged(Incomplete):
    """These items cannot become one."""

    code = "CAP-5"


class CannotUndo(Conflict):
    """A split or merge cannot be taken back any more, or was."""

    code = "undo"


def split_item(session: Session, item: Item, parts: Sequence[Part], who: Who) -> list[Item]:
    """Make an item of each of these parts of an item, which they take the place of; they are read anew.

    Raises:
        NotDivided: these are no parts of it.
        OnItsWay: it is published or on its way, deleted or archived.
    """
    _check_free(item)
    check_parts(parts, len(item.pages))
    regrouping = _begin(session, item, Deed.SPLIT, who)
    made = [_make(session, item, _places(item, part), regrouping) for part in parts]
    for each in made:
        _take_over(each, [value for value in item.values if value.field in STAYS and value.layer is Layer.PERSON])
        settle(session, each)
    _replace([item], regrouping)
    record(session, item, who, "split", detail={"problem": f"into {_named(made)}"})
    for part, each in zip(parts, made, strict=True):
        pages = numbers([place.position for place in part])
        record(session, each, who, "split off", detail={"problem": f"{pages} of item {item.id}"})
    session.flush()
    return made


def merge_items(session: Session, items: Sequence[Item], who: Who) -> Item:
    """Make one item of several, with all their pages in this order; they go out of use and it is read anew.

    What people entered stays where they agree, but for the amounts.

    Raises:
        NotMerged: these cannot be one.
        OnItsWay: one of them is published or on its way, deleted or archived.
    """
    for item in items:
        _check_free(item)
    pages = [page for item in items for page in item.pages]
    if len({item.id for item in items}) < 2:  # noqa: PLR2004 - one is no merge
        raise NotMerged("Choose two items or more to merge.")
    if len({item.kind for item in items}) > 1:
        raise NotMerged("A cost and a sale cannot be one document. Move one of them first, then merge.")
    if not 0 < len(pages) <= MOST_PAGES:
        raise NotMerged(f"A document has 1 to {MOST_PAGES} pages; these have {len(pages)} together.")
    regrouping = _begin(session, items[0], Deed.MERGE, who)
    places = [(page.document_id, page.page, as_box(page.region)) for page in pages]
    made = _make(session, next(item for item in items if item.pages), places, regrouping)
    _take_over(made, _agreed(items))
    settle(session, made)
    _replace(items, regrouping)
    for item in items:
        record(session, item, who, "merged", detail={"problem": f"into item {made.id}"})
    record(session, made, who, "made", detail={"problem": f"by merging {_named(items)}"})
    session.flush()
    return made


def undo_regrouping(session: Session, regrouping: Regrouping, who: Who) -> list[Item]:
    """Bring back what was split or merged, with its values as they were; what was made goes out of use.

    Raises:
        CannotUndo: that was done already, or one of those that were made is published, or was split or merged itself.
    """
    before, made = items_before(session, regrouping), items_made(session, regrouping)
    if regrouping.undone_at is not None:
        raise CannotUndo("This was undone already.")
    for item in made:
        if item.state not in EDITABLE or item.problem_code in IN_DOUBT:
            raise CannotUndo(f"Item {item.id} is in KashFlow or on its way there. Undo its publishing first.")
        if item.replaced_by_id is not None:
            raise CannotUndo(f"Item {item.id} was itself split or merged since. Undo that first.")
    regrouping.undone_at = now()
    for item in made:
        _put_out(item, regrouping)
        record(session, item, who, "taken back", detail={"problem": f"{_named(before)} in its place"})
    for item in before:
        item.replaced_by_id = item.deleted_at = None
        item.changed_at = now()
        record(session, item, who, "brought back", detail={"problem": f"the {regrouping.deed} was undone"})
    session.flush()
    return before


def keep_as_one(session: Session, item: Item, who: Who) -> None:
    """Let a proposed split go: a person says that it is one document.

    Raises:
        Replaced: it was split or merged meanwhile.
    """
    check_in_use(item)
    if item.proposal:
        found = len(item.proposal)
        item.proposal = []
        record(session, item, who, "kept as one", detail={"problem": f"it had looked like {found} documents"})
        settle(session, item)


def get_regrouping(session: Session, connection_id: int, regrouping_id: int) -> Regrouping:
    """Give one split or merge.

    Raises:
        NotFound: this connection has none such.
    """
    found = session.get(Regrouping, min(regrouping_id, LARGEST_ID), with_for_update=True)
    if found is None or found.connection_id != connection_id:
        raise NotFound("There is no such split or merge.")
    return found


def items_made(session: Session, regrouping: Regrouping) -> list[Item]:
    """Give the items that a split or merge made."""
    return list(session.scalars(select(Item).where(Item.made_by_id == regrouping.id).order_by(Item.id)))


def items_before(session: Session, regrouping: Regrouping) -> list[Item]:
    """Give the items that it was made from, while their place is taken."""
    wanted = select(Item).where(Item.replaced_by_id == regrouping.id)
    others = wanted.where(Item.made_by_id.is_(None) | (Item.made_by_id != regrouping.id))
    return list(session.scalars(others.order_by(Item.id)))


def get_items(session: Session, connection_id: int, ids: Iterable[int]) -> list[Item]:
    """Give several items in this order, held against changes by others.

    Raises:
        NotFound: one of them is none of this connection's.
    """
    chosen = list(dict.fromkeys(ids))
    held = {each: get_item(session, connection_id, each) for each in sorted(chosen)}  # in one order, whoever asks
    return [held[each] for each in chosen]


def _check_free(item: Item) -> None:
    if item.unread_since is not None:
        raise OnItsWay(f"Item {item.id} is being read. Wait a moment, then try again.")
    if item.replaced_by_id is not None:
        raise OnItsWay(f"Item {item.id} was split or merged already. Load the page again.")
    if item.archived_at is not None or item.deleted_at is not None:
        raise OnItsWay(f"Item {item.id} is archived or deleted. Restore it first.")
    if item.state not in EDITABLE:
        text = "is published; undo that first" if item.ledger_number else "is on its way to KashFlow"
        raise OnItsWay(f"Item {item.id} {text}. Nothing was changed.")
    if item.problem_code in IN_DOUBT:
        raise OnItsWay(f"Item {item.id} may be in KashFlow already. First say on its page whether it is there.")


def _begin(session: Session, item: Item, deed: Deed, who: Who) -> Regrouping:
    regrouping = Regrouping(connection_id=item.connection_id, deed=deed, user_id=who.user_id)
    session.add(regrouping)
    session.flush()
    return regrouping


def _make(session: Session, like: Item, places: Iterable[PagePlace], regrouping: Regrouping) -> Item:
    submission = session.get_one(Submission, like.submission_id)
    made = begin_unread(session, submission, places)
    made.made_by_id = regrouping.id
    return made


def _places(item: Item, part: Part) -> list[PagePlace]:
    pages = {page.position: page for page in item.pages}
    shown = ((pages[place.position], place.region) for place in part)
    return [(page.document_id, page.page, inner(as_box(page.region), region)) for page, region in shown]


def _take_over(item: Item, values: Iterable[ItemValue]) -> None:
    """Let an item have what a person said of another."""
    for value in values:
        item.values.append(ItemValue(**{name: getattr(value, name) for name in SAID}))


def _agreed(items: Sequence[Item]) -> list[ItemValue]:
    """Give what people said of some of these items, where nobody said otherwise of another."""
    said: dict[str, list[ItemValue]] = {}
    for value in (value for item in items for value in item.values if value.layer is Layer.PERSON):
        said.setdefault(value.field, []).append(value)
    agreed = (values for name, values in said.items() if name not in AMOUNTS)
    return [values[0] for values in agreed if len({(value.value, value.entry_id) for value in values}) == 1]


def _replace(items: Iterable[Item], regrouping: Regrouping) -> None:
    for item in items:
        _put_out(item, regrouping)


def _put_out(item: Item, regrouping: Regrouping) -> None:
    item.replaced_by_id = regrouping.id
    item.unread_since = None
    item.deleted_at = item.changed_at = now()


def _named(items: Sequence[Item]) -> str:
    ids = [str(item.id) for item in items]
    return f"item {ids[0]}" if len(ids) == 1 else f"items {', '.join(ids[:-1])} and {ids[-1]}"
