"""The pages of splitting an item and of merging several, and undoing either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from auth.access import needs
from capture.api import acting
from capture.models import EDITABLE, Item, Layer
from capture.regrouping.api import wake
from capture.regrouping.forms import find_differences, read_order, read_parts
from capture.regrouping.models import Regrouping
from capture.regrouping.places import from_proposal, places_by_page
from capture.regrouping.service import (
    get_items,
    get_regrouping,
    items_before,
    items_made,
    keep_as_one,
    merge_items,
    split_item,
    undo_regrouping,
)
from capture.service import SomebodyWasFaster, check_version, get_item
from capture.views import pages
from core.db import snapshot, transaction
from core.errors import Conflict, Incomplete

MOST_OTHERS = 50  # items to choose from for merging


@dataclass(frozen=True)
class Regrouped:
    """What an item came of, or what took its place; ``edited``: when people last changed what was made."""

    regrouping: Regrouping
    before: Sequence[Item]
    made: Sequence[Item]
    edited: str
    can_undo: bool


@pages.get("/items/<int:item_id>/split")
@needs("review")
def show_split(item_id: int) -> ResponseReturnValue:
    """Show an item's pages, to say which belong together."""
    with snapshot() as session:
        item = get_item(session, g.connection_id, item_id)
        return _split_page(item)


@pages.post("/items/<int:item_id>/split")
@needs("review")
def split(item_id: int) -> ResponseReturnValue:
    """Split an item: as was chosen on its page, or as was proposed."""
    try:
        with transaction() as session:
            item = get_item(session, g.connection_id, item_id)
            check_version(item, request.form.get("version", ""))
            proposed = "proposed" in request.form
            parts = from_proposal(item.proposal) if proposed else read_parts(request.form, len(item.pages))
            made = [each.id for each in split_item(session, item, parts, acting())]
    except (Conflict, Incomplete) as error:
        page = "capture.show_item" if "proposed" in request.form else "capture.show_split"
        return _told(error, url_for(page, item_id=item_id))
    wake(made)
    flash(f"Split into {len(made)}." if len(made) > 1 else "The pages that were left out are gone from it.")
    return redirect(url_for("capture.show_item", item_id=made[0]))


@pages.post("/items/<int:item_id>/keep-as-one")
@needs("review")
def keep_whole(item_id: int) -> ResponseReturnValue:
    """Let a proposed split go."""
    try:
        with transaction() as session:
            keep_as_one(session, get_item(session, g.connection_id, item_id), acting())
    except Conflict as error:
        return _told(error, url_for("capture.show_item", item_id=item_id))
    return redirect(url_for("capture.show_item", item_id=item_id))


@pages.get("/merge")
@needs("review")
def show_merge() -> ResponseReturnValue:
    """Show the items that are to become one, in their order, and what they differ in."""
    with snapshot() as session:
        items = get_items(session, g.connection_id, read_order(request.args))
        if not items:
            raise Incomplete("Tick two items or more, then choose Merge.")
        return render_template(
            "capture/regrouping/merge.html",
            items=items,
            others=_others(session, items),
            differences=find_differences(items),
            kinds={item.kind for item in items},
        )


@pages.post("/merge")
@needs("review")
def merge() -> ResponseReturnValue:
    """Merge items in the order they are sent."""
    ids = read_order(request.form)
    try:
        with transaction() as session:
            items = get_items(session, g.connection_id, ids)
            for item in items:
                check_version(item, request.form.get(f"version-{item.id}", ""))
            made = merge_items(session, items, acting()).id
    except (Conflict, Incomplete) as error:
        return _told(error, url_for("capture.show_merge", ids=ids))
    wake([made])
    flash(f"Merged {len(ids)} items into one.")
    return redirect(url_for("capture.show_item", item_id=made))


@pages.post("/regroupings/<int:regrouping_id>/undo")
@needs("review")
def undo(regrouping_id: int) -> ResponseReturnValue:
    """Take a split or merge back."""
    with snapshot() as session:
        made = items_made(session, get_regrouping(session, g.connection_id, regrouping_id))
    try:
        with transaction() as session:
            regrouping = get_regrouping(session, g.connection_id, regrouping_id)
            if request.form.get("edited", "") != last_edited(items_made(session, regrouping), regrouping):
                raise SomebodyWasFaster("Somebody changed what was made.")
            restored = [item.id for item in undo_regrouping(session, regrouping, acting())]
            deed = regrouping.deed
    except Conflict as error:
        return _told(error, url_for("capture.show_item", item_id=made[0].id))
    flash(f"The {deed} was undone.")
    return redirect(url_for("capture.show_item", item_id=restored[0]))


@pages.app_template_global()
def regrouped(item: Item) -> Regrouped | None:
    """Give the split or merge that an item came of, or that took its place."""
    found = item.replaced_by_id or item.made_by_id
    session = object_session(item)
    if found is None or session is None:
        return None
    regrouping = session.get_one(Regrouping, found)
    before, made = items_before(session, regrouping), items_made(session, regrouping)
    at_hand = all(each.state in EDITABLE and each.replaced_by_id is None for each in made)
    can_undo = regrouping.undone_at is None and at_hand
    return Regrouped(regrouping, before, made, last_edited(made, regrouping), can_undo)


def last_edited(made: Sequence[Item], regrouping: Regrouping) -> str:
    """Tell when a person last changed one of these items since they were made; that they were read is no change."""
    values = (value for item in made for value in item.values if value.layer is Layer.PERSON)
    return max((value.at.isoformat() for value in values if value.at > regrouping.at), default="")


def _split_page(item: Item) -> str:
    return render_template(
        "capture/regrouping/split.html", item=item, places=places_by_page(item.proposal, len(item.pages))
    )


def _others(session: Session, items: Sequence[Item]) -> list[Item]:
    """Give the latest items that could be merged with these."""
    wanted = select(Item).where(
        Item.connection_id == g.connection_id,
        Item.kind == items[0].kind,
        Item.state.in_(EDITABLE),
        Item.archived_at.is_(None),
        Item.deleted_at.is_(None),
        Item.id.not_in([item.id for item in items]),
    )
    return list(session.scalars(wanted.order_by(Item.id.desc()).limit(MOST_OTHERS)))


def _told(error: Conflict | Incomplete, address: str) -> ResponseReturnValue:
    meanwhile = "Somebody else changed this meanwhile. Nothing was done; look at it again."
    flash(meanwhile if isinstance(error, SomebodyWasFaster) else str(error), "danger")
    return redirect(address)
