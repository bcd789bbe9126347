"""Who is asking, and what they may do: the one module besides the shells that knows Flask."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Literal, ParamSpec, TypeVar

from flask import Flask, g, has_request_context, request, session
from flask.sessions import SecureCookieSessionInterface

from auth.keys import find_by_api_token, find_by_session, note_use, use_is_noted
from auth.models import Role
from auth.service import list_administrators
from core.db import snapshot, transaction
from core.errors import CounterfoilError, Forbidden

Permission = Literal["submit", "review", "publish", "refresh", "rules", "connect", "people", "settings"]
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

_EVERYBODY: frozenset[Permission] = frozenset({"submit", "review", "publish", "refresh"})
_ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.STANDARD: _EVERYBODY,
    Role.ADMINISTRATOR: _EVERYBODY | {"rules", "connect", "people", "settings"},
}
_CODES: dict[Permission, str] = {"connect": "CON-9", "publish": "PUB-17"}
_KEY = "key"
_CONNECTION = "connection"
_AWAITED = "awaited"
MINUTES_FOR_CODE = 5


class Cookies(SecureCookieSessionInterface):
    """The session cookie: ``__Host-`` and Secure behind HTTPS; plain over HTTP, where browsers would drop that."""

    def get_cookie_name(self, app: Flask) -> str:
        """Give the name that fits the request."""
        return "__Host-counterfoil" if self.get_cookie_secure(app) else "counterfoil"

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the request came by HTTPS (gunicorn believes a proxy on this machine)."""
        del app
        return has_request_context() and request.is_secure


class NotSignedIn(CounterfoilError):
    """Nobody is signed in, or the token is none of ours."""

    code = "not-signed-in"
    status = 401


def load_person() -> None:
    """Find out who is asking: under /api by bearer token alone, elsewhere by session alone.

    Sets ``g.user`` (None for strangers), ``g.organisation_id`` and ``g.role``.
    """
    g.user = None
    by_token = request.path.startswith("/api/")
    key = _bearer() if by_token else session.get(_KEY)
    if not key:
        return
    with snapshot() as database:
        person = find_by_api_token(database, key) if by_token else find_by_session(database, key)
    if person is None:
        return
    if not use_is_noted(person):
        with transaction() as database:
            note_use(database, person)
    g.user, g.organisation_id, g.role = person, person.organisation_id, person.role


def refuse_strangers() -> None:
    """Let nobody on who is not signed in, and no reading token write.

    Raises:
        NotSignedIn: nobody is.
        Forbidden: the token is for reading alone.
    """
    if g.user is None:
        raise NotSignedIn(
            "Sign in first." if not request.path.startswith("/api/") else "A valid bearer token is needed."
        )
    if request.method not in {"GET", "HEAD", "OPTIONS"} and not g.user.may_write:
        raise Forbidden("This token is for reading alone.")


def greet(key: str) -> None:
    """Hand a new session's key to the browser; nothing of what it held before stays."""
    session.clear()
    session[_KEY] = key
    session.permanent = True


def await_code(user_id: int) -> None:
    """Remember for some minutes that this browser's person knows the password; nothing is open yet."""
    session.clear()
    session[_AWAITED] = [user_id, int(time.time())]


def awaited_user() -> int | None:
    """Give whose code this browser has still to send; None when it took too long."""
    user_id, since = session.get(_AWAITED, (None, 0))
    return user_id if time.time() - since < MINUTES_FOR_CODE * 60 else None


def dismiss() -> None:
    """Take everything from the browser that it holds of ours."""
    session.clear()


def chosen_connection() -> int | None:
    """Give the connection that this browser's pages are about; under /api every address names its own."""
    return None if request.path.startswith("/api/") else session.get(_CONNECTION)


def stay_on_connection(connection_id: int) -> None:
    """Let this browser's pages be about this connection from now on."""
    if not request.path.startswith("/api/"):
        session[_CONNECTION] = connection_id


def may(permission: Permission) -> bool:
    """Tell whether the person's role allows this; publishing can be taken from a standard member."""
    if g.user is None or permission not in _ALLOWED[g.user.role]:
        return False
    return permission != "publish" or g.user.may_publish


def insist(permission: Permission) -> None:
    """Go on only where the person may do this.

    Raises:
        Forbidden: they may not.
    """
    if not may(permission):
        raise _refusal(permission)


def needs(permission: Permission) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Let only those in whose role allows this.

    Raises:
        Forbidden: when a page is asked for by somebody else.
    """

    def closed(page: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        @functools.wraps(page)
        def checked(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
            insist(permission)
            return page(*args, **kwargs)

        return checked

    return closed


def whom_to_ask() -> str:
    """Name those who may do what others ask for (D3)."""
    with snapshot() as database:
        return ", ".join(list_administrators(database, g.organisation_id)) or "whoever runs this server"


def _refusal(permission: Permission) -> Forbidden:
    if permission == "publish":
        error = Forbidden(
            f"Waiting for {whom_to_ask()}: you may prepare items, but not publish them. Nothing was sent."
        )
    else:
        error = Forbidden(f"Only an administrator may do this. Ask {whom_to_ask()}.")
    error.code = _CODES.get(permission, error.code)
    return error


def client_address() -> str:
    """Give the address the request came from; of a proxy on this machine, what the proxy says."""
    nearest = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_loopback(nearest) else nearest


def is_from_this_machine() -> bool:
    """Tell whether the request began on this machine and was not passed on by a proxy."""
    return _is_loopback(client_address())


def _bearer() -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
