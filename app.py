"""Wiring of the web app: its pages, who may see them, how they fail, and what every answer carries."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, wraps
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import prometheus_client
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

import auth.commands
import auth.views
import capture.api
import capture.commands
import capture.views
import kashflow.api
import kashflow.commands
import kashflow.views
import lists.api
import lists.commands
import lists.views
import publishing.api
import publishing.commands
import publishing.views
import rules.views
from auth.access import Cookies, NotSignedIn, Permission, is_from_this_machine, load_person, may, refuse_strangers
from auth.keys import LIFETIME
from auth.sign_in import TooManyTries
from capture.api import SomebodyWasFaster
from core import db, log
from core.config import ROOT, Config, current, set_current
from core.errors import Conflict, CounterfoilError, Forbidden, NotFound, SettingWrong
from core.money import format_money
from core.secrets import make_vault
from kashflow.service import get_connection

PAGES: list[Blueprint] = [
    auth.views.pages,
    capture.views.pages,
    kashflow.views.pages,
    lists.views.pages,
    publishing.views.pages,
    rules.views.pages,
]
INTERFACE: list[Blueprint] = [capture.api.api, kashflow.api.api, lists.api.api, publishing.api.api]  # by bearer token
COMMANDS: list[click.Command] = [
    *auth.commands.commands,
    *capture.commands.commands,
    *kashflow.commands.commands,
    *lists.commands.commands,
    *publishing.commands.commands,
]
OPEN = {"static", "show_life", "show_readiness", "show_metrics", "auth.show_sign_in", "auth.enter"}
FILES_A_REQUEST = 40  # of the largest size; the limit of each is intake's
STATUS = {  # all others: 422
    SomebodyWasFaster: 412,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooManyTries: 429,
}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
MESSAGES = {
    400: "The form could not be read or was open for too long. Go back, reload the page and send it again.",
    404: "There is nothing at this address. It may have been moved or deleted, or belong to another organisation.",
    405: "This address does not take that kind of request.",
    413: "That is more than can be sent at once. Send fewer or smaller files.",
    500: "Something went wrong on our side. It is in the log with its time. Nothing you sent before is lost.",
}
STATIC = ROOT / "static"
PACKED = {".css", ".js", ".svg"}
LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Link:
    """One entry of the navigation; it shows when its page exists and the person may use it."""

    label: str
    endpoint: str
    icon: str
    needs: Permission | None = None

    @property
    def is_shown(self) -> bool:
        """Tell whether it leads this person anywhere."""
        return self.endpoint in current_app.view_functions and (self.needs is None or may(self.needs))


NAVIGATION = [  # in groups
    [
        Link("Overview", "capture.show_overview", "home"),
        Link("Costs", "capture.show_costs", "receipt"),
        Link("Sales", "capture.show_sales", "file-invoice"),
        Link("Submissions", "capture.show_submissions", "inbox"),
    ],
    [
        Link("Suppliers", "lists.show_suppliers", "building-store"),
        Link("Customers", "lists.show_customers", "users"),
        Link("Rules", "rules.show_rules", "route"),
        Link("Lists", "lists.show_lists", "list-details"),
    ],
    [
        Link("Connections", "kashflow.show_connections", "plug-connected", needs="connect"),
        Link("People", "auth.show_people", "user-shield", needs="people"),
        Link("Settings", "capture.show_settings", "settings"),
    ],
]


def create_app(config: Config | None = None) -> Flask:
    """Give the web app. Bare, it reads the environment; a wrong setting ends the process with its sentence."""
    log.set_up()
    try:
        config = config or current()
        secret = make_vault(config).derive("session cookie")
    except SettingWrong as error:
        raise SystemExit(str(error)) from error
    set_current(config)
    db.bind(db.make_engine(config.database_url))
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LIFETIME,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        MAX_CONTENT_LENGTH=config.max_file_mb * 1024 * 1024 * FILES_A_REQUEST,
    )
    app.session_interface = Cookies()
    app.before_request(guard)
    csrf = CSRFProtect(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    for blueprint in INTERFACE:
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint, url_prefix="/api/v1")
    for command in COMMANDS:
        tell_errors(command)
        app.cli.add_command(command)
    add_own_routes(app)
    add_to_templates(app)
    app.register_error_handler(CounterfoilError, tell_error)
    app.register_error_handler(HTTPException, tell_http_error)
    app.after_request(add_headers)
    return app


def guard() -> None:
    """Keep strangers out of whatever is not listed as open."""
    load_person()
    if request.endpoint is not None and request.endpoint not in OPEN:
        refuse_strangers()
    if g.user is not None:
        chosen = request.args.get("connection", type=int)
        with db.snapshot() as session:
            g.connection = get_connection(session, g.organisation_id, chosen)
        g.connection_id = g.connection.id


def add_headers(response: Response) -> Response:
    """Put on every answer what protects the reader, and keep pages out of caches."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def tell_error(error: CounterfoilError) -> ResponseReturnValue:
    """Answer one of our errors; strangers are led to the sign-in page."""
    if isinstance(error, NotSignedIn) and not request.path.startswith("/api/"):
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        target = url_for("auth.show_sign_in", next=wanted)
        return (
            Response(status=401, headers={"HX-Redirect": target})
            if "HX-Request" in request.headers
            else redirect(target)
        )
    status = next((number for kind, number in STATUS.items() if isinstance(error, kind)), 422)
    told = answer_error(status, error.code, str(error), field=getattr(error, "field", None))
    problems = getattr(error, "problems", None)
    if problems and request.path.startswith("/api/"):
        said = {"code": error.code, "message": str(error), "fields": [each.field for each in problems]}
        listed = [{"code": each.code, "field": each.field, "message": each.message} for each in problems]
        return jsonify(error=said, problems=listed), status
    return told


