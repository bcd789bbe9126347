"""Wiring of the web app: its pages, who may see them, how they fail, and what every answer carries."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import (
    Blueprint,
    Flask,
    Response,
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
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

import auth.commands
import auth.door.views
import auth.views
import capture.api
import capture.commands
import capture.exports.views
import capture.inbox.views
import capture.lessons.views
import capture.lines.views
import capture.overview.views
import capture.paper.views
import capture.regrouping.views
import capture.submissions.views
import capture.views
import capture.ways.views
import kashflow.api
import kashflow.commands
import kashflow.guide.views
import kashflow.views
import lists.api
import lists.commands
import lists.views
import publishing.api
import publishing.commands
import publishing.views
import rules.api
import rules.bulk.views
import rules.learning.views
import rules.views
from auth.access import (
    Cookies,
    NotSignedIn,
    chosen_connection,
    load_person,
    may,
    refuse_strangers,
    stay_on_connection,
)
from auth.keys import LIFETIME
from auth.tries import TooManyTries
from capture.checking import Problem
from capture.service import SomebodyWasFaster
from capture.store import NO_ROOM, StoreFull
from core import db, log
from core.config import ROOT, Config, current, set_current
from core.errors import Conflict, CounterfoilError, Forbidden, Incomplete, NotFound, SettingWrong
from core.money import format_money
from core.secrets import make_vault
from kashflow.models import Connection
from kashflow.service import get_connection

PAGES: list[Blueprint] = [
    auth.views.pages,  # with those of the door
    capture.views.pages,  # with those of its lists, exports and overview
    capture.lessons.views.pages,
    kashflow.views.pages,
    kashflow.guide.views.pages,
    lists.views.pages,
    publishing.views.pages,
    publishing.views.operators,
    rules.bulk.views.pages,
    rules.learning.views.pages,
    rules.views.pages,
]
INTERFACE: list[Blueprint] = [
    capture.api.api,
    kashflow.api.api,
    lists.api.api,
    publishing.api.api,
    rules.api.api,
]  # by bearer token
COMMANDS: list[click.Command] = [
    *auth.commands.commands,
    *capture.commands.commands,
    *kashflow.commands.commands,
    *lists.commands.commands,
    *publishing.commands.commands,
]
OPEN = {
    "static",
    "show_interface",
    "show_worker",
    "auth.show_sign_in",
    "auth.enter",
    "auth.show_code",
    "auth.enter_code_of_app",
    "operators.show_life",
    "operators.show_readiness",
    "operators.show_metrics",
}
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


def create_app(config: Config | None = None) -> Flask:
    """Give the web app. Bare, it reads the environment; a wrong setting ends the process with its sentence."""
    log.set_up()
    os.umask(0o077)  # what a command writes beside the running product is private, too
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
    app.url_map.converters["int"] = Id
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
    for kind in (DataError, UnicodeEncodeError, RecursionError):
        app.register_error_handler(kind, tell_unkept)
    app.register_error_handler(OperationalError, tell_full)
    app.after_request(add_headers)
    return app


class Id(IntegerConverter):
    """An id in an address; one that no row can have is nothing at all."""

    def to_python(self, value: str) -> int:
        """Read it; what is larger than any row's is the largest, so that the answer is "not found" for every method."""
        return min(int(value), db.LARGEST_ID)


def guard() -> None:
    """Keep strangers out of whatever is not listed as open, and find the connection the request is about."""
    if request.endpoint == "static":
        g.user = None  # nobody in particular
        return
    load_person()
    if request.endpoint is not None and request.endpoint not in OPEN:
        refuse_strangers()
    if g.user is not None:
        with db.snapshot() as session:
            g.connection = choose_connection(session)
        g.connection_id = g.connection.id


def choose_connection(session: Session) -> Connection:
    """Give the connection that the address names, else the one that the pages of this session are about.

    Raises:
        NotFound: the address names none of this organisation.
    """
    named = request.args.get("connection", (request.view_args or {}).get("connection_id"))
    if named is None:
        with suppress(NotFound):  # the session is of a time before the organisation was changed
            return get_connection(session, g.organisation_id, chosen_connection())
        return get_connection(session, g.organisation_id)
    if not str(named).isdecimal() or int(named) > db.LARGEST_ID:
        raise NotFound("There is no such connection.")
    connection = get_connection(session, g.organisation_id, int(named))
    stay_on_connection(connection.id)
    return connection


