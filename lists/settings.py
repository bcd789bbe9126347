"""What the guided flow asks of a connection: VAT, from which date, and what to fill in where nothing else says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from core.errors import Incomplete
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.service import defaults_of, get_entry, normal_rate


@dataclass(frozen=True)
class Answers:
    """The answers. ``categories`` and ``vat_rates`` are the defaults for costs and for sales, None for none."""

    publishes_vat: bool
    shows_message: bool
    publishes_from: date | None = None
    categories: Mapping[Kind, int | None] = field(default_factory=dict)
    vat_rates: Mapping[Kind, str | None] = field(default_factory=dict)


def read_answers(form: Mapping[str, str]) -> Answers:
    """Give the answers that a form holds.

    Raises:
        Incomplete: a date, category or rate of it is none.
    """
    day = form.get("publishes_from", "").strip()
    try:
        publishes_from = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise Incomplete(f"“{day}” is no date.", field="publishes_from") from error
    categories: dict[Kind, int | None] = {}
    for kind in Kind:
        given = form.get(f"{kind}_category", "").strip()
        if given and not given.isdecimal():
            raise Incomplete("Choose a category of the list.", field=f"{kind}_category")
        categories[kind] = int(given) if given else None
    return Answers(
        publishes_vat=bool(form.get("publishes_vat")),
        shows_message=bool(form.get("shows_message")),
        publishes_from=publishes_from,
        categories=categories,
        vat_rates={kind: _read_rate(form, f"{kind}_vat_rate") for kind in Kind},
    )


def _read_rate(form: Mapping[str, str], name: str) -> str | None:
    given = form.get(name, "").strip()
    try:
        return normal_rate(given) if given else None
    except Incomplete as error:
        raise Incomplete(str(error), field=name) from error


def save_answers(session: Session, connection: Connection, answers: Answers) -> None:
    """Write the answers down.

    Raises:
        NotFound: a category is none of this connection.
    """
    connection.publishes_vat, connection.vat_changed = answers.publishes_vat, False
    connection.publishes_from = answers.publishes_from
    connection.shows_message = answers.shows_message
    for kind in Kind:
        defaults = defaults_of(session, connection.id, kind)
        category_id = answers.categories.get(kind)
        if category_id is not None:
            get_entry(session, connection.id, ListKind.CATEGORIES, category_id)
        defaults.category_id, defaults.vat_rate = category_id, answers.vat_rates.get(kind)
    session.flush()
