"""The sandbox's pages: the books as KashFlow would show them, and the switches for faults and settings."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kashflow.sandbox import faults, showing
from kashflow.sandbox.account import Account, save_settings
from kashflow.sandbox.controls import Json, account, books, controls
from kashflow.sandbox.lists import use_link
from kashflow.sandbox.operations import HANDLERS
from kashflow.sandbox.store import Record, Store

pages = Blueprint("pages", __name__, url_prefix="/sandbox")
SHOWN_IN_PLACE = {"application/pdf", "image/jpeg", "image/png", "image/webp"}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
LAST_REQUESTS = 200


def make_pages(store: Store) -> Flask:
    """Give the pages over these books."""
    site = Flask("kashflow.sandbox")
    site.json = Json(site)
    site.extensions["store"] = store
    site.register_blueprint(controls)
    site.register_blueprint(pages)
    site.before_request(_refuse_strangers)
    site.add_template_filter(_pounds, "pounds")
    site.add_template_filter(_uk_date, "uk_date")
    site.register_error_handler(ValueError, lambda error: (str(error), 422))
    site.add_url_rule("/", "front", lambda: redirect(url_for("pages.overview")))
    return site


@pages.app_context_processor
def _frame() -> dict[str, Any]:
    current = account()
    return {"account": current, "usernames": showing.usernames(books()), "broken": len(showing.violations(books()))}


@pages.get("/")
def overview() -> str:
    """Show what is in the books at a glance."""
    current = account()
    figures = [(name, _documents(current, name)) for name in showing.BOOKS]
    return render_template("overview.html", figures=figures, requests=showing.requests(books(), last=12))


@pages.get("/<any(purchases, sales):name>")
def show_documents(name: str) -> str:
    """Show all purchases or all sales, newest first."""
    return render_template("documents.html", name=name, documents=_documents(account(), name))


@pages.get("/documents/<int:identity>")
def show_document(identity: int) -> str:
    """Show one purchase or sale with its lines, payments, files and notes."""
    current = account()
    found = [
        (name, showing.document(current, documents, record))
        for name, documents in showing.BOOKS.items()
        for record in current.all(documents.kind, id=identity)
    ]
    if not found:
        abort(404)
    name, shown = found[0]
    return render_template("document.html", name=name, document=shown, names=_names(current))


@pages.get("/<any(suppliers, customers):name>")
def show_contacts(name: str) -> str:
    """Show the suppliers or the customers."""
    return render_template("contacts.html", name=name, contacts=account().all(name.removesuffix("s")))


@pages.get("/lists")
def show_lists() -> str:
    """Show the other lists."""
    current = account()
    kinds = ("nominal", "vat_rate", "purchase_method", "sale_method", "bank_account", "project", "source", "currency")
    return render_template("lists.html", lists=[(kind.replace("_", " "), current.rows(kind)) for kind in kinds])


@pages.get("/requests")
def show_requests() -> str:
    """Show what was asked lately, and the rules that were broken."""
    asked = showing.requests(books(), last=LAST_REQUESTS)
    return render_template("requests.html", requests=asked, violations=showing.violations(books()))


@pages.get("/attachments/<int:identity>")
def show_attachment(identity: int) -> Response:
    """Give a file as it came."""
    found = [
        record
        for documents in showing.BOOKS.values()
        for record in account().all(f"{documents.kind}_attachment", id=identity)
    ]
    if not found:
        abort(404)
    media_type = str(found[0].data.get("ContentType") or "")
    response = Response(books().content(identity))
    response.mimetype = media_type if media_type in SHOWN_IN_PLACE else "application/octet-stream"
    way = "inline" if media_type in SHOWN_IN_PLACE and "download" not in request.args else "attachment"
    response.headers.set("Content-Disposition", way, filename=str(found[0].data["ActualFilename"]))
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@pages.route("/trouble", methods=["GET", "POST"])
def trouble() -> str | AnyResponse:
    """Switch faults on and off."""
    if request.method == "POST":
        if "clear" in request.form:
            faults.clear(books())
        else:
            faults.plan(books(), _fault_of_form())
        return redirect(url_for("pages.trouble", account=account().username))
    planned = [fault for _, fault in faults.planned(books())]
    return render_template("trouble.html", planned=planned, meanings=faults.MEANINGS, operations=sorted(HANDLERS))


@pages.route("/settings", methods=["GET", "POST"])
def settings() -> str | AnyResponse:
    """Show and change the account's settings."""
    current = account()
    values = asdict(current.settings)
    if request.method == "POST":
        changes = {name: _of_form(name, value) for name, value in values.items() if name != "allowed_addresses"}
        save_settings(books(), current.username, current.settings.changed(changes))
        return redirect(url_for("pages.settings", account=current.username))
    return render_template("settings.html", values=values)


@pages.get("/login")
def log_in() -> AnyResponse:
    """Open the books by a link that works once, for two minutes."""
    username = use_link(books(), request.args.get("u", ""))
    if username is None:
        abort(403, "This link was used already, is older than two minutes, or remote login is switched off.")
    return redirect(url_for("pages.overview", account=username))


def _documents(current: Account, name: str) -> list[dict[str, Any]]:
    documents = showing.BOOKS[name]
    records = sorted(current.all(documents.kind), key=lambda record: -record.number)
    return [showing.document(current, documents, record) for record in records]


def _names(current: Account) -> dict[str, dict[int, Record]]:
    return {kind: {each.id: each for each in current.all(kind)} for kind in ("nominal", "bank_account", "project")}


def _fault_of_form() -> faults.Fault:
    form = request.form
    return faults.read(
        {
            "fault": form.get("fault", ""),
            "operation": form.get("operation") or "*",
            "times": form.get("times", 1, type=int),
            "seconds": form.get("seconds", 5.0, type=float),
            "text": form.get("text", ""),
            "does_it": "does_it" in form,
        }
    )


def _of_form(name: str, value: object) -> object:
    return name in request.form if isinstance(value, bool) else request.form.get(name, "")


def _pounds(value: object) -> str:
    return f"{Decimal(str(value or 0)):,.2f}"


def _uk_date(value: str) -> str:
    return f"{date.fromisoformat(value):%-d %b %Y}"


def _refuse_strangers() -> None:
    """Let no page of another site press our switches."""
    if request.method not in SAFE_METHODS and request.headers.get("Sec-Fetch-Site", "none") not in {
        "same-origin",
        "none",
    }:
        abort(403)
