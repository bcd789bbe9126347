"""Faults that can be switched on: what a service at the far end of the internet does on a bad day."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from kashflow.sandbox.store import Store

MEANINGS = {
    "drop_after": "does it, then closes the connection without an answer",
    "drop_before": "closes the connection without doing it",
    "delay": "does it, and answers only after some seconds",
    "late_commit": "closes the connection, and does it some seconds later",
    "html_503": "answers with a page of HTML, status 503",
    "html_200": "answers with a page of HTML, status 200",
    "empty_status": "does it, and answers without a Status",
    "zero_number": "answers OK with the number 0, and does nothing",
    "truncated": "does it, and cuts the answer off in the middle",
    "garbage": "does it, and answers with noise",
    "refuse": "answers NO with this text, and does nothing",
    "fault_unread": "answers with a Fault that says the request could not be read, and does nothing",
    "fault_server": "answers with a Fault of its own making",
    "not_stored": "accepts a file without keeping it",
}
LONGEST = 600  # seconds


@dataclass(frozen=True)
class Fault:
    """A fault, ready to strike.

    ``operation`` is a name or a pattern (Insert*); it strikes ``times`` times after letting ``skip`` calls pass;
    ``does_it`` tells for the HTML pages and the server's Fault whether the operation is carried out.
    """

    fault: str
    operation: str = "*"
    times: int = 1
    skip: int = 0
    seconds: float = 5
    text: str = ""
    does_it: bool = False


def read(given: dict[str, Any]) -> Fault:
    """Make a fault of what a form or a JSON body holds.

    Raises:
        ValueError: it is none; the text says why.
    """
    names = {each.name for each in fields(Fault)}
    if not set(given) <= names or given.get("fault") not in MEANINGS:
        raise ValueError(f"a fault has {', '.join(sorted(names))}; fault is one of {', '.join(MEANINGS)}")
    fault = Fault(**given)
    if not isinstance(fault.times, int) or not isinstance(fault.skip, int) or not 0 <= float(fault.seconds) <= LONGEST:
        raise ValueError(f"times and skip are whole numbers, seconds at most {LONGEST}")
    return fault


def plan(store: Store, fault: Fault) -> int:
    """Switch a fault on."""
    with store.transaction():
        store.execute("INSERT INTO faults (fault) VALUES (?)", json.dumps(asdict(fault)))
        return int(store.execute("SELECT max(id) FROM faults")[0][0])


def planned(store: Store) -> list[tuple[int, Fault]]:
    """Give the faults that are still to strike, oldest first."""
    rows = store.execute("SELECT id, fault FROM faults ORDER BY id")
    return [(row[0], Fault(**json.loads(row[1]))) for row in rows]


def clear(store: Store) -> None:
    """Switch all faults off."""
    store.execute("DELETE FROM faults")


def strike(store: Store, operation: str) -> Fault | None:
    """Give the fault that strikes this call, and count it down."""
    with store.transaction():
        for identity, fault in planned(store):
            if not fnmatchcase(operation, fault.operation):
                continue
            if fault.skip:
                _count_down(store, identity, fault, skip=fault.skip - 1, times=fault.times)
                return None
            _count_down(store, identity, fault, skip=0, times=fault.times - 1)
            return fault
    return None


def _count_down(store: Store, identity: int, fault: Fault, *, skip: int, times: int) -> None:
    if times <= 0:
        store.execute("DELETE FROM faults WHERE id = ?", identity)
        return
    left = asdict(fault) | {"skip": skip, "times": times}
    store.execute("UPDATE faults SET fault = ? WHERE id = ?", json.dumps(left), identity)
