"""Fetching a connection's lists again: entries are added, changed or turned inactive, never deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import LONDON, LockTaken, now, process_lock, transaction
from core.errors import Conflict
from core.log import get_logger
from kashflow.advice import explain
from kashflow.connecting import hold, open_ledger, usable_login
from kashflow.errors import ConnectionFault, Rejected, SecretsLost, Unavailable
from kashflow.ledger import Ledger, ListKind
from kashflow.models import Connection
from kashflow.service import NotConnected, Opener, hold_connection
from lists.keeping import keep_list
from lists.merging import Merged
from lists.models import OPEN_STATES, Refresh, RefreshedList, RefreshState
from lists.service import LABELS

log = get_logger(__name__)
MOST_TRIES = 5  # of processes that died over one refresh


class RefreshRunning(Conflict):
    """A refresh of this connection is already running (LST-3)."""

    code = "LST-3"

    def __init__(self, message: str, *, refresh_id: int) -> None:
        super().__init__(message)
        self.refresh_id = refresh_id


@dataclass(frozen=True)
class _Task:
    refresh_id: int
    connection_id: int
    era: int
    accepts_empty: bool


def request_refresh(
    session: Session, connection_id: int, *, who: str, wanted: Iterable[ListKind] = (), accepts_empty: bool = False
) -> Refresh:
    """Ask for a refresh of a connection; without ``wanted`` of all its lists.

    Raises:
        RefreshRunning: one is under way (LST-3).
    """
    session.execute(select(Connection.id).where(Connection.id == connection_id).with_for_update())
    running = find_open_refresh(session, connection_id)
    if running is not None:
        started = running.asked_at.astimezone(LONDON)
        text = f"A refresh is already running: started at {started:%H:%M} by {running.asked_by}."
        raise RefreshRunning(text, refresh_id=running.id)
    names = [kind.value for kind in wanted]
    refresh = Refresh(
        connection_id=connection_id, asked_by=who, wanted=names, is_whole=not names, accepts_empty=accepts_empty
    )
    session.add(refresh)
    session.flush()
    lists = [kind for kind in ListKind if refresh.is_whole or kind.value in names]
    session.add_all(RefreshedList(refresh_id=refresh.id, list_kind=kind) for kind in lists)
    session.flush()
    return refresh


def find_open_refresh(session: Session, connection_id: int) -> Refresh | None:
    """Find the refresh of a connection that waits or runs."""
    return session.scalar(
        select(Refresh).where(Refresh.connection_id == connection_id, Refresh.state.in_(OPEN_STATES)).limit(1)
    )


def run_refresh(refresh_id: int, opener: Opener = open_ledger, *, tell: Callable[[int], None] | None = None) -> None:
    """Fetch the lists of one refresh, and tell the floors above, by the connection's id, before it is called done.

    May run twice and at any time; one whose process died is taken up again. What was fetched stays when the rest fails.
    """
    with transaction() as session:
        refresh = session.get(Refresh, refresh_id)
        if refresh is None or refresh.state not in OPEN_STATES:
            log.info("nothing left to refresh", refresh=refresh_id)
            return
        connection_id = refresh.connection_id
    try:
        with process_lock(f"refresh:{connection_id}"):
            if not _take_up(refresh_id):
                return
            _run(refresh_id, connection_id, opener)
            if tell is not None:
                tell(connection_id)
            _end(refresh_id)
    except LockTaken:
        log.info("refresh is being worked on", refresh=refresh_id)


def _take_up(refresh_id: int) -> bool:
    """Note that this process works on a refresh; False when another was faster."""
    with transaction() as session:
        refresh = session.get_one(Refresh, refresh_id)
        if refresh.state not in OPEN_STATES:
            return False
        refresh.state, refresh.tries = RefreshState.RUNNING, refresh.tries + 1
        refresh.started_at = refresh.started_at or now()
        if refresh.tries > MOST_TRIES:
            _fail_rest(session, refresh_id, "LST-1", "It was interrupted again and again. The old ones stay in use.")
        return True


def _run(refresh_id: int, connection_id: int, opener: Opener) -> None:
    with transaction() as session:
        refresh = session.get_one(Refresh, refresh_id)
        wanted = {row.list_kind for row in _open_lists(session, refresh_id)}
        connection = session.get_one(Connection, connection_id)
        task = _Task(refresh_id, connection_id, connection.era, accepts_empty=refresh.accepts_empty)
        try:
            login = usable_login(connection)
        except (NotConnected, SecretsLost) as problem:
            _fail_rest(session, refresh_id, problem.code, str(problem))
            if isinstance(problem, SecretsLost):
                hold_connection(connection, problem)
            return
    ledger = opener(login)
    try:
        for kind in (each for each in ListKind if each in wanted):
            _refresh_list(task, kind, ledger)
    except ConnectionFault as fault:
        hold(connection_id, fault, login)
        with transaction() as session:
            _fail_rest(session, refresh_id, fault.code, str(explain(connection.name, fault)))


def _refresh_list(task: _Task, kind: ListKind, ledger: Ledger) -> None:
    with transaction() as session:
        _row(session, task, kind).state = RefreshState.RUNNING
    try:
        listed = list(ledger.entries(kind))
    except (Unavailable, Rejected) as error:
        with transaction() as session:
            text = f"{LABELS[kind]} failed ({str(error).rstrip('.')}). The old ones stay in use."
            _fail(_row(session, task, kind), "LST-1", text)
        log.warning("list failed", refresh=task.refresh_id, list=kind.value, code=error.code)
        return
    with transaction() as session:
        row = _row(session, task, kind)
        if session.get_one(Connection, task.connection_id).era != task.era:
            _fail(row, "CON-8", "The connection belongs to another organisation since. Refresh again.")
            return
        merged = keep_list(session, task.connection_id, kind, listed, accepts_empty=task.accepts_empty)
        _tell_list(row, merged)
    log.info("list refreshed", list=kind.value, added=merged.added, changed=merged.changed, inactive=merged.inactive)


def _tell_list(row: RefreshedList, merged: Merged) -> None:
    """Write down what one list altered, and what a person should know of it."""
    name = LABELS[row.list_kind]
    if merged.emptied:
        text = f"{name}: KashFlow returned none where {merged.emptied:,} were known; kept the old ones."
        _fail(row, "LST-4", text)
        return
    row.state = RefreshState.DONE
    row.added, row.changed, row.inactive, row.changes = merged.added, merged.changed, merged.inactive, merged.changes
    if merged.orphans:
        row.problem_code = "LST-6"
        row.problem = f"{merged.orphans:,} sub-products had no product and were set aside. Refresh the products."


def _fail(row: RefreshedList, code: str, problem: str) -> None:
    row.state, row.problem_code, row.problem = RefreshState.FAILED, code, problem


def _fail_rest(session: Session, refresh_id: int, code: str, problem: str) -> None:
    for row in _open_lists(session, refresh_id):
        _fail(row, code, problem)


def _open_lists(session: Session, refresh_id: int) -> list[RefreshedList]:
    wanted = select(RefreshedList).where(RefreshedList.refresh_id == refresh_id, RefreshedList.state.in_(OPEN_STATES))
    return list(session.scalars(wanted))


def _row(session: Session, task: _Task, kind: ListKind) -> RefreshedList:
    wanted = select(RefreshedList).where(RefreshedList.refresh_id == task.refresh_id, RefreshedList.list_kind == kind)
    return session.scalars(wanted).one()


def _end(refresh_id: int) -> None:
    """Call a refresh done, or done in part, by how its lists went."""
    with transaction() as session:
        refresh = session.get_one(Refresh, refresh_id)
        states = set(session.scalars(select(RefreshedList.state).where(RefreshedList.refresh_id == refresh_id)))
        refresh.state = states.pop() if len(states) == 1 else RefreshState.PARTIAL
        refresh.ended_at = now()
        if refresh.state is not RefreshState.FAILED:
            session.get_one(Connection, refresh.connection_id).refreshed_at = refresh.ended_at


def is_being_refreshed(connection_id: int) -> bool:
    """Tell whether a living process is refreshing this connection."""
    try:
        with process_lock(f"refresh:{connection_id}"):
            return False
    except LockTaken:
        return True
