"""Looking into a mailbox or folder: when it is due, how it went, and what was taken before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from capture.intake.service import Batch, batch_by
from capture.store import StoreFull, StoreUnavailable
from capture.ways.errors import ChannelFault
from capture.ways.models import Arrival, Channel, ChannelKind
from capture.ways.secret import open_password
from core.db import LockTaken, now, process_lock, snapshot, transaction
from core.errors import CounterfoilError
from core.log import get_logger
from core.secrets import SecretUnreadable

log = get_logger(__name__)
AT_ONCE = 50  # mails or files of one look
PERIODS = {ChannelKind.MAILBOX: timedelta(minutes=1), ChannelKind.FOLDER: timedelta(seconds=10)}
SOON, LATER = timedelta(minutes=1), timedelta(minutes=15)  # after the first failure; doubled with each further one
SOON_MOST, LATER_MOST = timedelta(minutes=30), timedelta(hours=6)


Wake = Callable[[int], None]  # told the submissions that are to be read


@dataclass(frozen=True)
class Look:
    """One look into a channel: where, with what password, and what holds for what is found."""

    channel_id: int
    settings: dict[str, Any]
    password: str
    batch: Batch
    looked: dict[str, Any]


def due_channels() -> list[int]:
    """Give the mailboxes and folders that are to be looked into now, and into which nobody looks yet."""
    wanted = select(Channel.id).where(
        Channel.enabled, Channel.kind.in_(PERIODS), or_(Channel.due_at.is_(None), Channel.due_at <= now())
    )
    with snapshot() as session:
        due = list(session.scalars(wanted))
    return [channel_id for channel_id in due if not _is_looked_into(channel_id)]


def _is_looked_into(channel_id: int) -> bool:
    try:
        with process_lock(lock_of(channel_id)):
            return False
    except LockTaken:
        return True


def lock_of(channel_id: int) -> str:
    """Name the lock that whoever looks into a channel holds; it dies with its process."""
    return f"channel:{channel_id}"


def look_into(channel_id: int, take: Callable[[Look], None]) -> None:
    """Take what is new in a channel, where it is due and nobody is at it; what goes wrong stands on the channel."""
    try:
        with process_lock(lock_of(channel_id)):
            look = _begin_look(channel_id)
            if look is not None:
                take(look)
    except LockTaken:
        log.info("the channel is being looked into", channel=channel_id)
    except (ChannelFault, StoreFull, StoreUnavailable, SecretUnreadable) as fault:
        log.warning("the channel could not be looked into", channel=channel_id, code=fault.code)
        note_fault(channel_id, fault)


def _begin_look(channel_id: int) -> Look | None:
    """Give what to look into, and say when it is due again; None where it is not due, or switched off."""
    with transaction() as session:
        channel = session.get(Channel, channel_id)
        if channel is None or not channel.enabled or channel.kind not in PERIODS or channel.connection_id is None:
            return None
        if channel.due_at is not None and channel.due_at > now():
            return None
        channel.due_at = now() + PERIODS[channel.kind]
        batch = batch_by(channel, channel.connection_id)
        settings, looked = dict(channel.settings), dict(channel.looked)
    return Look(channel_id, settings, open_password(channel), batch, looked)


def note_good(channel_id: int, *, looked: dict[str, Any] | None = None, more: bool = False) -> None:
    """Write down that a look went well; with ``more`` to take it is due at once."""
    with transaction() as session:
        channel = session.get_one(Channel, channel_id)
        channel.checked_at, channel.failures = now(), 0
        channel.problem_code = channel.problem = None
        if looked is not None:
            channel.looked = looked
        if more:
            channel.due_at = now()


def note_fault(channel_id: int, fault: CounterfoilError) -> None:
    """Write down why a look failed; the next one is the later the more often it failed."""
    with transaction() as session:
        channel = session.get_one(Channel, channel_id)
        channel.problem_code, channel.problem = fault.code, str(fault)
        channel.failures += 1
        heals = not isinstance(fault, ChannelFault) or fault.heals
        channel.due_at = now() + back_off(channel.failures, heals=heals)


def back_off(failures: int, *, heals: bool) -> timedelta:
    """Give how long to wait after so many failures in a row; a refused password is no use soon."""
    first, most = (SOON, SOON_MOST) if heals else (LATER, LATER_MOST)
    return min(most, first * int(2 ** min(failures - 1, 20)))


def find_arrival(channel_id: int, identity: str) -> Arrival | None:
    """Find what was taken before by what it is."""
    with snapshot() as session:
        return session.scalar(select(Arrival).where(Arrival.channel_id == channel_id, Arrival.identity == identity))


def places_of(channel_id: int, places: Sequence[str]) -> dict[str, bool]:
    """Give which of these places something was taken from, and whether it was put away."""
    wanted = select(Arrival.place, Arrival.is_put_away).where(
        Arrival.channel_id == channel_id, Arrival.place.in_(places)
    )
    with snapshot() as session:
        return {row.place: row.is_put_away for row in session.execute(wanted)}


def note_put_away(channel_id: int, places: Sequence[str]) -> None:
    """Write down what was marked or moved."""
    if not places:
        return
    with transaction() as session:
        taken = update(Arrival).where(Arrival.channel_id == channel_id, Arrival.place.in_(places))
        session.execute(taken.values(is_put_away=True))


def next_try(channel: Channel) -> datetime | None:
    """Give when a channel that failed is looked into again."""
    return channel.due_at if channel.problem and channel.enabled else None
