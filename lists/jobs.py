"""What workers run for lists: refreshing, on request and on schedule."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import func, select

from capture.entries.relinking import recode_open, settle_after_refresh
from core.db import now, snapshot, transaction
from kashflow.models import Connection, ConnectionState, Schedule
from lists.models import OPEN_STATES, Refresh
from lists.refreshing import RefreshRunning, is_being_refreshed, request_refresh, run_refresh
from worker import Due, enqueue

PERIODS = {Schedule.TWO_HOURLY: timedelta(hours=2), Schedule.DAILY: timedelta(days=1)}


def refresh_lists(refresh_id: int) -> None:
    """Fetch the lists of one refresh."""
    run_refresh(refresh_id, tell=settle_after_refresh)


def recode_open_items(connection_id: int) -> None:
    """Let new defaults of a connection settle on its open items."""
    recode_open(connection_id)


def begin_refresh(connection_id: int, who: str) -> int:
    """Fetch a connection's lists again, or join the refresh that is running; give its id."""
    try:
        with transaction() as session:
            refresh_id = request_refresh(session, connection_id, who=who).id
    except RefreshRunning as running:
        refresh_id = running.refresh_id
    enqueue(refresh_lists, refresh_id)
    return refresh_id


def find_due() -> Iterable[Due]:
    """Find refreshes that wait or whose process died, after asking for those that are due by schedule."""
    for connection_id in _scheduled():
        with transaction() as session, suppress(RefreshRunning):
            request_refresh(session, connection_id, who="the schedule")
    with snapshot() as session:
        rows = session.execute(select(Refresh.id, Refresh.connection_id).where(Refresh.state.in_(OPEN_STATES))).all()
    return [Due("lists.jobs.refresh_lists", (row.id,)) for row in rows if not is_being_refreshed(row.connection_id)]


def _scheduled() -> list[int]:
    """Give the connections whose last refresh, or first connecting, is longer ago than their schedule says."""
    last = select(func.max(Refresh.asked_at)).where(Refresh.connection_id == Connection.id, Refresh.is_whole)
    since = func.coalesce(last.scalar_subquery(), Connection.connected_at)
    wanted = select(Connection.id, Connection.schedule, since).where(Connection.state == ConnectionState.CONNECTED)
    with snapshot() as session:
        rows = session.execute(wanted).all()
    moment = now()
    return [
        connection_id
        for connection_id, schedule, begun_at in rows
        if schedule in PERIODS and begun_at is not None and begun_at + PERIODS[schedule] <= moment
    ]
