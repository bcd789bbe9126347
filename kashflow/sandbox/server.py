"""The sandbox's server: SOAP, pages and controls on one port of this machine."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from kashflow.sandbox.pages import make_pages
from kashflow.sandbox.seed import plant
from kashflow.sandbox.soap import PATH, Service
from kashflow.sandbox.store import Store

POLL = 0.05  # seconds until a request to stop is noticed


class _Handler(WSGIRequestHandler):
    """Leaves the log to the service, which names operations instead of paths."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


@dataclass
class Sandbox:
    """A running sandbox: ``url`` is the SOAP endpoint, ``site`` the address of the pages, ``store`` the books."""

    url: str
    site: str
    store: Store
    server: BaseWSGIServer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.store.close()


def start(data_dir: Path, *, port: int = 0, host: str = "127.0.0.1") -> Sandbox:
    """Start a sandbox on a thread; port 0 takes a free one. Its books are kept in the folder.

    Raises:
        OSError: the port is taken, or the folder cannot be written to.
    """
    listener = socket.create_server((host, port))  # by ourselves: werkzeug ends the process when the port is taken
    store = Store(data_dir / "kashflow.db")
    plant(store)
    application = DispatcherMiddleware(make_pages(store), {PATH: Service(store)})
    with listener:
        server = make_server(host, port, application, threaded=True, request_handler=_Handler, fd=listener.fileno())
    serve = partial(server.serve_forever, poll_interval=POLL)
    threading.Thread(target=serve, name="sandbox", daemon=True).start()
    site = f"http://{host}:{server.socket.getsockname()[1]}"
    return Sandbox(f"{site}{PATH}", site, store, server)
