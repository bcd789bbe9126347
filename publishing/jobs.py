"""What workers run for publishing: the due steps of one connection, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlalchemy import select

from core.db import LockTaken, now, process_lock, snapshot
from core.log import get_logger
from kashflow.connecting import hold, open_ledger, usable_login
from kashflow.errors import ConnectionFault, LedgerError
from kashflow.ledger import Ledger
from kashflow.models import Connection, ConnectionState
from publishing.attaching import AttachmentEffect
from publishing.documents import DeletionEffect, DocumentEffect, UpdateEffect
from publishing.drift import compare_connection, is_due, put_off
from publishing.due import due_connections, due_steps
from publishing.effects import ContactEffect, Effect, NoteEffect, PaymentEffect
from publishing.files import fetch_file
from publishing.models import StepKind
from publishing.notes import StoreNote
from publishing.rows import sql_rows
from publishing.sending import Moved, Office, send
from worker import Due, enqueue, run

log = get_logger(__name__)
SLICE_SECONDS = 20  # after which other connections have their turn
MOST_STEPS = 50


def send_due(connection_id: int) -> None:
    """Send what is due of one connection, until nothing is or the slice of time is over."""
    until = time.monotonic() + SLICE_SECONDS
    done: dict[int, int] = {}
    while time.monotonic() < until:
        with snapshot() as session:
            stuck = [step_id for step_id, times in done.items() if times > 1]
            steps = due_steps(session, connection_id, most=MOST_STEPS, but=stuck)
        if not steps:
            return
        for step_id in steps:
            done[step_id] = done.get(step_id, 0) + 1
            run("publishing.jobs.send_step", step_id)  # which stops at no bad row
            if time.monotonic() > until:
                break
    enqueue(send_due, connection_id)


def send_step(step_id: int) -> None:
    """Take one step further, unless another process is sending for this account or went on with it."""
    try:
        send(office(), step_id)
    except (LockTaken, Moved):
        log.info("somebody else was faster", step=step_id)


def compare(connection_id: int) -> None:
    """Compare what was published lately with what KashFlow has now; once a day."""
    with suppress(LockTaken), process_lock(f"compare:{connection_id}"):
        with snapshot() as session:
            if not is_due(session.get_one(Connection, connection_id), now()):
                return
        try:
            with holding(connection_id):
                differing = compare_connection(ledger_of(connection_id), connection_id)
        except ConnectionFault:
            return
        except LedgerError as problem:
            put_off(connection_id)
            log.warning("not compared this time", connection=connection_id, problem=str(problem))
            return
        log.info("compared", connection=connection_id, differing=differing)


def find_due() -> Iterable[Due]:
    """Find the connections with something to send or to look for, and those to be compared with KashFlow."""
    with snapshot() as session:
        due = [Due("publishing.jobs.send_due", (each,)) for each in due_connections(session)]
        connected = session.scalars(select(Connection).where(Connection.state == ConnectionState.CONNECTED))
        return due + [Due("publishing.jobs.compare", (each.id,)) for each in connected if is_due(each, now())]


def office() -> Office:
    """Give what sending reaches in a running product."""
    return Office(sql_rows, process_lock, ledger_of, effects, StoreNote(), now)


def effects() -> Mapping[StepKind, Effect]:
    """Give the effect of each kind of step."""
    return {
        StepKind.CONTACT: ContactEffect(),
        StepKind.DOCUMENT: DocumentEffect(),
        StepKind.PAYMENT: PaymentEffect(),
        StepKind.ATTACHMENT: AttachmentEffect(fetch_file),
        StepKind.NOTE: NoteEffect(),
        StepKind.UPDATE: UpdateEffect(),
        StepKind.DELETION: DeletionEffect(),
    }


@contextmanager
def holding(connection_id: int) -> Iterator[None]:
    """Hold a connection whose login is refused, whoever asked: a refused password is not sent again by itself."""
    try:
        yield
    except ConnectionFault as fault:
        hold(connection_id, fault)
        raise


def ledger_of(connection_id: int) -> Ledger:
    """Open the ledger of a connection with its saved login.

    Raises:
        NotConnected: it may not be used now.
        SecretsLost: the login cannot be opened (CON-10).
    """
    with snapshot() as session:
        connection = session.get_one(Connection, connection_id)
    return open_ledger(usable_login(connection))
