"""No password and no key in any error, its causes included, nor in the log, whatever the service echoes."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest

from core.errors import CounterfoilError
from kashflow.client import connect
from kashflow.ledger import Kind, Ledger, ListKind, NewAttachment, NewContact
from tests.kashflow.conftest import BOUNDS, Server, envelope

SECRETS = ("pa55-w0rd-XYZ", "0BADC0DE-7777")


def everything_is_tried(ledger: Ledger) -> list[CounterfoilError]:
    tries: list[Callable[[], object]] = [
        ledger.company,
        lambda: list(ledger.entries(ListKind.SUPPLIERS)),
        lambda: ledger.find_contact(Kind.COST, "A"),
        lambda: ledger.insert_contact(Kind.COST, NewContact("A", "A")),
        lambda: ledger.attach(Kind.COST, NewAttachment(1, "a.pdf", "application/pdf", b"abc")),
        lambda: ledger.authorise_address(SECRETS[1]),
    ]
    errors = []
    for attempt in tries:
        try:
            attempt()
        except CounterfoilError as error:
            errors.append(error)
    return errors


def echo(server: Server, text: str, status: int, handler: BaseHTTPRequestHandler) -> None:
    asked = re.search(rb"<ns0:(\w+) ", server.requests[-1])
    assert asked is not None
    body = envelope(asked[1].decode(), text)
    handler.send_response(status)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.parametrize("status", [200, 500])
def test_no_secret_stands_in_an_error_or_in_the_log(
    server: Server, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    secrets = " ".join(SECRETS)
    fault = "<soap:Fault xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'>{}</soap:Fault>"
    texts = [
        fault.format(f"<faultstring>{secrets}</faultstring>"),
        fault.format(f"<faultstring>Server was unable to read request: {secrets}</faultstring>"),
        f"<Status>NO</Status><StatusDetail>{secrets}</StatusDetail>",
        f"<x>{secrets}",
    ]
    ledger = connect(server.url, "u", SECRETS[0], autoauth_key=SECRETS[1], bounds=BOUNDS)
    shown = []
    with caplog.at_level("DEBUG"):
        for text in texts:
            server.answer = partial(echo, server, text, status)
            shown += ["".join(traceback.format_exception(error)) for error in everything_is_tried(ledger)]

    assert len(shown) == 24
    assert not [text for text in [*shown, caplog.text] for secret in SECRETS if secret in text]
