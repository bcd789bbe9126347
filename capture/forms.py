"""The forms of items: ``request.form`` becomes plain values, or says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from capture.editing import Edits, parse_edit
from capture.fields import ENTRIES, SPECS, to_text
from capture.models import Item
from core.errors import Incomplete

IN_FORM = (
    *("kind", "document_type", "date", "supplier", "customer", "reference", "category", "project", "due_date"),
    *("currency", "exchange_rate", "total", "tax", "net", "vat_rate", "paid", "payment_method", "bank_account"),
    *("description", "note"),
)


def read_item_form(session: Session, item: Item, form: Mapping[str, str]) -> tuple[Edits, dict[str, str]]:
    """Give the edits of the fields changed on the page, or confirmed as they are, and what is wrong in others.

    Whoever mistypes one field does not lose the rest by it.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name in IN_FORM:
        if name not in form and name != "paid":
            continue
        given: object = form.get(name, "").strip()
        if name == "paid":
            given = name in form
        if str(given) == str(shown_value(item, name)) and name != form.get("confirmed"):
            continue
        try:
            values[name] = parse_edit(session, item, SPECS[name], given)
        except Incomplete as error:
            wrong[name] = str(error)
    places = {name: place for name in values if (place := _read_place(item, form.get(f"place-{name}", "")))}
    return Edits(values=values, places=places), wrong


def _read_place(item: Item, text: str) -> tuple[int, list[float]] | None:
    """Give the page and box that a click on the document sent along; nothing where it makes no sense."""
    try:
        page, *box = (float(part) for part in text.split())
    except ValueError:
        return None
    is_box = len(box) == len(("x", "y", "width", "height")) and all(0 <= part <= 1 for part in box)
    return (int(page), box) if is_box and page in {each.position for each in item.pages} else None


def shown_value(item: Item, name: str) -> object:
    """Give what the form shows for a field: entries by their name, dates as the browser wants them."""
    if name == "paid":
        return item.paid
    if name in {"supplier", "customer"}:
        return getattr(item, f"{name}_name") or ""
    if name in ENTRIES:
        entry = getattr(item, name)
        return entry.name if entry is not None else ""
    return to_text(SPECS[name], getattr(item, SPECS[name].column)) or ""
