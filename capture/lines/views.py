"""The page of an item's lines; it saves itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.access import needs
from capture.api import acting
from capture.coding.splitting import as_lines
from capture.editing import AlreadyPublished, Edits, edit_item
from capture.fields import SPECS, to_text
from capture.history.undoing import last_edit
from capture.lines.forms import COLUMNS, read_lines_form
from capture.lines.summing import with_missing
from capture.models import EDITABLE, Item
from capture.review import rates_of
from capture.service import SomebodyWasFaster, check_version, get_item
from capture.views import pages
from core.db import snapshot, transaction
from core.errors import Incomplete
from core.money import to_pounds
from kashflow.ledger import ListKind
from lists.service import list_entries


@pages.get("/items/<int:item_id>/lines")
def show_lines(item_id: int) -> ResponseReturnValue:
    """Show an item's lines as a table to edit."""
    return _page(item_id)


def _page(item_id: int, *, problem: str | None = None) -> str:
    """Give the page; after a problem with the rows as they were sent."""
    with snapshot() as session:
        item = get_item(session, g.connection_id, item_id)
        rates = [each.code for each in list_entries(session, g.connection_id, ListKind.VAT_RATES) if each.code]
        return render_template(
            "capture/lines/lines.html",
            item=item,
            lines=_sent() if problem else [_shown(line) for line in item.lines],
            summary=rates_of(item),
            undoable=_undoable(session, item),
            categories=list_entries(session, g.connection_id, ListKind.CATEGORIES, kind=item.kind),
            rates=rates or ["20", "5", "0", "exempt"],
            fixed=item.state not in EDITABLE,
            problem=problem,
        )


def _undoable(session: Session, item: Item) -> bool:
    event = last_edit(session, item)
    return event is not None and event.field == "lines"


def _shown(line: Any) -> dict[str, str]:  # noqa: ANN401 - a line's row
    amounts = {"amount": str(to_pounds(line.amount)), "percent": line.vat_rate or "", "description": line.description}
    ids = {name: str(getattr(line, f"{name}_id") or "") for name in ("category", "project", "product")}
    number = SPECS["exchange_rate"]
    return amounts | ids | {name: to_text(number, getattr(line, name)) or "" for name in ("quantity", "unit_price")}


def _sent() -> list[dict[str, str]]:
    columns = [request.form.getlist(name) for name in COLUMNS]
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns, strict=False)]


@pages.post("/items/<int:item_id>/lines")
@needs("review")
def save_lines(item_id: int) -> ResponseReturnValue:
    """Save an item's lines; asked by the page itself, give its version, what they come to, and what is wrong."""
    problem = None
    try:
        with transaction() as session:
            item = get_item(session, g.connection_id, item_id)
            check_version(item, request.form.get("version", ""))
            edit_item(session, item, _edits(session, item, request.form.get("lines", "entered")), acting())
    except (Incomplete, SomebodyWasFaster, AlreadyPublished) as error:
        problem = str(error)
    if request.accept_mimetypes.best == "application/json":
        with snapshot() as session:
            item = get_item(session, g.connection_id, item_id)
            summary = render_template("capture/lines/_summary.html", item=item, summary=rates_of(item))
            version = request.form.get("version") if problem else item.version
            return {"version": version, "problem": problem, "summary": summary, "undo": _undoable(session, item)}
    if problem:
        return _page(item_id, problem=problem), 422
    return redirect(url_for("capture.show_lines", item_id=item_id))


def _edits(session: Session, item: Item, wanted: str) -> Edits:
    """Give the lines as entered, with what was read beside them, or none: one for each rate, or one of the whole."""
    if wanted == "whole":
        return Edits(lines=[], tax_lines=[])
    if wanted == "rates":
        return Edits(lines=[], tax_lines=rates_of(item))
    entered: Sequence[Any] = read_lines_form(session, item, {name: request.form.getlist(name) for name in COLUMNS})
    return Edits(lines=with_missing(entered, as_lines(item.read_lines)) if wanted == "read" else entered)


pages.add_app_template_global(rates_of)
