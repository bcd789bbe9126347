r"""Sending a step once: the protocol of docs/publishing.md. The database is the queue of record.

queued --lane, watermark, commit "sending"--> sending --done, read back--> published
^                                              | \--a well-formed no--> refused, or given up
|                  time-out, reset, unreadable |
|                  reply, owner died           v
+------ proven absent, after a look ----- unconfirmed --found--> published
\--several, or other amounts--> needs a person
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.events import WORKER, Change, record
from core.config import current
from core.db import now, process_lock, snapshot, transaction
from core.errors import Conflict
from core.log import get_logger
from kashflow.connecting import hold
from kashflow.errors import ConnectionFault, NotSent, Rejected, Unavailable, Unclear
from kashflow.ledger import Kind, Ledger
from kashflow.models import Connection, ConnectionState
from lists.models import Entry
from publishing import outcomes
from publishing.effects import AlreadyThere, Done, Effect, Fetch, Target, effects
from publishing.mapping import fingerprint
from publishing.models import OPEN, Step, StepKind, StepState
from publishing.progress import before, reflect

log = get_logger(__name__)
Clock = Callable[[], datetime]


class Moved(Conflict):
    """The lane was lost, or the step is no longer as it was: whoever holds it now goes on."""

    code = "taken"


@dataclass(frozen=True)
class Taken:
    """A step that was taken up, with what its effect works on."""

    step_id: int
    connection_id: int
    kind: StepKind
    state: StepState
    target: Target
    quiet_seconds: int


def lane_name(connection: Connection) -> str:
    """Name the lane of a KashFlow account, however many connections name it."""
    return f"lane:{current().kashflow_url}:{(connection.username or '').casefold()}"


def send(open_ledger: Callable[[], Ledger], step_id: int, fetch: Fetch, *, clock: Clock = now) -> None:
    """Take one step further: enter it in the ledger, or find out whether it was entered.

    Safe to run at any time and again. A kill or an error nobody foresaw leaves "sending" behind, and whoever holds the
    lane next looks before anything is sent again.

    Raises:
        LockTaken: another process is sending for this account.
    """
    with snapshot() as session:
        lane = lane_name(session.get_one(Connection, session.get_one(Step, step_id).connection_id))
    with process_lock(lane) as lock:
        taken = _take(step_id, clock)
        if taken is None:
            return
        effect = effects(fetch)[taken.kind]
        try:
            ledger = open_ledger()
            if taken.state is StepState.UNCONFIRMED:
                _look(effect, ledger, taken, clock)
            else:
                claimed = _claim(effect, ledger, taken, clock)
                if claimed is not None and lock.still_held():
                    _send(effect, ledger, claimed, clock)
        except ConnectionFault as fault:  # the connection's fault, not the item's: its queue waits
            hold(taken.connection_id, fault)
            _settle(taken, clock, outcomes.pause)
        except Unavailable as problem:  # a question was not answered: the step stays as it is, for another try
            _settle(taken, clock, outcomes.back_off, problem)


def _take(step_id: int, clock: Clock) -> Taken | None:
    """Read the step again under the lane. "Sending" found here: its owner died, so it is unconfirmed from now on."""
    with transaction() as session:
        step = session.get_one(Step, step_id)
        connection = session.get_one(Connection, step.connection_id)
        if connection.state is not ConnectionState.CONNECTED or step.state not in OPEN:
            return None
        quiet = current().quiet_seconds if connection.quiet_seconds is None else connection.quiet_seconds
        if step.state is StepState.SENDING:
            outcomes.wait(step, clock, StepState.UNCONFIRMED, quiet)
            _tell(session, step, "unconfirmed", "the process that was sending ended")
            reflect(session, step)
            return None
        if step.not_before > clock() or not _is_next(session, step) or _has_twin_in_doubt(session, step):
            return None
        return Taken(step.id, step.connection_id, step.kind, step.state, _target(session, step), quiet)


def _target(session: Session, step: Step) -> Target:
    kind = Kind(step.payload["kind"])
    entry = session.get(Entry, step.entry_id) if step.entry_id else None
    done = {each.kind: each for each in before(session, step)}
    document = done.get(StepKind.DOCUMENT)
    return Target(
        payload=step.payload,
        kind=kind,
        contact_id=int(entry.remote_id or 0) if entry and step.kind is not StepKind.CONTACT else 0,
        number=document.remote_number or 0 if document else 0,
        remote_id=document.remote_id or 0 if document else 0,
        taken=_taken_ids(session, step),
        watermark=frozenset(step.watermark or ()),
    )


def _taken_ids(session: Session, step: Step) -> frozenset[int]:
    """Give the ids of documents that other items are linked to."""
    if step.kind is not StepKind.DOCUMENT:
        return frozenset()
    wanted = select(Step.remote_id).where(Step.connection_id == step.connection_id, Step.kind == StepKind.DOCUMENT)
    return frozenset(each for each in session.scalars(wanted.where(Step.id != step.id, Step.remote_id > 0)) if each)


def _is_next(session: Session, step: Step) -> bool:
    return all(each.state not in OPEN and each.state is not StepState.REFUSED for each in before(session, step))


def _has_twin_in_doubt(session: Session, step: Step) -> bool:
    """Tell whether an unconfirmed document could be taken for this one, so that this one has to wait."""
    if step.kind is not StepKind.DOCUMENT or step.state is not StepState.QUEUED:
        return False
    doubtful = select(Step).where(
        Step.connection_id == step.connection_id,
        Step.kind == StepKind.DOCUMENT,
        Step.state.in_([StepState.UNCONFIRMED, StepState.SENDING]),
        Step.id != step.id,
    )
    own = fingerprint(step.entry_id or 0, step.payload)
    return any(fingerprint(each.entry_id or 0, each.payload) == own for each in session.scalars(doubtful))


def _claim(effect: Effect, ledger: Ledger, taken: Taken, clock: Clock) -> Taken | None:
    """Take the watermark and commit "sending" before a byte of the request leaves."""
    try:
        there = effect.watermark(ledger, taken.target)
    except AlreadyThere as problem:
        _settle(taken, clock, outcomes.end, StepState.NEEDS_PERSON, problem.code, str(problem))
        return None
    if isinstance(there, Done):
        _settle(taken, clock, outcomes.finish, there)
        return None
    with transaction() as session:
        step = session.get_one(Step, taken.step_id)
        if step.state is not StepState.QUEUED:
            raise Moved("The step is no longer queued.")
        step.state, step.watermark, step.sent_at = StepState.SENDING, sorted(there), clock()
        step.problem_code = step.problem = None
        session.get_one(Connection, taken.connection_id).epoch += 1
        reflect(session, step)
    return replace(taken, target=replace(taken.target, watermark=there))


def _send(effect: Effect, ledger: Ledger, taken: Taken, clock: Clock) -> None:
    try:
        outcome = effect.send(ledger, taken.target)
    except NotSent as problem:  # no connection, so not a byte of it left
        _settle(taken, clock, outcomes.not_sent, problem)
    except ConnectionFault as fault:
        _settle(taken, clock, outcomes.requeue)
        hold(taken.connection_id, fault)
    except Rejected as refusal:  # a well-formed no
        _settle(taken, clock, outcomes.refuse, refusal)
    except (Unclear, Unavailable) as problem:  # it may be in
        _settle(taken, clock, outcomes.doubt, taken.quiet_seconds, problem)
    else:
        _settle(taken, clock, outcomes.conclude, outcome)


def _look(effect: Effect, ledger: Ledger, taken: Taken, clock: Clock) -> None:
    found = effect.look_up(ledger, taken.target)
    if found is not None:
        _settle(taken, clock, outcomes.conclude, found)
    elif taken.kind is StepKind.ATTACHMENT and taken.target.kind is Kind.SALE:
        _settle(taken, clock, outcomes.end, StepState.GIVEN_UP, "PUB-15", outcomes.FILE_IN_DOUBT)
    else:
        _settle(taken, clock, outcomes.requeue)


def _settle(taken: Taken, clock: Clock, change: Callable[..., str], *told: object) -> None:
    """Write down how a step went, tell the history, and let its items show it."""
    with transaction() as session:
        step = session.get_one(Step, taken.step_id)
        old = step.state
        what = change(step, clock, *told)
        if step.state is StepState.PUBLISHED and step.kind is StepKind.CONTACT and step.entry_id:
            _link_entry(session, step)
        if step.state is not old:
            _tell(session, step, what, step.problem)
        reflect(session, step)
    log.info("step", step=taken.step_id, kind=taken.kind.value, was=old.value, now=step.state.value)


def _link_entry(session: Session, step: Step) -> None:
    entry = session.get_one(Entry, step.entry_id)
    entry.remote_id, entry.code = str(step.remote_id), step.payload["code"]


def _tell(session: Session, step: Step, what: str, problem: str | None) -> None:
    if step.item is not None:
        detail = {"step": step.kind.value, "number": step.remote_number, "problem": problem}
        record(session, step.item, WORKER, what, change=Change(step.kind.value), detail=detail)