def add_headers(response: Response) -> Response:
    """Put on every answer what protects the reader, and keep pages out of caches."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.www_authenticate = WWWAuthenticate("bearer")
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
    problems: tuple[Problem, ...] = getattr(error, "problems", ())
    field = getattr(error, "field", None)
    fields = [field] if field else [problem.field for problem in problems]
    return answer_error(status, error.code, str(error), fields=fields, problems=problems)


def tell_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer what Flask refuses, and whatever nobody foresaw, without a word of how it came about."""
    status = error.code or 500
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:  # a redirect of the router
        return error
    return answer_error(status, error.name.lower().replace(" ", "-"), MESSAGES.get(status, error.name + "."))


def tell_full(error: OperationalError) -> ResponseReturnValue:
    """Answer a database whose disk is full (CAP-10); what else it says is for the log."""
    if not any(mark in str(error.orig) for mark in ("disk is full", "No space left on device")):
        raise error
    log.get_logger(__name__).error("the disk of the database is full")
    return tell_error(StoreFull(NO_ROOM))


def tell_unkept(error: Exception) -> ResponseReturnValue:
    """Answer what no database keeps: a NUL or half a character in a text, a number out of range, JSON without end."""
    log.get_logger(__name__).info("cannot be kept", error=type(error).__name__)
    message = "A text or number that was sent cannot be kept. Nothing was changed. Leave out unprintable characters."
    return answer_error(422, Incomplete.code, message)


def answer_error(
    status: int, code: str, message: str, *, fields: Sequence[str] = (), problems: Sequence[Problem] = ()
) -> ResponseReturnValue:
    """Give an error as a page; under /api, and to scripts that ask for it, as JSON."""
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        told: dict[str, object] = {"error": {"code": code, "message": message, "fields": list(fields)}}
        if problems:
            told["problems"] = [
                {"code": problem.code, "field": problem.field, "message": problem.message} for problem in problems
            ]
        return jsonify(told), status
    heading = HTTPStatus(status).phrase.capitalize()
    return render_template("error.html", heading=heading, status=status, code=code, message=message), status


def tell_errors(command: click.Command) -> None:
    """Let a command, or any of a group, end with our error's sentence and exit code 1."""
    run = command.invoke

    def told(context: click.Context) -> object:
        try:
            return run(context)
        except CounterfoilError as error:
            raise click.ClickException(str(error)) from error

    command.invoke = told  # type: ignore[method-assign, assignment]


def add_own_routes(app: Flask) -> None:
    """Add the start and the files of the pages."""
    app.add_url_rule("/", view_func=show_start)
    app.add_url_rule("/static/<path:filename>", "static", serve_file)
    app.add_url_rule("/worker.js", view_func=show_worker)
    app.add_url_rule("/api/v1/openapi.json", view_func=show_interface)


def show_start() -> ResponseReturnValue:
    """Lead to where work waits."""
    return redirect(url_for("capture.show_costs"))


def show_interface() -> Response:
    """Describe the HTTP interface (OpenAPI)."""
    return serve_file("openapi.json")


def show_worker() -> Response:
    """Give the script that keeps the files of the pages in a browser; from the root, for it looks after all pages."""
    return serve_file("worker.js")


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


def add_to_templates(app: Flask) -> None:
    """Give the templates what all of them use."""
    app.jinja_env.filters.update(pounds=pounds, uk_date=uk_date, uk_time=uk_time, uk_clock=uk_clock)
    app.jinja_env.globals.update(asset=asset, may=may, has_page=app.view_functions.__contains__)


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


def uk_clock(moment: datetime) -> str:
    """Write a moment of today as the time alone, any other with its day."""
    return uk_time(moment).rpartition(", ")[2] if uk_date(moment) == uk_date(db.now()) else uk_time(moment)
