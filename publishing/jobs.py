"""What workers run for publishing: the due steps of one connection, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable

from capture.intake import document_key, store
from core.db import snapshot
from core.log import get_logger
from kashflow.connecting import open_ledger, usable_login
from kashflow.ledger import Ledger
from kashflow.models import Connection
from publishing.sending import send
from publishing.service import due_connections, due_steps
from worker import Due, enqueue

log = get_logger(__name__)
SLICE_SECONDS = 20  # after which other connections have their turn
MOST_STEPS = 50


def send_due(connection_id: int) -> None:
    """Send what is due of one connection, until nothing is or the slice of time is over."""
    until = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < until:
        with snapshot() as session:
            steps = due_steps(session, connection_id, most=MOST_STEPS)
        if not steps:
            return
        before = steps
        for step_id in steps:
            send(lambda: _ledger(connection_id), step_id, fetch_document)
        with snapshot() as session:
            if due_steps(session, connection_id, most=MOST_STEPS) == before:
                return  # none of them can go on now: another waits for a person, or for its twin
    enqueue(send_due, connection_id)


def fetch_document(sha256: str) -> bytes:
    """Give a document's bytes."""
    return store().get(document_key(sha256))


def find_due() -> Iterable[Due]:
    """Find the connections with something to send or to look for."""
    with snapshot() as session:
        return [Due("publishing.jobs.send_due", (each,)) for each in due_connections(session)]


def _ledger(connection_id: int) -> Ledger:
    with snapshot() as session:
        return open_ledger(usable_login(session.get_one(Connection, connection_id)))
