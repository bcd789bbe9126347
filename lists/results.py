"""How refreshes went: the running or last one, and for each list what its own last one brought."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from kashflow.ledger import ListKind
from lists.models import OPEN_STATES, Refresh, RefreshedList


@dataclass(frozen=True)
class Progress:
    """A connection's latest refresh with its lists, in order; ``done`` of ``total`` lists have ended."""

    refresh: Refresh
    rows: list[RefreshedList]

    @property
    def is_open(self) -> bool:
        """Tell whether it still waits or runs."""
        return self.refresh.state in OPEN_STATES

    @property
    def total(self) -> int:
        """Count its lists."""
        return len(self.rows)

    @property
    def done(self) -> int:
        """Count its lists that have ended."""
        return sum(1 for row in self.rows if row.state not in OPEN_STATES)


def latest_progress(session: Session, connection_id: int) -> Progress | None:
    """Give how far the latest refresh of a connection is; None when there was none."""
    wanted = select(Refresh).where(Refresh.connection_id == connection_id).order_by(Refresh.id.desc()).limit(1)
    refresh = session.scalar(wanted)
    return None if refresh is None else Progress(refresh, _rows(session, refresh.id))


def get_progress(session: Session, connection_id: int, refresh_id: int) -> Progress:
    """Give one refresh with its lists.

    Raises:
        NotFound: this connection has no such refresh.
    """
    refresh = session.get(Refresh, refresh_id)
    if refresh is None or refresh.connection_id != connection_id:
        raise NotFound("There is no such refresh.")
    return Progress(refresh, _rows(session, refresh_id))


def last_of_each(session: Session, connection_id: int) -> dict[ListKind, tuple[RefreshedList, Refresh]]:
    """Give for each list how its last refresh went."""
    newest = (
        select(func.max(RefreshedList.id))
        .join(Refresh, Refresh.id == RefreshedList.refresh_id)
        .where(Refresh.connection_id == connection_id)
        .group_by(RefreshedList.list_kind)
    )
    wanted = select(RefreshedList, Refresh).join(Refresh, Refresh.id == RefreshedList.refresh_id)
    rows = session.execute(wanted.where(RefreshedList.id.in_(newest)))
    return {row.list_kind: (row, refresh) for row, refresh in rows}


def list_refreshes(session: Session, connection_id: int, *, most: int = 20) -> list[Refresh]:
    """Give a connection's latest refreshes, the newest first."""
    wanted = select(Refresh).where(Refresh.connection_id == connection_id).order_by(Refresh.id.desc())
    return list(session.scalars(wanted.limit(most)))


def _rows(session: Session, refresh_id: int) -> list[RefreshedList]:
    order = list(ListKind)
    rows = session.scalars(select(RefreshedList).where(RefreshedList.refresh_id == refresh_id))
    return sorted(rows, key=lambda row: order.index(row.list_kind))
