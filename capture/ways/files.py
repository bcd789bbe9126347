"""Files of a watched folder become submissions: committed first, then moved. Killed in between, they are known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from capture.intake.formats import Limits, safe_name, too_large
from capture.intake.service import File, Stored, enter, keep
from capture.submissions.models import SubmissionState
from capture.ways.errors import FolderMissing
from capture.ways.folder import DONE, REFUSED, Seen, list_files, put_away, read_file
from capture.ways.looking import AT_ONCE, Look, Wake, find_arrival, look_into, note_good
from capture.ways.models import Arrival
from capture.ways.settings import FolderSettings
from core.config import current
from core.db import now, transaction

Mover = Callable[[Path, Seen, str], bool]


def collect_files(channel_id: int, wake: Wake, move: Mover = put_away) -> None:
    """Take what lies still in a folder, where it is due; what goes wrong stands on the channel."""
    look_into(channel_id, partial(_take_settled, wake=wake, move=move))


def _take_settled(look: Look, wake: Wake, move: Mover) -> None:
    """Take the files that are as they were at an earlier look, long enough ago; remember the others."""
    settings = FolderSettings.from_row(look.settings)
    look = replace(look, batch=replace(look.batch, mode=settings.mode))
    folder, moment = Path(settings.path), now().timestamp()
    still: dict[str, Any] = {}
    settled: list[Seen] = []
    for seen in list_files(folder):
        before = look.looked.get(seen.key)
        since = before["since"] if before and before["state"] == seen.state else None
        still[seen.key] = {"state": seen.state, "since": moment if since is None else since}
        if since is not None and moment - since >= settings.settles:
            settled.append(seen)
    fault: FolderMissing | None = None
    for seen in settled[:AT_ONCE]:
        try:
            if _take(look, folder, seen, wake, move):
                still.pop(seen.key)
        except FolderMissing as error:  # one that may not be read or moved does not stop the others
            fault = error
    note_good(look.channel_id, looked=still, more=len(settled) > AT_ONCE)
    if fault is not None:
        raise fault


def _take(look: Look, folder: Path, seen: Seen, wake: Wake, move: Mover) -> bool:
    """Take one file and move it; tell whether it is gone from the folder."""
    limits = Limits(current().max_file_mb)
    data = b"" if seen.size > limits.max_bytes else read_file(folder, seen, limits.max_bytes + 1)
    if data is None:
        return False
    known = [seen.key, *map(str, seen.state), hashlib.sha256(data).hexdigest()]
    identity = hashlib.sha256("\n".join(known).encode()).hexdigest()
    arrival = find_arrival(look.channel_id, identity)
    if arrival is None or arrival.is_put_away:
        arrival = _enter(look, identity, seen, _stored(seen, data, limits), wake)
    is_gone = move(folder, seen, REFUSED if arrival.is_refused else DONE)
    with transaction() as session:
        session.get_one(Arrival, arrival.id).is_put_away = True
    return is_gone


def _stored(seen: Seen, data: bytes, limits: Limits) -> list[Stored]:
    if seen.size > limits.max_bytes:
        return [Stored(safe_name(seen.name), seen.size, "", "application/octet-stream", too_large(seen.size, limits))]
    return list(keep(File(seen.name, data)))


def _enter(look: Look, identity: str, seen: Seen, files: list[Stored], wake: Wake) -> Arrival:
    """Give the file its rows, and write down that it was taken, in one transaction."""
    with transaction() as session:
        received = enter(session, files, look.batch)
        wanted = select(Arrival).where(Arrival.channel_id == look.channel_id, Arrival.identity == identity)
        arrival = session.scalar(wanted) or Arrival(channel_id=look.channel_id, identity=identity)
        arrival.place, arrival.is_put_away, arrival.at = seen.key[:300], False, now()
        arrival.is_refused = all(each.state is SubmissionState.REJECTED for each in received)
        session.add(arrival)
    for one in received:
        if one.state is SubmissionState.RECEIVED:
            wake(one.id)
    return arrival
