"""The inbox, the item page, what came in, and the pictures of pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import needs
from capture.api import acting, bring_back
from capture.checking import Problem, list_needed
from capture.doubles import find_double, keep_both
from capture.editing import Edits, edit_item, parse_edit
from capture.entries.relinking import link_namesakes
from capture.fields import SPECS
from capture.forms import IN_FORM, read_item_form, shown_value
from capture.history.events import history_of
from capture.history.telling import sentence_of
from capture.history.undoing import NothingToUndo, last_edit, undo_edit
from capture.inbox.asking import Ask, read_ask, write_ask
from capture.inbox.finding import neighbours_of
from capture.layers import winners
from capture.models import EDITABLE, Item, ItemValue
from capture.reading.confidence import percent_sure
from capture.service import SomebodyWasFaster, check_version, get_item
from capture.status import archive, delete
from capture.submissions.waiting import Waiting, count_waiting
from core.db import snapshot, transaction
from core.errors import Incomplete
from kashflow.ledger import Kind, ListKind
from lists.matching import Party, similar
from lists.service import list_entries, parties_like

pages = Blueprint("capture", __name__)
NOTHING: Mapping[str, str] = {}
CHOICES = {  # lists that are short enough to stand in the page
    "category": ListKind.CATEGORIES,
    "payment_method": ListKind.PAYMENT_METHODS,
    "bank_account": ListKind.BANK_ACCOUNTS,
}


@pages.get("/items/<int:item_id>")
def show_item(item_id: int) -> ResponseReturnValue:
    """Show one item: its document beside its form."""
    with snapshot() as session:
        item = get_item(session, g.connection_id, item_id)
        return _item_page(session, item)


@pages.post("/items/<int:item_id>/party")
@needs("review")
def choose_party(item_id: int) -> ResponseReturnValue:
    """Link an item whose supplier or customer is known by the read name alone: to a known one, or to a new one."""
    with transaction() as session:
        item = get_item(session, g.connection_id, item_id)
        side = "supplier" if item.kind is Kind.COST else "customer"
        chosen = request.form.get("entry")
        given = {"id": chosen} if chosen else {"name": item.party_name}
        edits = Edits(values={side: parse_edit(session, item, SPECS[side], given)})
        edit_item(session, item, edits, acting())
        party = item.party
    if party is not None:
        link_namesakes(party.id)
    return redirect(url_for("capture.show_item", item_id=item_id))


@pages.post("/items/<int:item_id>/double")
@needs("review")
def settle_double(item_id: int) -> ResponseReturnValue:
    """Keep both an item and the one it looks like, with a reason; or say that it is the same, and delete it."""
    with transaction() as session:
        if request.form.get("same"):
            kind = delete(session, g.connection_id, item_id, acting()).kind
        else:
            keep_both(session, g.connection_id, item_id, request.form.get("reason", ""), acting())
            kind = None
    if kind is None:
        return redirect(url_for("capture.show_item", item_id=item_id))
    flash("Deleted as the same. Its file is kept, and it can be restored.")
    return redirect(url_for(_inbox_of(kind)))


@pages.post("/items/<int:item_id>")
@needs("review")
def save_item(item_id: int) -> ResponseReturnValue:
    """Save the form of one item; asked by the page itself, give what follows from it."""
    by_page, form = "HX-Request" in request.headers, dict(request.form)
    try:
        with transaction() as session:
            item = get_item(session, g.connection_id, item_id)
            check_version(item, form.get("version", ""))
            edits, wrong = read_item_form(session, item, form)
            if edits.values:
                edit_item(session, item, edits, acting())
    except (SomebodyWasFaster, Incomplete) as error:
        wrong = {"": str(error)}
    if wrong or by_page:
        with snapshot() as session:
            page = _item_page(session, get_item(session, g.connection_id, item_id), given=form, wrong=wrong)
            return page, 200 if by_page else 422
    flash("Saved.")
    return redirect(url_for("capture.show_item", item_id=item_id))


@pages.post("/items/<int:item_id>/edits/undo")
@needs("review")
def undo_last_edit(item_id: int) -> ResponseReturnValue:
    """Take back the newest edit of one item."""
    try:
        with transaction() as session:
            undo_edit(session, g.connection_id, item_id, acting())
    except NothingToUndo as error:
        flash(str(error), "danger")
    page = "capture.show_lines" if request.form.get("lines") else "capture.show_item"
    return redirect(url_for(page, item_id=item_id))


def _item_page(
    session: Session, item: Item, *, given: Mapping[str, str] = NOTHING, wrong: Mapping[str, str] = NOTHING
) -> str:
    """Give the page of an item; in fields that are wrong with what was given for them."""
    best = winners(item.values)
    choices = {
        name: [(entry.name, entry.code) for entry in list_entries(session, item.connection_id, kind, kind=item.kind)]
        for name, kind in CHOICES.items()
    }
    rates = [entry.code for entry in list_entries(session, item.connection_id, ListKind.VAT_RATES)]
    return render_template(
        "capture/item.html",
        item=item,
        values={name: given.get(name) if name in wrong else shown_value(item, name) for name in IN_FORM},
        best=best,
        wrong=wrong,
        choices=choices,
        neighbours=neighbours_of(session, item, list_of(item.kind)),
        undoable=last_edit(session, item),
        new_party=_new_party(session, item),
        double=_double_of(session, item),
        rates=rates or ["20", "5", "0", "exempt"],
        marks=[each for name in IN_FORM for each in item.values if name == each.field and _is_shown(each, best[name])],
        problems=[Problem(**each) for each in item.remarks],
        history=history_of(session, item),
        sentence_of=sentence_of,
        labels={name: spec.label for name, spec in SPECS.items()},
    )


def _is_shown(value: ItemValue, best: ItemValue) -> bool:
    """Tell whether a value's place is marked: that of the winner, or of the reading that says the same."""
    is_best = value is best or (value.value == best.value and not best.box)
    return is_best and bool(value.box and value.page)


