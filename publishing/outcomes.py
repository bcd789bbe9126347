"""What becomes of a step after KashFlow was asked: changes of its row alone.

Each gives the words for the history ("Counterfoil ... the document"), none where there is nothing to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from kashflow.errors import Rejected
from kashflow.ledger import Kind, LedgerDocument
from kashflow.models import Connection
from publishing.effects import Done, Doubtful, NotToBeSent
from publishing.models import Step, StepKind, StepState, remote_key

Clock = Callable[[], datetime]
FIRST_BACK_OFF = 5  # seconds, doubled
LONGEST_BACK_OFF = 60
MOST_SENDS = 6  # of what a document can do without: KashFlow takes no file over its limit, however often it is sent
GIVEN_UP = {  # the item stays published without these
    StepKind.PAYMENT: "PUB-12",
    StepKind.ATTACHMENT: "PUB-15",
    StepKind.NOTE: "PUB-12",
    StepKind.UPDATE: "PUB-20",
    StepKind.DELETION: "PUB-20",
}
DONE = "published"  # as the history has it; so are the other endings of a step
FILE_IN_DOUBT = Doubtful(
    "The document is in KashFlow. Its file was sent, but no answer came, and KashFlow cannot be asked for files of "
    "sales invoices. Look at the invoice there; send the file again only if it is missing.",
    code="PUB-15",
)


def claim(step: Step, clock: Clock, watermark: Iterable[int]) -> str:
    """It is about to be sent: from here on it may be in."""
    step.state, step.watermark, step.sent_at = StepState.SENDING, sorted(watermark), clock()
    step.sends += 1
    step.problem_code = step.problem = None
    return "began to send"


def conclude(step: Step, clock: Clock, outcome: Done | Doubtful) -> str:
    """The effect was found, by its reply or by a look."""
    if isinstance(outcome, Done):
        return finish(step, clock, outcome)
    step.found = [describe_found(each) for each in outcome.found]
    return end(step, clock, _end_state(step), outcome.code, outcome.problem)


def finish(step: Step, clock: Clock, done: Done) -> str:
    """The effect is there."""
    step.remote_number, step.remote_id = done.number or None, done.remote_id or None
    if done.remote_id and step.kind is StepKind.DOCUMENT:
        step.remote_key = remote_key(step.payload["kind"], done.remote_id)
    step.state, step.ended_at, step.tries = StepState.PUBLISHED, clock(), 0
    step.problem_code = step.problem = None
    step.found = []
    return "undid" if step.kind is StepKind.DELETION else DONE


def end(step: Step, clock: Clock, state: StepState, code: str, problem: str) -> str:
    """It goes no further until a person acts."""
    step.state, step.ended_at = state, clock()
    step.problem_code, step.problem = code, problem
    return ENDINGS[state]


def leave_to_person(step: Step, clock: Clock, problem: NotToBeSent) -> str:
    """What KashFlow has speaks against sending; nothing was sent."""
    step.found = [describe_found(each) for each in problem.found]
    return end(step, clock, _end_state(step), problem.code, str(problem))


def refuse(step: Step, clock: Clock, refusal: Rejected) -> str:
    """KashFlow said no; nothing was created."""
    words = refusal.words
    if step.kind is StepKind.CONTACT:
        who = "supplier" if step.payload["kind"] == Kind.COST else "customer"
        text = f"The {who} was not created (“{words}”), so nothing was sent. Correct it, then publish again."
        return end(step, clock, StepState.REFUSED, "PUB-7", text)
    if step.kind in GIVEN_UP:
        return end(step, clock, StepState.GIVEN_UP, GIVEN_UP[step.kind], _REFUSED[step.kind].format(words=words))
    text = f"KashFlow refused: “{words}”. Nothing was created. Correct the item, then publish it again."
    return end(step, clock, StepState.REFUSED, refusal.code, text)


def withdraw(step: Step, clock: Clock) -> str:
    """It is not wanted any more, and was not sent."""
    step.state, step.ended_at = StepState.WITHDRAWN, clock()
    return "found"


def pause(step: Step, clock: Clock) -> str:
    """It stays as it is; its connection waits."""
    del step, clock
    return ""


def take_back(step: Step, clock: Clock) -> str:
    """Not a byte of it left, or it was turned away at the door: it was never sent."""
    step.watermark = None
    step.sends -= 1
    return requeue(step, clock)


def requeue(step: Step, clock: Clock) -> str:
    """It is proven that nothing was entered, so it may be sent."""
    step.state, step.not_before = StepState.QUEUED, clock()
    step.problem_code = step.problem = None
    return "put back"


def not_found(step: Step, clock: Clock) -> str:
    """It is not in KashFlow: proven once the quiet time is over, before that only not yet there."""
    if step.quiet_until is not None and step.quiet_until > clock():
        step.not_before = step.quiet_until
        return ""
    if step.kind in _REST and step.sends >= MOST_SENDS:
        what = _REST[step.kind]
        text = f"The document is in KashFlow; its {what} is missing, though it was sent {step.sends} times."
        return end(step, clock, StepState.GIVEN_UP, GIVEN_UP[step.kind], text)
    requeue(step, clock)
    return "found nothing of"


def back_off(step: Step, clock: Clock, problem: Exception) -> str:
    """A question was not answered: the same again, later each time."""
    seconds = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** min(step.tries, 8))
    step.tries += 1
    step.not_before = clock() + timedelta(seconds=seconds)
    if step.state is StepState.QUEUED:
        step.problem_code = "CON-7"
        step.problem = f"Nothing was sent yet. {problem} It is tried again by itself."
    else:
        step.problem_code = "PUB-11"
        step.problem = f"It may be in KashFlow, which could not be asked yet. {problem} It is asked again by itself."
    return ""


def not_sent(step: Step, clock: Clock, problem: Exception) -> str:
    """Not a byte of it left, so it may be sent again."""
    take_back(step, clock)
    return back_off(step, clock, problem)


def doubt(step: Step, clock: Clock, quiet_seconds: int, problem: Exception) -> str:
    """It may be in: only a look, after the quiet time, may settle that."""
    return _doubt(step, clock, quiet_seconds, str(problem))


def find_dead(step: Step, clock: Clock, quiet_seconds: int) -> str:
    """Its owner died while it was sending; it is quiet from this moment on, not from the time of sending."""
    return _doubt(step, clock, quiet_seconds, f"Sending was interrupted on our side, so {_LOOK}")


def doubt_restored(step: Step, clock: Clock, quiet_seconds: int) -> str:
    """The database is older than the last send, so it may have been sent since, or be under way."""
    if step.state is StepState.QUEUED:
        step.watermark = None
    return _doubt(step, clock, quiet_seconds, f"The restored backup is older than the last publish, so {_LOOK}")


def wait(step: Step, clock: Clock, until: datetime | None = None) -> None:
    """Something else has to be settled first."""
    soon = clock() + timedelta(seconds=1)
    step.not_before = max(until or soon, soon)


def lose(connection: Connection, moment: datetime) -> None:
    """No connection comes about: the whole queue waits, longer each time."""
    since = connection.unreachable_since = connection.unreachable_since or moment
    pause_seconds = min(LONGEST_BACK_OFF, max(FIRST_BACK_OFF, (moment - since).total_seconds()))
    connection.retry_at = moment + timedelta(seconds=pause_seconds)


def describe_found(document: LedgerDocument) -> dict[str, object]:
    """Give what a person needs to know of a document in KashFlow to say whether it is the one."""
    return {
        "number": document.number,
        "remote_id": document.remote_id,
        "reference": document.reference,
        "date": document.issued_on.isoformat(),
        "net": document.net,
        "tax": document.tax,
        "paid": document.is_paid,
    }


def _end_state(step: Step) -> StepState:
    return StepState.GIVEN_UP if step.kind in GIVEN_UP else StepState.NEEDS_PERSON


def _doubt(step: Step, clock: Clock, quiet_seconds: int, why: str) -> str:
    step.state = StepState.UNCONFIRMED
    step.quiet_until = step.not_before = clock() + timedelta(seconds=quiet_seconds)
    step.problem_code, step.problem = "PUB-11", why
    return "could not confirm"


_LOOK = "it may be in KashFlow: it is looked up before anything is sent again."
_REST = {StepKind.PAYMENT: "payment", StepKind.ATTACHMENT: "file", StepKind.NOTE: "note"}
ENDINGS = {
    StepState.REFUSED: "was told no about",
    StepState.GIVEN_UP: "gave up",
    StepState.NEEDS_PERSON: "asks a person about",
}
_REFUSED_REST = "The document is in KashFlow; its {what} was refused (“{words}”). Put that right, then send it again."
_REFUSED = {
    StepKind.PAYMENT: _REFUSED_REST.format(what="payment", words="{words}"),
    StepKind.ATTACHMENT: _REFUSED_REST.format(what="file", words="{words}"),
    StepKind.NOTE: _REFUSED_REST.format(what="note", words="{words}"),
    StepKind.UPDATE: "KashFlow keeps the document as it is (“{words}”). Nothing was changed there. If it is paid or in "
    "a locked period, unlock it there, then send the changes again.",
    StepKind.DELETION: "KashFlow did not delete the document (“{words}”). It is still there. If it is paid or in a "
    "locked period, delete it there yourself, then undo again.",
}
