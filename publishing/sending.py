r"""Sending a step once: the protocol of docs/publishing.md. The database is the queue of record.

queued --lane, watermark, commit "sending"--> sending --done, read back--> published
^                                              | \--a well-formed no--> refused, or given up
|                  time-out, reset, unreadable |
|                  reply, owner died           v
+------ proven absent, after a look ----- unconfirmed --found--> published
\--several, or other amounts--> needs a person

Everything that is reached comes in by an ``Office``, so that a simulator can bring a clock, rows, lanes and a ledger of
its own (tests/publishing/simulator.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from core.errors import Conflict
from core.log import get_logger
from kashflow.errors import ConnectionFault, NotSent, Rejected, Unavailable, Unclear
from kashflow.ledger import Kind, Ledger
from kashflow.models import Connection, ConnectionState
from kashflow.service import hold_connection
from publishing import outcomes
from publishing.effects import Effect, NotToBeSent, Target
from publishing.mapping import fingerprint
from publishing.models import OPEN, Step, StepKind, StepState
from publishing.rows import Rows

log = get_logger(__name__)
Clock = Callable[[], datetime]


class Moved(Conflict):
    """The lane was lost, or the step is no longer as it was: whoever holds it now goes on."""

    code = "taken"


class Lock(Protocol):
    """A lane that is held."""

    def still_held(self) -> bool:
        """Tell whether it is still ours: asked right before anything is sent."""


class Note(Protocol):
    """How many sends there were, kept outside the database: it tells when the database is older than the last send."""

    def read(self, connection_id: int) -> int:
        """Give the number of the last send of a connection, 0 when there was none."""

    def write(self, connection_id: int, epoch: int) -> None:
        """Write it down for good.

        Raises:
            Unavailable: it was not written, so nothing may be sent.
        """


@dataclass(frozen=True)
class Office:
    """What sending reaches. ``rows`` opens a transaction; ``lane`` takes a lock that dies with its process, by name."""

    rows: Callable[[], AbstractContextManager[Rows]]
    lane: Callable[[str], AbstractContextManager[Lock]]
    ledger: Callable[[int], Ledger]
    effects: Callable[[], Mapping[StepKind, Effect]]
    note: Note
    clock: Clock


@dataclass(frozen=True)
class Taken:
    """A step that was taken up, as it was then, with what its effect works on."""

    step_id: int
    connection_id: int
    kind: StepKind
    state: StepState
    sent_at: datetime | None
    quiet_seconds: int
    target: Target


def send(office: Office, step_id: int) -> None:
    """Take one step further: enter it in the ledger, or find out whether it was entered.

    Safe to run at any time and again. A kill or an error nobody foresaw leaves "sending" behind, and whoever holds the
    lane next looks before anything is sent again.

    Raises:
        LockTaken: another process is sending for this account.
        Moved: another process went on with the step.
    """
    with office.rows() as rows:
        lane = rows.lane(step_id)
    with office.lane(lane) as lock:
        taken = _take(office, step_id)
        if taken is None:
            return
        effect = office.effects()[taken.kind]
        try:
            ledger = office.ledger(taken.connection_id)
            if taken.state is StepState.UNCONFIRMED:
                _look(office, effect, ledger, taken)
            else:
                claimed = _claim(office, effect, ledger, taken)
                if claimed is not None and lock.still_held():
                    _send(office, effect, ledger, claimed)
        except ConnectionFault as fault:  # the connection's fault, not the item's: its queue waits
            _settle(office, taken, outcomes.pause, connection=_held(fault))
        except NotSent:
            _settle(office, taken, outcomes.pause, connection=_unreachable(office.clock()))
        except Unavailable as problem:  # a question was not answered: the step stays as it is, for another try
            _settle(office, taken, outcomes.back_off, problem)


def _take(office: Office, step_id: int) -> Taken | None:
    """Read the step again under the lane. "Sending" found here: its owner died, so it is unconfirmed from now on."""
    with office.rows() as rows:
        step = rows.step(step_id)
        connection = rows.connection(step)
        if connection.state is not ConnectionState.CONNECTED or step.state not in OPEN:
            return None
        epoch = office.note.read(connection.id)
        if epoch > connection.epoch:  # a backup was restored: what it calls queued may have been sent since
            connection.epoch = epoch
            _doubt_restored(rows, connection, office.clock)
        quiet = rows.quiet_seconds(connection)
        if step.state is StepState.SENDING:
            rows.tell(step, outcomes.find_dead(step, office.clock, quiet))
        document = None if step.kind in {StepKind.CONTACT, StepKind.DOCUMENT} else rows.document(step)
        if step.not_before > office.clock() or not _may_go(rows, step, document, office.clock):
            return None
        target = _target(rows, step, document)
        return Taken(step.id, connection.id, step.kind, step.state, step.sent_at, quiet, target)


def _doubt_restored(rows: Rows, connection: Connection, clock: Clock) -> None:
    for step in rows.unended(connection):
        is_waiting = step.kind is StepKind.DOCUMENT and step.state is StepState.QUEUED
        if is_waiting and not rows.contact_id(
            step
        ):  # cannot be looked for yet; before it is sent, a twin will be asked about
            step.payload = {name: value for name, value in step.payload.items() if name != "anyway"}
        else:
            rows.tell(step, outcomes.doubt_restored(step, clock, rows.quiet_seconds(connection)))


def _may_go(rows: Rows, step: Step, document: Step | None, clock: Clock) -> bool:
    """Tell whether what has to come before is there, and no document in doubt could be taken for this one."""
    is_queued = step.state is StepState.QUEUED
    if is_queued and not rows.is_wanted(step):
        return False
    if is_queued and step.kind is StepKind.CONTACT and rows.contact_id(step):
        rows.tell(step, outcomes.withdraw(step, clock))  # a refresh has found it meanwhile
        return False
    if step.kind is StepKind.DOCUMENT:
        return _document_may_go(rows, step, clock)
    return not is_queued or step.kind is StepKind.CONTACT or document is not None


def _document_may_go(rows: Rows, step: Step, clock: Clock) -> bool:
    if not rows.contact_id(step):
        if step.state is StepState.UNCONFIRMED:  # whose documents cannot be looked at yet
            outcomes.wait(step, clock)
        return False
    if step.state is StepState.UNCONFIRMED:
        return True
    own = fingerprint(step.payload)
    twin = next((each for each in rows.in_doubt(step) if fingerprint(each.payload) == own), None)
    if twin is not None:
        outcomes.wait(step, clock, twin.not_before)
    return twin is None


def _target(rows: Rows, step: Step, document: Step | None) -> Target:
    return Target(
        payload=step.payload,
        kind=Kind(step.payload["kind"]),
        contact_id=rows.contact_id(step),
        number=document.remote_number or 0 if document else 0,
        remote_id=document.remote_id or 0 if document else 0,
        watermark=None if step.watermark is None else frozenset(step.watermark),
        others=rows.others(step),
    )


def _claim(office: Office, effect: Effect, ledger: Ledger, taken: Taken) -> Taken | None:
    """Take the watermark and commit "sending" before a byte of the request leaves."""
    try:
        there = effect.prepare(ledger, taken.target)
    except NotToBeSent as problem:
        _settle(office, taken, outcomes.leave_to_person, problem)
        return None
    if not isinstance(there, frozenset):
        _settle(office, taken, outcomes.conclude, there)
        return None
    with office.rows() as rows:
        step = rows.step(taken.step_id)
        if (step.state, step.sent_at) != (taken.state, taken.sent_at) or not rows.is_wanted(step):
            raise Moved("The step is no longer as it was.")
        what = outcomes.claim(step, office.clock, there)
        connection = rows.connection(step)
        connection.epoch += 1
        epoch, sent_at = connection.epoch, step.sent_at
        rows.tell(step, what)
    target = replace(taken.target, watermark=there)
    claimed = replace(taken, state=StepState.SENDING, sent_at=sent_at, target=target)
    try:
        office.note.write(taken.connection_id, epoch)
    except Unavailable as problem:
        _settle(office, claimed, outcomes.not_sent, problem)
        return None
    return claimed


def _send(office: Office, effect: Effect, ledger: Ledger, taken: Taken) -> None:
    try:
        outcome = effect.send(ledger, taken.target)
    except NotSent:  # no connection, so not a byte of it left
        _settle(office, taken, outcomes.take_back, connection=_unreachable(office.clock()))
    except ConnectionFault as fault:
        _settle(office, taken, outcomes.take_back, connection=_held(fault))
    except Rejected as refusal:  # a well-formed no
        _settle(office, taken, outcomes.refuse, refusal)
    except (Unclear, Unavailable) as problem:  # it may be in
        cause = problem.__cause__  # where the question afterwards was turned away, the queue waits as well
        held = _held(cause) if isinstance(cause, ConnectionFault) else None
        _settle(office, taken, outcomes.doubt, taken.quiet_seconds, problem, connection=held)
    else:
        _settle(office, taken, outcomes.conclude, outcome)


def _look(office: Office, effect: Effect, ledger: Ledger, taken: Taken) -> None:
    found = effect.look_up(ledger, taken.target)
    if found is not None:
        _settle(office, taken, outcomes.conclude, found)
    elif taken.kind is StepKind.ATTACHMENT and taken.target.kind is Kind.SALE:
        _settle(office, taken, outcomes.conclude, outcomes.FILE_IN_DOUBT)
    else:
        _settle(office, taken, outcomes.not_found)


def _settle(
    office: Office,
    taken: Taken,
    change: Callable[..., str],
    *told: object,
    connection: Callable[[Connection], None] | None = None,
) -> None:
    """Write down how a step went, tell the history, and let its items show it."""
    with office.rows() as rows:
        step = rows.step(taken.step_id)
        if (step.state, step.sent_at) != (taken.state, taken.sent_at):
            raise Moved("The step is no longer as it was.")
        what = change(step, office.clock, *told)
        (connection or _reached)(rows.connection(step))
        if step.state is StepState.PUBLISHED and step.kind is StepKind.CONTACT:
            rows.link_contact(step)
        rows.tell(step, what)
    log.info("step", step=taken.step_id, kind=taken.kind.value, was=taken.state.value, now=step.state.value)


def _held(fault: ConnectionFault) -> Callable[[Connection], None]:
    return lambda connection: hold_connection(connection, fault)


def _unreachable(moment: datetime) -> Callable[[Connection], None]:
    return lambda connection: outcomes.lose(connection, moment)


def _reached(connection: Connection) -> None:
    connection.unreachable_since = connection.retry_at = None
