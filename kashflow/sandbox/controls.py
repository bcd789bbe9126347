"""The JSON interface: the books for whoever checks them, and switches for whoever tests with them."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.json.provider import DefaultJSONProvider

from kashflow.sandbox import faults, showing
from kashflow.sandbox.account import IDENTITIES, Account, Refusal, Settings, get_settings, save_settings
from kashflow.sandbox.seed import open_account
from kashflow.sandbox.store import Store

controls = Blueprint("controls", __name__, url_prefix="/sandbox")


class Json(DefaultJSONProvider):
    """JSON with decimals as texts."""

    @staticmethod
    def default(o: Any) -> Any:  # noqa: ANN401 - Flask's own signature
        """Give a decimal as text."""
        return str(o) if isinstance(o, Decimal) else DefaultJSONProvider.default(o)


def books() -> Store:
    """Give the store behind the pages."""
    store: Store = current_app.extensions["store"]
    return store


def account() -> Account:
    """Give the account that ?account= names, else the first."""
    username = request.args.get("account") or showing.usernames(books())[0]
    try:
        return Account(books(), username, base=f"{request.host_url.rstrip('/')}/sandbox")
    except Refusal:
        abort(404)


@controls.get("/ledger.json")
def show_ledger() -> Response:
    """Give the books of an account, with the rules that were broken by anybody."""
    with books().transaction():
        return jsonify(showing.ledger(account()) | {"violations": showing.violations(books())})


@controls.get("/requests.json")
def show_requests() -> Response:
    """Give every request and how it ended, newest first."""
    return jsonify(showing.requests(books()))


@controls.get("/faults.json")
def show_faults() -> Response:
    """Give the faults that are still to strike."""
    return jsonify([{"id": identity} | asdict(fault) for identity, fault in faults.planned(books())])


@controls.post("/faults")
def plan_fault() -> tuple[Response, int]:
    """Switch a fault on."""
    try:
        fault = faults.read(_body())
    except (ValueError, TypeError) as error:
        return jsonify(error=str(error)), 422
    return jsonify(id=faults.plan(books(), fault), **asdict(fault)), 201


@controls.delete("/faults")
def clear_faults() -> Response:
    """Switch all faults off."""
    faults.clear(books())
    return jsonify([])


@controls.get("/settings.json")
def show_settings() -> Response:
    """Give an account's settings."""
    return jsonify(asdict(account().settings))


@controls.patch("/settings")
def change_settings() -> tuple[Response, int]:
    """Change an account's settings."""
    current = account()
    try:
        settings = current.settings.changed(_body())
    except ValueError as error:
        return jsonify(error=str(error)), 422
    save_settings(books(), current.username, settings)
    return jsonify(asdict(settings)), 200


@controls.post("/accounts")
def add_account() -> tuple[Response, int]:
    """Open another account: username, password and company."""
    given = _body()
    username = str(given.pop("username", ""))
    try:
        settings = Settings(**given)
    except TypeError as error:
        return jsonify(error=str(error)), 422
    if not username or username in showing.usernames(books()):
        return jsonify(error="an account needs a user name of its own"), 422
    with books().transaction():
        open_account(books(), username, settings)
    return jsonify(asdict(get_settings(books(), username))), 201


@controls.post("/records")
def add_record() -> tuple[Response, int]:
    """Add an entry to a list: kind, data (SOAP fields), code and parent where the kind has them."""
    given = _body()
    if given.get("kind") not in IDENTITIES or not isinstance(given.get("data"), dict):
        return jsonify(error=f"an entry has a kind ({', '.join(IDENTITIES)}) and data"), 422
    data = given["data"]
    code = data.get("CurrencyCode") or data.get("Code")
    identity = account().add(given["kind"], data, code=code and str(code), parent=given.get("parent"))
    return jsonify(id=identity), 201


@controls.patch("/records/<int:identity>")
def change_record(identity: int) -> Response:
    """Change fields of an entry."""
    with books().transaction():
        record = next((found for kind in IDENTITIES if (found := account().first(kind, id=identity))), None)
        if record is None:
            abort(404)
        books().change(identity, record.data | _body())
    return jsonify(id=identity)


@controls.delete("/records/<int:identity>")
def remove_record(identity: int) -> Response:
    """Remove an entry, or a document with what hangs on it."""
    books().remove(identity, with_parts=any(account().first(each.kind, id=identity) for each in showing.BOOKS.values()))
    return jsonify(id=identity)


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True)
    return given if isinstance(given, dict) else {}
