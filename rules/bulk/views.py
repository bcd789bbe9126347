"""Suppliers' and customers' own defaults in bulk, and rules out to and in from a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.access import needs
from capture.api import acting
from capture.coding.facts import around_of, lookup_of
from core.db import snapshot, transaction
from core.errors import Incomplete, NotFound
from kashflow.ledger import Kind, ListKind
from lists.matching import plain
from lists.models import Entry
from lists.service import list_entries
from rules.describing import describe_sets, spelling_of
from rules.files import export_rules, import_rules, plan_import
from rules.forms import Row, as_named, read_settings, setting_rows
from rules.lookup import Lookup
from rules.models import PartyDefault, Rule
from rules.parsing import parse_sets
from rules.service import keep_party_default, party_default
from rules.telling import choices

pages = Blueprint("rules_bulk", __name__)
SIDES = {"suppliers": (ListKind.SUPPLIERS, Kind.COST), "customers": (ListKind.CUSTOMERS, Kind.SALE)}
FIELDS = ("category", "vat_rate", "vat_treatment", "payment_method", "due_date", "project", "description")
MOST_SHOWN = 200


@dataclass(frozen=True)
class Party:
    """A supplier or customer with what its own defaults set."""

    entry: Entry
    settings: list[Row]


@pages.get("/rules/defaults/<side>")
def show_defaults(side: str) -> ResponseReturnValue:
    """Show the suppliers or customers with their own defaults."""
    with snapshot() as session:
        return _defaults_page(session, side)


@pages.post("/rules/defaults/<side>")
@needs("rules")
def save_defaults(side: str) -> ResponseReturnValue:
    """Set the chosen fields as own defaults of all that are ticked; a field set to nothing is forgotten."""
    try:
        with transaction() as session:
            number = _save_defaults(session, side)
    except Incomplete as error:
        with snapshot() as session:
            return _defaults_page(session, side, wrong=str(error)), 422
    flash(f"Saved for {number} {side if number != 1 else side.removesuffix('s')}.")
    return redirect(url_for("rules_bulk.show_defaults", side=side, q=request.args.get("q") or None))


def _save_defaults(session: Session, side: str) -> int:
    list_kind, kind = _side(side)
    chosen = set(request.form.getlist("party"))
    wanted = select(Entry.id).where(Entry.connection_id == g.connection_id, Entry.list_kind == list_kind)
    parties = [each for each in session.scalars(wanted) if str(each) in chosen]
    if not parties:
        raise Incomplete("Tick at least one.", field="party")
    sides = (kind, *(each for each in Kind if each is not kind))
    lookup = replace(lookup_of(session, g.connection_id), sides=sides)
    sets = parse_sets(read_settings(request.form), lookup)
    forgotten = set(request.form.getlist("forget"))
    for party_id in parties:
        kept = party_default(session, g.connection_id, party_id)
        new = {name: value for name, value in (kept | sets).items() if name not in forgotten}
        keep_party_default(session, g.connection_id, party_id, new, who=acting().name)
    return len(parties)


@pages.get("/rules/rules.yaml")
def download_rules() -> ResponseReturnValue:
    """Give the rules as a file."""
    with snapshot() as session:
        text = export_rules(session, g.connection_id, around_of(session, g.connection_id))
    answer = Response(text, content_type="application/yaml; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename="counterfoil-rules.yaml")
    return answer


@pages.get("/rules/files")
def show_import() -> ResponseReturnValue:
    """Show the way out of and into a file."""
    return render_template("rules/files.html", plan=None, text="", wrong=None, choices={})


@pages.post("/rules/files")
@needs("rules")
def take_file() -> ResponseReturnValue:
    """Tell what a file of rules would do, and do it once it is confirmed."""
    file = request.files.get("file")
    text = file.read().decode("utf-8", "replace") if file and file.filename else request.form.get("text", "")
    confirmed = request.form.get("answer") == "import"
    try:
        with transaction() as session:
            lookup = replace(lookup_of(session, g.connection_id), mapping=_mapping(session))
            plan = plan_import(session, g.connection_id, text, lookup)
            if confirmed:
                import_rules(session, g.connection_id, plan, who=acting().name)
            lists = choices(session, g.connection_id, lookup.around)
    except Incomplete as error:
        return render_template("rules/files.html", plan=None, text=text, wrong=str(error), choices={}), 422
    if confirmed:
        flash(f"Rules added: {len(plan.named('added'))}; changed: {len(plan.named('changed'))}.")
        return redirect(url_for("rules.show_rules"))
    unknown = [*_chosen(), *((kind, name, "") for kind, name in plan.unknown)]
    return render_template("rules/files.html", plan=plan, unknown=unknown, text=text, wrong=None, choices=lists)


def _chosen() -> list[tuple[str, str, str]]:
    """Give what was chosen by hand for unknown names of a file: the list, the name, and what stands for it."""
    columns = (request.form.getlist(each) for each in ("map_list", "map_name", "map_to"))
    return [(kind, name, given.strip()) for kind, name, given in zip(*columns, strict=False) if given.strip()]


def _mapping(session: Session) -> dict[tuple[ListKind, str], int]:
    mapping: dict[tuple[ListKind, str], int] = {}
    lookup = Lookup(session, g.connection_id)
    for kind, name, given in _chosen():
        if kind in set(ListKind):
            found = lookup.entry(ListKind(kind), as_named(given), "mapping")
            if isinstance(found, int):
                mapping[ListKind(kind), name] = found
    return mapping


def _side(side: str) -> tuple[ListKind, Kind]:
    if side not in SIDES:
        raise NotFound("There is no such list.")
    return SIDES[side]


def _defaults_page(session: Session, side: str, wrong: str | None = None) -> str:
    list_kind, kind = _side(side)
    query = plain(request.args.get("q", ""))
    entries = [
        each for each in list_entries(session, g.connection_id, list_kind, kind=kind) if query in each.search_name
    ]
    shown = entries[:MOST_SHOWN]
    kept = select(PartyDefault).where(PartyDefault.connection_id == g.connection_id)
    sets = {each.entry_id: each.sets for each in session.scalars(kept)}
    around = around_of(session, g.connection_id)
    own = [Rule(when={}, sets=each) for each in sets.values()]
    spelling = spelling_of(session, own, around, "words")
    rows = [Party(each, setting_rows(describe_sets(sets.get(each.id, {}), spelling))) for each in shown]
    told: dict[str, Any] = {"side": side, "fields": FIELDS, "total": len(entries), "wrong": wrong}
    return render_template("rules/defaults.html", rows=rows, choices=choices(session, g.connection_id, around), **told)
