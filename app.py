"""Wiring of the web app: its pages, who may see them, how they fail, and what every answer carries."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from types import ModuleType

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
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from auth.access import Cookies, NotSignedIn, load_person, may, refuse_strangers, whom_to_ask
from auth.keys import LIFETIME
from capture.checking import Problem
from capture.store import NO_ROOM, StoreFull
from core import db, log
from core.config import ROOT, Config, current, set_current
from core.errors import CounterfoilError, Incomplete, SettingWrong
from core.money import format_money
from core.secrets import make_vault
from kashflow.views import choose_connection

FLOORS = ("auth", "kashflow", "lists", "rules", "capture", "publishing")
OPEN = {
    "static",
    "openapi",
    "worker",
    "auth.show_sign_in",
    "auth.enter",
    "auth.show_code",
    "auth.enter_code_of_app",
    "operating.show_life",
    "operating.show_readiness",
    "operating.show_metrics",
}
LONGEST_FORM = 64 * 1024  # bytes of what a stranger sends
LONGEST_TEXT = 16 * 1024 * 1024  # bytes of what holds no files
FILES_A_REQUEST = 40  # of the largest size; the limit of each is intake's
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
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


def shells(name: str) -> Iterator[ModuleType]:
    """Give the modules of this name in all rooms; what they hold is fixed by the house plan (docs/developers.md)."""
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob(f"{name}.py")):
            yield import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def blueprints(modules: Iterable[ModuleType]) -> list[Blueprint]:
    """Give the blueprints of modules, of which several may share one."""
    held = (each for module in modules for each in vars(module).values())
    return list(dict.fromkeys(each for each in held if isinstance(each, Blueprint)))


PAGES, INTERFACE, COMMANDS = blueprints(shells("views")), blueprints(shells("api")), list(shells("commands"))


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
        SESSION_REFRESH_EACH_REQUEST=False,  # a session ends when it ends, and kept files carry no cookie
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        MAX_CONTENT_LENGTH=config.max_file_mb * 1024 * 1024 * FILES_A_REQUEST,
    )
    app.session_interface = Cookies()
    app.url_map.converters["int"] = Id
    app.before_request(guard)
    add_shells(app)
    app.add_url_rule("/", "show_start", lambda: redirect(url_for("capture.show_costs")))
    add_files(app)
    app.jinja_env.filters.update(pounds=pounds, uk_date=uk_date, uk_time=uk_time)
    app.jinja_env.globals.update(asset=asset, may=may, whom_to_ask=whom_to_ask)
    app.register_error_handler(CounterfoilError, tell_error)
    app.register_error_handler(HTTPException, tell_http_error)
    for kind in (DataError, OverflowError, UnicodeEncodeError, RecursionError):
        app.register_error_handler(kind, tell_unkept)
    app.register_error_handler(OperationalError, tell_full)
    app.after_request(add_headers)
    return app


def add_shells(app: Flask) -> None:
    """Add what the floors have for the web and the command line; forms carry a token against forgery."""
    csrf = CSRFProtect(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    for blueprint in INTERFACE:  # needs none, for it is entered by bearer token
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint, url_prefix="/api/v1")
    for module in COMMANDS:
        for command in module.commands:
            tell_errors(command)
            app.cli.add_command(command)


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
    if g.user is None:
        request.max_content_length = LONGEST_FORM
    elif request.mimetype != "multipart/form-data":
        request.max_content_length = LONGEST_TEXT
    if request.endpoint is not None and request.endpoint not in OPEN:
        refuse_strangers()
    if g.user is not None:
        with db.snapshot() as session:
            g.connection = choose_connection(session)
        g.connection_id = g.connection.id


def add_headers(response: Response) -> Response:
    """Put on every answer what protects the reader and keeps it out of caches, unless it says otherwise itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def tell_error(error: CounterfoilError) -> ResponseReturnValue:
    """Answer one of our errors; strangers are led to the sign-in page."""
    if isinstance(error, NotSignedIn) and not request.path.startswith("/api/"):
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        target = url_for("auth.show_sign_in", next=wanted)
        is_part = "HX-Request" in request.headers
        return Response(status=401, headers={"HX-Redirect": target}) if is_part else redirect(target)
    problems: tuple[Problem, ...] = getattr(error, "problems", ())
    field = getattr(error, "field", None)
    fields = [field] if field else [problem.field for problem in problems]
    if not problems and error.status in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}:
        problems = (Problem(error.code, field or "", str(error)),)
    return answer_error(error.status, error.code, str(error), fields=fields, problems=problems)


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
    text = "A text or number that was sent cannot be kept. Nothing was changed. Leave out unprintable characters."
    return tell_error(Incomplete(text))


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


def add_files(app: Flask) -> None:
    """Add the files of the pages; the worker, a script that looks after all of them, has its address at the root."""
    app.add_url_rule("/static/<path:filename>", "static", serve_file)
    for address in ("/worker.js", "/api/v1/openapi.json"):
        app.add_url_rule(address, Path(address).stem, serve_file, defaults={"filename": Path(address).name})


def serve_file(filename: str) -> Response:
    """Serve a file of the pages, compressed where that pays; an address with its hash may be kept for ever."""
    response = send_from_directory(STATIC, filename, max_age=365 * 86400 if "v" in request.args else None)
    response.cache_control.immutable = "v" in request.args
    if Path(filename).suffix in PACKED:
        response.vary.add("Accept-Encoding")
        if response.status_code == HTTPStatus.OK and request.accept_encodings["gzip"]:
            response.direct_passthrough = False
            response.set_data(prepare(filename, (STATIC / filename).stat().st_mtime_ns)[0])
            response.content_encoding = "gzip"
    return response


@lru_cache
def prepare(filename: str, changed: int) -> tuple[bytes, str]:
    """Give a file compressed, and a short hash of it, as it was at this time."""
    del changed
    content = (STATIC / filename).read_bytes()
    return gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:12]


def asset(filename: str) -> str:
    """Give the address of a file of the pages; it changes with the content."""
    return url_for("static", filename=filename, v=prepare(filename, (STATIC / filename).stat().st_mtime_ns)[1])


def pounds(pence: int | None, currency: str = "GBP") -> str:
    """Write an amount; nothing for none."""
    return "" if pence is None else format_money(pence, currency)


def uk_date(day: date | datetime | None) -> str:
    """Write a date, or the day of a moment in the United Kingdom: 3 Mar 2026."""
    if isinstance(day, datetime):
        day = day.astimezone(db.LONDON)
    return f"{day.day} {day:%b %Y}" if day else ""


def uk_time(moment: datetime | None) -> str:
    """Write a moment as clocks in the United Kingdom showed it: 3 Mar 2026, 14:05."""
    return f"{uk_date(moment)}, {moment.astimezone(db.LONDON):%H:%M}" if moment else ""
