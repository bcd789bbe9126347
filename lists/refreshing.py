"""Fetching a connection's lists again: entries are added, changed or turned inactive, never deleted."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import LockTaken, now, process_lock, transaction
from core.errors import Conflict
from core.log import get_logger
from kashflow.connecting import hold, open_ledger, usable_login
from kashflow.errors import ConnectionFault, LedgerError
from kashflow.ledger import Ledger, ListKind
from kashflow.models import Connection
from kashflow.service import NotConnected, Opener, describe_fault
from lists.merging import merge_list
from lists.models import OPEN_STATES, Refresh, RefreshedList, RefreshState

log = get_logger(__name__)


class RefreshRunning(Conflict):
    """A refresh of this connection is already running (LST-3)."""

    code = "LST-3"

    def __init__(self, message: str, *, refresh_id: int) -> None:
        super().__init__(message)
        self.refresh_id = refresh_id


def request_refresh(
    session: Session, connection: Connection, *, who: str, wanted: Iterable[ListKind] = (), accepts_empty: bool = False
) -> Refresh:
    """Ask for a refresh of a connection; without ``wanted`` of all its lists.

    Raises:
        RefreshRunning: one is under way (LST-3).
    """
    running = session.scalar(
        select(Refresh).where(Refresh.connection_id == connection.id, Refresh.state.in_(OPEN_STATES)).limit(1)
    )
    if running is not None:
        started = running.asked_at.strftime("%H:%M")
        text = f"A refresh is already running: started at {started} UTC by {running.asked_by}."
        raise RefreshRunning(text, refresh_id=running.id)
    refresh = Refresh(
        connection_id=connection.id, asked_by=who, wanted=[kind.value for kind in wanted], accepts_empty=accepts_empty
    )
    session.add(refresh)
    session.flush()
    lists = [kind for kind in ListKind if not refresh.wanted or kind.value in refresh.wanted]
    session.add_all(RefreshedList(refresh_id=refresh.id, list_kind=kind) for kind in lists)
    session.flush()
    return refresh


def run_refresh(refresh_id: int, opener: Opener = open_ledger) -> list[int]:
    """Fetch the lists of one refresh and give the ids of the entries that turned inactive.

    May run twice and at any time; one whose process died is taken up again. What was fetched stays when the rest fails.
    """
    with transaction() as session:
        refresh = session.get(Refresh, refresh_id)
        if refresh is None or refresh.state not in OPEN_STATES:
            log.info("nothing left to refresh", refresh=refresh_id)
            return []
        connection_id = refresh.connection_id
    try:
        with process_lock(f"refresh:{connection_id}"):
            return _run(refresh_id, connection_id, opener)
    except LockTaken:
        log.info("refresh is being worked on", refresh=refresh_id)
        return []


def _run(refresh_id: int, connection_id: int, opener: Opener) -> list[int]:
    with transaction() as session:
        refresh = session.get_one(Refresh, refresh_id)
        refresh.state = RefreshState.RUNNING
        refresh.started_at = refresh.started_at or now()
        open_lists = select(RefreshedList).where(RefreshedList.refresh_id == refresh_id)
        rows = [row for row in session.scalars(open_lists) if row.state in OPEN_STATES]
        wanted = [kind for kind in ListKind if kind in {row.list_kind for row in rows}]
        accepts_empty = refresh.accepts_empty
        connection = session.get_one(Connection, connection_id)
        try:
            login = usable_login(connection)
        except NotConnected as problem:
            _fail_all(session, refresh, problem.code, str(problem))
            return []
    ledger = opener(login)
    gone: list[int] = []
    for kind in wanted:
        try:
            gone += _refresh_list(refresh_id, connection_id, kind, ledger, accepts_empty=accepts_empty)
        except ConnectionFault as fault:
            hold(connection_id, fault)
            with transaction() as session:
                text = describe_fault(session.get_one(Connection, connection_id), fault)
                _fail_all(session, session.get_one(Refresh, refresh_id), fault.code, text)
            return gone
    _end(refresh_id)
    return gone


def _refresh_list(
    refresh_id: int, connection_id: int, kind: ListKind, ledger: Ledger, *, accepts_empty: bool
) -> list[int]:
    with transaction() as session:
        _row(session, refresh_id, kind).state = RefreshState.RUNNING
    try:
        listed = list(ledger.entries(kind))
    except ConnectionFault:
        raise
    except LedgerError as error:
        name = kind.value.replace("_", " ").capitalize()
        with transaction() as session:
            row = _row(session, refresh_id, kind)
            row.state, row.problem_code = RefreshState.FAILED, "LST-1"
            row.problem = f"{name} failed ({error}). The old ones stay in use; try again."
        log.warning("list failed", refresh=refresh_id, list=kind.value, code=error.code)
        return []
    with transaction() as session:
        outcome = merge_list(session, connection_id, kind, listed, accepts_empty=accepts_empty)
        row = _row(session, refresh_id, kind)
        row.state = RefreshState.DONE
        row.added, row.changed, row.inactive = outcome.added, outcome.changed, outcome.inactive
        row.changes = outcome.changes
        if outcome.refused_empty:
            row.state, row.problem_code = RefreshState.FAILED, "LST-4"
            row.problem = (
                f"KashFlow returned no {kind.value.replace('_', ' ')} where some were known; kept the old ones."
            )
    log.info("list refreshed", list=kind.value, added=outcome.added, changed=outcome.changed, inactive=outcome.inactive)
    return outcome.turned_inactive


def _row(session: Session, refresh_id: int, kind: ListKind) -> RefreshedList:
    wanted = select(RefreshedList).where(RefreshedList.refresh_id == refresh_id, RefreshedList.list_kind == kind)
    return session.scalars(wanted).one()


def _fail_all(session: Session, refresh: Refresh, code: str, problem: str) -> None:
    for row in session.scalars(select(RefreshedList).where(RefreshedList.refresh_id == refresh.id)):
        if row.state in OPEN_STATES:
            row.state, row.problem_code, row.problem = RefreshState.FAILED, code, problem
    _close(session, refresh)


def _end(refresh_id: int) -> None:
    with transaction() as session:
        _close(session, session.get_one(Refresh, refresh_id))


def _close(session: Session, refresh: Refresh) -> None:
    session.flush()
    states = set(session.scalars(select(RefreshedList.state).where(RefreshedList.refresh_id == refresh.id)))
    whole = {frozenset({RefreshState.DONE}): RefreshState.DONE, frozenset({RefreshState.FAILED}): RefreshState.FAILED}
    refresh.state = whole.get(frozenset(states), RefreshState.PARTIAL)
    refresh.ended_at = now()
    if RefreshState.DONE in states:
        session.get_one(Connection, refresh.connection_id).refreshed_at = refresh.ended_at


def is_being_refreshed(connection_id: int) -> bool:
    """Tell whether a living process is refreshing this connection."""
    try:
        with process_lock(f"refresh:{connection_id}"):
            return False
    except LockTaken:
        return True
