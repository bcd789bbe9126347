"""One HTTP request to the service: a connection of its own, sent once, the reply read within bounds.

Nothing is pooled, repeated, redirected or sent through a proxy, so it is always certain whether a byte has left.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

import certifi

from kashflow.errors import NotSent

MEGABYTE = 1024 * 1024


class Broken(Exception):
    """The request left, and no whole reply came."""


@dataclass(frozen=True)
class Bounds:
    """How long to wait, in seconds, for the connection, for each piece of the reply and for all of it; its size."""

    connect: float = 10
    piece: float = 60
    whole: float = 300
    megabytes: int = 256


class Reply:
    """The reply to one request; ``read`` is what a parser wants of a file."""

    def __init__(self, response: HTTPResponse, bounds: Bounds) -> None:
        self.status = response.status
        self._response = response
        self._left = bounds.megabytes * MEGABYTE
        self._deadline = time.monotonic() + bounds.whole

    def read(self, size: int) -> bytes:
        """Give the next bytes, none at the end.

        Raises:
            Broken: the connection broke, or the reply is too long or takes too long.
        """
        try:
            piece = self._response.read1(size)
        except (OSError, HTTPException) as error:
            raise Broken(f"the reply broke off: {reason(error)}") from error
        self._left -= len(piece)
        if self._left < 0:
            raise Broken("the reply is too long")
        if time.monotonic() > self._deadline:
            raise Broken("the reply took too long")
        return piece


class Endpoint:
    """The address of the service, the only one that is ever connected to."""

    def __init__(self, url: str, bounds: Bounds) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("The service's address begins with http:// or https://.")
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path or "/"
        self._context = _trust() if parts.scheme == "https" else None
        self._bounds = bounds

    @contextmanager
    def post(self, body: bytes, headers: Mapping[str, str]) -> Iterator[Reply]:
        """Send one request and give its reply, to be read before the block ends.

        Raises:
            NotSent: no connection came about, so not a byte left.
            Broken: the request left, at least in part, and no reply came.
        """
        connection = self._connect()
        try:
            try:
                connection.request("POST", self._path, body, {**headers, "Connection": "close"})
                response = connection.getresponse()
            except (OSError, HTTPException) as error:
                raise Broken(f"no reply came: {reason(error)}") from error
            with response:
                yield Reply(response, self._bounds)
        finally:
            connection.close()

    def _connect(self) -> HTTPConnection:
        if self._context is None:
            connection = HTTPConnection(self._host, self._port, timeout=self._bounds.connect)
        else:
            connection = HTTPSConnection(self._host, self._port, timeout=self._bounds.connect, context=self._context)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise NotSent(f"KashFlow could not be reached: {reason(error)}. Nothing was sent.") from error
        connection.sock.settimeout(self._bounds.piece)
        return connection


def reason(error: Exception) -> str:
    """Give an error of the network in a few words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())  # a bare machine has no certificates of its own
    return context
