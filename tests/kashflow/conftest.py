"""A sandbox of its own for each test, the client and a connection on it, and a server that says what a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.models import Membership
from capture.models import Item
from core.config import current, set_current
from kashflow.client import connect
from kashflow.ledger import Ledger
from kashflow.models import Connection, ConnectionState
from kashflow.sandbox import faults
from kashflow.sandbox.account import Account, save_settings
from kashflow.sandbox.faults import Fault
from kashflow.sandbox.seed import DEMO, USERNAME
from kashflow.sandbox.server import Sandbox, start
from kashflow.service import list_connections
from kashflow.transport import Bounds
from publishing.models import Step, StepKind
from tests.pages import PageClient

PASSWORD = "demo-password"
KEY = DEMO.autoauth_key
LOGIN = {"username": "demo", "password": PASSWORD}
BOUNDS = Bounds(connect=10, piece=30, whole=60, megabytes=1)


@dataclass
class Scene:
    """A running sandbox with what tests do to it."""

    sandbox: Sandbox

    @property
    def account(self) -> Account:
        return Account(self.sandbox.store, USERNAME)

    def set(self, **changes: object) -> None:
        save_settings(self.sandbox.store, USERNAME, self.account.settings.changed(changes))

    def strikes(self, fault: str, operation: str, **more: object) -> None:
        faults.plan(self.sandbox.store, replace(Fault(fault, operation), **more))  # type: ignore[arg-type]

    def violations(self) -> list[str]:
        return [row[0] for row in self.sandbox.store.execute("SELECT text FROM violations")]

    def asked(self, operation: str) -> list[str]:
        return [
            row[0]
            for row in self.sandbox.store.execute(
                "SELECT outcome FROM requests WHERE operation = ? ORDER BY id", operation
            )
        ]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with start(tmp_path) as sandbox:
        yield Scene(sandbox)


@pytest.fixture
def ledger(scene: Scene) -> Ledger:
    return connect(scene.sandbox.url, USERNAME, PASSWORD, bounds=BOUNDS)


def log_in(client: PageClient, connection: Connection, **fields: str) -> TestResponse:
    """Send the guide's login form, with the steps ticked as done."""
    return client.submit(f"/connections/{connection.id}/login", done="1", **fields)


@pytest.fixture
def connection(session: Session, membership: Membership, scene: Scene) -> Iterator[Connection]:
    """The administrator's connection, with the sandbox as its KashFlow."""
    config = current()
    set_current(replace(config, kashflow_url=scene.sandbox.url))
    connection = list_connections(session, membership.organisation_id)[0]
    session.commit()
    yield connection
    set_current(config)


@pytest.fixture
def connected(signed_in: PageClient, connection: Connection, session: Session) -> Connection:
    """The same, connected through the guide under the name Main."""
    log_in(signed_in, connection, name="Main", **LOGIN)
    session.expire_all()
    assert connection.state is ConnectionState.CONNECTED
    return connection


def document_step(session: Session, item: Item, **columns: object) -> Step:
    """Make the step that enters an item's document, queued unless told otherwise."""
    step = Step(connection_id=item.connection_id, item=item, kind=StepKind.DOCUMENT, payload={"kind": "cost"})
    step.payload_hash = "0" * 64
    for name, value in columns.items():
        setattr(step, name, value)
    session.add(step)
    session.commit()
    return step


@dataclass
class Server:
    """Answers every request with what ``answer`` writes; ``requests`` are the bodies that came."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], None] = lambda _: None

    def says(self, body: bytes, status: int = 200, **headers: str) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = answer


@pytest.fixture
def server() -> Iterator[Server]:
    answers = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answers.requests.append(self.rfile.read(int(self.headers["Content-Length"])))
            answers.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.url = f"http://127.0.0.1:{http.server_port}/api/service.asmx"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    yield answers
    http.shutdown()
    http.server_close()


def envelope(operation: str, inside: str) -> bytes:
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<{operation}Response xmlns="KashFlow">{inside}</{operation}Response></soap:Body></soap:Envelope>'
    ).encode()


def call(scene: Scene, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection(urlsplit(scene.sandbox.site).netloc, timeout=30)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, response.read()
