"""The lists of costs and sales: what is asked, fields edited in a row, columns, and views that are kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as ResponseBase

from auth.access import needs
from auth.service import list_members
from capture.api import acting, parse_kind
from capture.bulk.service import MOST
from capture.editing import Edits, edit_item, parse_edit
from capture.fields import SPECS
from capture.inbox.asking import TABS, Ask, read_ask, read_id, write_ask
from capture.inbox.columns import AMOUNTS, COLUMNS, SORTED_BY, read_columns, write_columns
from capture.inbox.finding import count_tabs, find_ids, find_page, has_items, own_ids
from capture.inbox.models import SavedView
from capture.models import EDITABLE
from capture.service import check_version, get_item, open_submissions
from capture.views import pages
from capture.ways.models import Channel
from core.db import snapshot, transaction
from core.errors import CounterfoilError, Incomplete, NotFound
from kashflow.ledger import Kind, ListKind
from lists.service import list_entries

MOST_WAITING = 500  # so many rows are shown of what is not read yet
ENDPOINTS = {Kind.COST: "capture.show_costs", Kind.SALE: "capture.show_sales"}


@pages.get("/costs")
def show_costs() -> ResponseReturnValue:
    """Show the list of costs."""
    return _list(Kind.COST)


@pages.get("/sales")
def show_sales() -> ResponseReturnValue:
    """Show the list of sales."""
    return _list(Kind.SALE)


def _list(kind: Kind) -> ResponseReturnValue:
    """Give a list; asked for by its own page, only what moves, and nothing when nothing moved."""
    with snapshot() as session:
        counts = count_tabs(session, g.connection_id, kind)
        ask = _ask(kind, counts)
        shown = _shown(session, ask, counts)
        if "HX-Request" in request.headers:
            answer = Response(render_template("capture/inbox/_parts.html", **shown))
            answer.add_etag()
            answer.make_conditional(request)
        else:
            answer = Response(render_template("capture/inbox/list.html", **shown, **_choices(session, kind)))
    _keep(answer, f"{kind.value}s", urlencode(write_ask(ask)))  # the item page leads along this list, and back to it
    return answer


def _shown(session: Session, ask: Ask, counts: dict[str, int]) -> dict[str, Any]:
    """Give what a list shows."""
    found = find_page(session, g.connection_id, ask)
    waiting = [each for each in open_submissions(session, g.connection_id) if each.wanted_kind in {None, ask.kind}]
    members = list_members(session, g.organisation_id)
    return {
        "kind": ask.kind,
        "ask": ask,
        "here": ENDPOINTS[ask.kind],
        "tabs": [(name, label, counts.get(name)) for name, (label, _) in TABS.items()],
        "items": found.items,
        "following": write_ask(ask, after=found.after) if found.after else None,
        "is_new": not (any(counts.values()) or has_items(session, g.connection_id, ask.kind)),
        "waiting": waiting[:MOST_WAITING] if ask.tab in {"review", "sending"} and not ask.narrowed else [],
        "columns": {name: COLUMNS[name] for name in read_columns(request.cookies.get("columns"))},
        "sorted_by": SORTED_BY,
        "amounts": AMOUNTS,
        "people": {each.user_id: each.name or each.user.email for each in members},
        "editable": EDITABLE,
        "ask_for": lambda **changes: _address(ask, **changes),
    }


def _address(ask: Ask, **changes: object) -> str:
    return url_for(ENDPOINTS[ask.kind], **write_ask(ask, **changes))  # type: ignore[arg-type]


def _ask(kind: Kind, counts: dict[str, int]) -> Ask:
    """Read what is asked; without a tab, the first one in which something waits."""
    given = dict(request.args)
    if given.get("tab") not in TABS:
        given["tab"] = next((name for name, count in counts.items() if count), "review")
    return read_ask(kind, given)


def _choices(session: Session, kind: Kind) -> dict[str, Any]:
    views = select(SavedView).where(SavedView.connection_id == g.connection_id, SavedView.user_id == g.user.id)
    channels = select(Channel).where(Channel.organisation_id == g.organisation_id).order_by(Channel.name)
    return {
        "categories": list_entries(session, g.connection_id, ListKind.CATEGORIES, kind=kind),
        "methods": list_entries(session, g.connection_id, ListKind.PAYMENT_METHODS, kind=kind),
        "rates": [each.code for each in list_entries(session, g.connection_id, ListKind.VAT_RATES)],
        "channels": list(session.scalars(channels)),
        "views": list(session.scalars(views.where(SavedView.kind == kind).order_by(SavedView.name))),
        "all_columns": COLUMNS,
    }


@pages.post("/lists-of-items/columns")
def choose_columns() -> ResponseReturnValue:
    """Keep which columns this browser shows."""
    answer = redirect(request.referrer or url_for("capture.show_costs"))
    kept = write_columns(request.form.getlist("column"))
    _keep(answer, "columns", kept, max_age=365 * 86400)
    return answer


def _keep(answer: ResponseBase, name: str, value: str, max_age: int | None = None) -> None:
    answer.set_cookie(name, value, max_age=max_age, samesite="Lax", httponly=True, secure=request.is_secure)


@pages.post("/<kind>/views")
def keep_view(kind: str) -> ResponseReturnValue:
    """Keep what is asked under a name; the same name again takes the new one."""
    wanted, name = as_kind(kind), request.form.get("name", "").strip()[:60]
    if not name:
        raise Incomplete("Give the view a name.", field="name")
    ask = read_ask(wanted, request.args)
    address = _address(ask)
    with transaction() as session:
        mine = select(SavedView).where(SavedView.user_id == g.user.id, SavedView.connection_id == g.connection_id)
        view = session.scalar(mine.where(SavedView.kind == wanted, SavedView.name == name))
        if view is None:
            view = SavedView(connection_id=g.connection_id, user_id=g.user.id, kind=wanted, name=name, query="")
            session.add(view)
        view.query = address.partition("?")[2][:1000]
    flash(f"Kept as “{name}”.")
    return redirect(address)


@pages.post("/views/<int:view_id>/forget")
def forget_view(view_id: int) -> ResponseReturnValue:
    """Forget a view; its items stay as they are."""
    with transaction() as session:
        view = session.get(SavedView, view_id)
        if view is None or view.connection_id != g.connection_id or view.user_id != g.user.id:
            raise NotFound("There is no such view.")
        session.delete(view)
        kind = view.kind
    return redirect(url_for(ENDPOINTS[kind]))


@pages.post("/items/<int:item_id>/field")
@needs("review")
def save_field(item_id: int) -> ResponseReturnValue:
    """Save one field of a row; what is wrong is answered in words."""
    name, value = request.form.get("name", ""), request.form.get("value", "")
    try:
        with transaction() as session:
            item = get_item(session, g.connection_id, item_id)
            if name not in {"category", "supplier", "customer"}:
                raise Incomplete("This cannot be edited in a list.", field=name)
            check_version(item, request.form.get("version", ""))
            given = {"id": value} if name == "category" and value else value
            edit_item(session, item, Edits(values={name: parse_edit(session, item, SPECS[name], given)}), acting())
    except NotFound:
        raise
    except CounterfoilError as error:
        return {"problem": str(error), "code": error.code}, 422
    return {"problem": None}


def chosen_ids(session: Session, kind: Kind) -> list[int]:
    """Give what a form's ticks mean: the ticked ones, or all that match the address."""
    if request.form.get("all"):
        ask = read_ask(kind, dict(request.args) | {"tab": request.args.get("tab") or "all"})
        return find_ids(session, g.connection_id, ask, most=MOST)
    given = [item_id for each in request.form.getlist("ids") if (item_id := read_id(each)) is not None]
    return own_ids(session, g.connection_id, given)


def as_kind(named: str) -> Kind:
    """Read which list an address names.

    Raises:
        NotFound: there is none of this name.
    """
    kind = parse_kind(named)
    if kind is None:
        raise NotFound("There is no such list.")
    return kind