def list_of(kind: Kind) -> Ask:
    """Give the list that this browser last showed: an item's neighbours are those it has there."""
    return read_ask(kind, dict(parse_qsl(request.cookies.get(f"{kind.value}s", ""))))


def _double_of(session: Session, item: Item) -> Item | None:
    found = find_double(session, item) if item.state in EDITABLE and item.deleted_at is None else None
    return session.get(Item, found) if found is not None else None


def _new_party(session: Session, item: Item) -> dict[str, Any] | None:
    """Give what a person may choose from while an item's supplier or customer is known by the read name alone."""
    if item.party is not None or not item.party_name or item.state not in EDITABLE:
        return None
    known = parties_like(session, item.connection_id, item.kind, Party(0, item.party_name))
    return {"similar": similar(item.party_name, known)}


@pages.post("/items/<int:item_id>/archive")
@needs("review")
def archive_item(item_id: int) -> ResponseReturnValue:
    """Put an item out of the way, and go on to the next one of the list."""
    with transaction() as session:
        item = archive(session, g.connection_id, item_id, acting())
        following = neighbours_of(session, item, list_of(item.kind))["next"]
    flash(f"Archived {item.party_name or 'the item'}.")
    return redirect(url_for("capture.show_item", item_id=following) if following else endpoint_of(item))


@pages.post("/items/<int:item_id>/delete")
@needs("review")
def delete_item(item_id: int) -> ResponseReturnValue:
    """Delete an item; it can be restored."""
    with transaction() as session:
        kind = delete(session, g.connection_id, item_id, acting()).kind
    flash("Deleted. It can be restored from Submissions.")
    return redirect(url_for(_inbox_of(kind)))


@pages.post("/items/<int:item_id>/restore")
@needs("review")
def restore_item(item_id: int) -> ResponseReturnValue:
    """Bring an item back; a published one as what it is, or, where that is asked, to be published once more (D49)."""
    again = request.form.get("again") is not None
    with transaction() as session:
        bring_back(session, item_id, again=again)
    flash("Restored. It can be published once more." if again else "Restored.")
    return redirect(url_for("capture.show_item", item_id=item_id))


def _inbox_of(kind: Kind) -> str:
    return "capture.show_costs" if kind is Kind.COST else "capture.show_sales"


@pages.app_template_global()
def rate_options(rates: list[str], chosen: str) -> list[tuple[str, str]]:
    """Give the VAT rates to pick from, the chosen one among them."""
    known = [*rates, *([chosen] if chosen and chosen not in rates else [])]
    return [(rate, "Exempt" if rate == "exempt" else f"{rate}%") for rate in known]


@pages.app_template_global()
def endpoint_of(item: Item) -> str:
    """Give the address of the list that an item is in, as it was last shown."""
    return url_for(_inbox_of(item.kind), **write_ask(list_of(item.kind)))  # type: ignore[arg-type]


pages.add_app_template_filter(list_needed)
pages.add_app_template_filter(percent_sure)


@pages.app_template_global()
def waiting_here() -> Waiting | None:
    """Give what waits to be read of the connection that the page is about."""
    with snapshot() as session:
        return count_waiting(session, g.connection_id)


@pages.app_context_processor
def add_connection() -> dict[str, Any]:
    """Give every page the connection it is about, for the banner."""
    return {"connection": g.get("connection")}