def tell_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer what Flask refuses, and whatever nobody foresaw, without a word of how it came about."""
    status = error.code or 500
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:  # a redirect of the router
        return error
    return answer_error(status, error.name.lower().replace(" ", "-"), MESSAGES.get(status, error.name + "."))


def answer_error(status: int, code: str, message: str, *, field: str | None = None) -> ResponseReturnValue:
    """Give an error as a page, or under /api as JSON."""
    if request.path.startswith("/api/"):
        said = {"code": code, "message": message, "fields": [field] if field else []}
        return jsonify(error=said), status
    heading = HTTPStatus(status).phrase.capitalize()
    return render_template("error.html", heading=heading, status=status, code=code, message=message), status


def tell_errors(command: click.Command) -> None:
    """Let a command, or each of a group, end with our error's sentence and exit code 1."""
    for each in getattr(command, "commands", {}).values():
        tell_errors(each)
    if command.callback is not None:
        command.callback = _telling(command.callback)


def _telling(run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def told(*args: object, **kwargs: object) -> object:
        try:
            return run(*args, **kwargs)
        except CounterfoilError as error:
            raise click.ClickException(str(error)) from error

    return told


def add_own_routes(app: Flask) -> None:
    """Add the start, the files of the pages, and what operators ask for."""
    app.add_url_rule("/", view_func=show_start)
    app.add_url_rule("/static/<path:filename>", "static", serve_file)
    app.add_url_rule("/healthz", view_func=show_life)
    app.add_url_rule("/readyz", view_func=show_readiness)
    app.add_url_rule("/metrics", view_func=show_metrics)


def show_start() -> ResponseReturnValue:
    """Lead to the first page there is."""
    return redirect(url_for(next((link.endpoint for group in navigation() for link in group), "auth.show_account")))


def serve_file(filename: str) -> Response:
    """Serve a file of the pages, compressed where that pays; an address with its hash may be kept for ever."""
    response = send_from_directory(STATIC, filename, max_age=365 * 86400 if "v" in request.args else None)
    response.cache_control.immutable = "v" in request.args
    if Path(filename).suffix in PACKED:
        response.vary.add("Accept-Encoding")
        if response.status_code == HTTPStatus.OK and request.accept_encodings["gzip"]:
            response.direct_passthrough = False
            response.set_data(packed(filename, (STATIC / filename).stat().st_mtime_ns))
            response.content_encoding = "gzip"
    return response


@lru_cache
def packed(filename: str, changed: int) -> bytes:
    """Give a file compressed, as it was at this time."""
    del changed
    return gzip.compress((STATIC / filename).read_bytes(), mtime=0)


@lru_cache
def content_hash(filename: str, changed: int) -> str:
    """Give a short hash of a file, as it was at this time."""
    del changed
    return hashlib.sha256((STATIC / filename).read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """Give the address of a file of the pages; it changes with the content."""
    return url_for("static", filename=filename, v=content_hash(filename, (STATIC / filename).stat().st_mtime_ns))


def show_life() -> Response:
    """Tell that this process answers."""
    return jsonify(status="ok")


def show_readiness() -> ResponseReturnValue:
    """Tell whether documents can come in, whatever the queue and KashFlow do."""
    problems = {name: problem for name, check in READINESS.items() if (problem := check())}
    return jsonify(status="not ready" if problems else "ok", problems=problems), 503 if problems else 200


def database_problem() -> str | None:
    """Give what is wrong with the database, if anything."""
    try:
        with db.snapshot() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "The database does not answer."
    return None


READINESS: dict[str, Callable[[], str | None]] = {"database": database_problem}


def show_metrics() -> Response:
    """Give the figures of this process to a collector on this machine."""
    if not is_from_this_machine():
        abort(404)
    return Response(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST)


def add_to_templates(app: Flask) -> None:
    """Give the templates what all of them use."""
    app.jinja_env.filters.update(pounds=pounds, uk_date=uk_date, uk_time=uk_time)
    app.jinja_env.globals.update(asset=asset, may=may, navigation=navigation)


def navigation() -> list[list[Link]]:
    """Give the entries of the navigation that exist and that the person may use, in their groups."""
    return [shown for group in NAVIGATION if (shown := [link for link in group if link.is_shown])]


def pounds(pence: int | None, currency: str = "GBP") -> str:
    """Write an amount; nothing for none."""
    return "" if pence is None else format_money(pence, currency)


def uk_date(day: date | datetime | None) -> str:
    """Write a date, or the day of a moment in the United Kingdom: 3 Mar 2026."""
    if isinstance(day, datetime):
        day = day.astimezone(LONDON)
    return f"{day.day} {day:%b %Y}" if day else ""


def uk_time(moment: datetime | None) -> str:
    """Write a moment as clocks in the United Kingdom showed it: 3 Mar 2026, 14:05."""
    return f"{uk_date(moment)}, {moment.astimezone(LONDON):%H:%M}" if moment else ""
