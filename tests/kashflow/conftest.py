"""A sandbox of its own for each test, the client on it, and a server that answers whatever a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kashflow.client import connect
from kashflow.ledger import Ledger
from kashflow.sandbox import faults
from kashflow.sandbox.account import Account, save_settings
from kashflow.sandbox.faults import Fault
from kashflow.sandbox.seed import USERNAME
from kashflow.sandbox.server import Sandbox, start
from kashflow.transport import Bounds

PASSWORD = "demo-password"
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
