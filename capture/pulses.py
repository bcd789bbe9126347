"""When something that happens by itself happened last: seen by the status page, and asked before it happens again."""

from __future__ import annotations

from datetime import datetime, timedelta

from capture.models import Pulse
from core.db import now, snapshot, transaction

SWEEP = "sweep"
LEFTOVERS = "leftovers"


def beat(name: str, *, every: timedelta) -> bool:
    """Note that it happens now, and tell whether it was time for it; where it was not, nothing is written."""
    last = last_beat(name)
    if last is not None and now() - last < every:
        return False
    with transaction() as session:
        session.merge(Pulse(name=name, at=now()))
    return True


def last_beat(name: str) -> datetime | None:
    """Give when it happened last, None if never."""
    with snapshot() as session:
        pulse = session.get(Pulse, name)
        return pulse.at if pulse else None
