"""The page of an item's lines."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import needs
from capture.api import SomebodyWasFaster, acting, check_version
from capture.editing import AlreadyPublished, Edits, edit_item
from capture.fields import SPECS, to_text
from capture.lines.forms import COLUMNS, read_lines_form
from capture.models import EDITABLE, Item
from capture.service import get_item
from capture.splitting import as_lines
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
            categories=list_entries(session, g.connection_id, ListKind.CATEGORIES, kind=item.kind),
            rates=rates or ["20", "5", "0", "exempt"],
            fixed=item.state not in EDITABLE,
            problem=problem,
        )


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
    """Save an item's lines: as entered, as read, or none, which is one line of the whole."""
    wanted = request.form.get("lines", "entered")
    try:
        with transaction() as session:
            item = get_item(session, g.connection_id, item_id)
            check_version(item, request.form.get("version", ""))
            if wanted == "entered":
                lines = read_lines_form(session, item, {name: request.form.getlist(name) for name in COLUMNS})
            else:
                lines = as_lines(item.read_lines) if wanted == "read" else []
            edit_item(session, item, Edits(lines=lines, tax_lines=[] if wanted == "whole" else None), acting())
    except (Incomplete, SomebodyWasFaster, AlreadyPublished) as error:
        return _page(item_id, problem=str(error)), 422
    flash("Lines saved.")
    return redirect(url_for("capture.show_item", item_id=item_id))


@pages.app_template_global()
def summary_of(item: Item) -> list[dict[str, Any]]:
    """Give an item's VAT summary as the document shows it: percent, net and VAT in hundredths."""
    return [line for line in item.tax_lines if line.get("tax") is not None]
