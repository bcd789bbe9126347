"""What becomes of a step after KashFlow was asked: changes of its row alone, each giving the verb for the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

from kashflow.errors import Rejected
from publishing.effects import Done, Doubtful
from publishing.models import Step, StepKind, StepState

Clock = Callable[[], datetime]
FIRST_BACK_OFF = 5  # seconds, doubled
LONGEST_BACK_OFF = 60
GIVEN_UP = {
    StepKind.PAYMENT: "PUB-12",
    StepKind.ATTACHMENT: "PUB-15",
    StepKind.NOTE: "PUB-12",
}  # the item stays published without these
FILE_IN_DOUBT = (
    "The file was sent to KashFlow, but no answer came, and KashFlow cannot be asked for files of sales invoices. "
    "Look at the invoice there."
)


def conclude(step: Step, clock: Clock, outcome: Done | Doubtful) -> str:
    """The effect was found, by its reply or by a look."""
    match outcome:
        case Done():
            return finish(step, clock, outcome)
        case Doubtful():
            code = GIVEN_UP.get(step.kind, "PUB-11")
            state = StepState.GIVEN_UP if step.kind in GIVEN_UP else StepState.NEEDS_PERSON
            return end(step, clock, state, code, outcome.problem)
        case _:
            assert_never(outcome)


def finish(step: Step, clock: Clock, done: Done) -> str:
    """The effect is there."""
    step.remote_number = done.number or None
    step.remote_id = done.remote_id or None
    if done.remote_id:
        step.remote_key = f"{step.payload['kind']}:{done.remote_id}"
    step.state, step.ended_at, step.tries = StepState.PUBLISHED, clock(), 0
    step.problem_code = step.problem = None
    return "published"


def end(step: Step, clock: Clock, state: StepState, code: str, problem: str) -> str:
    """It goes no further until a person acts."""
    step.state, step.ended_at = state, clock()
    step.problem_code, step.problem = code, problem
    return state.value


def refuse(step: Step, clock: Clock, refusal: Rejected) -> str:
    """KashFlow said no; nothing was created."""
    words = refusal.words
    if step.kind is StepKind.CONTACT:
        text = f"The supplier or customer was not created (“{words}”); the document was therefore not sent."
        return end(step, clock, StepState.REFUSED, "PUB-7", text)
    if step.kind in GIVEN_UP:
        thing = {StepKind.PAYMENT: "payment", StepKind.NOTE: "note"}.get(step.kind, "file")
        text = f"The document is in KashFlow; the {thing} was refused (“{words}”). Only that can be tried again."
        return end(step, clock, StepState.GIVEN_UP, GIVEN_UP[step.kind], text)
    text = f"KashFlow refused: “{words}”. Nothing was created. Correct the item and publish it again."
    return end(step, clock, StepState.REFUSED, refusal.code, text)


def wait(step: Step, clock: Clock, state: StepState, seconds: float) -> str:
    """It goes on in this state, not before so many seconds."""
    step.state, step.not_before = state, clock() + timedelta(seconds=seconds)
    return state.value


def pause(step: Step, clock: Clock) -> str:
    """It stays as it is; its connection is held."""
    return wait(step, clock, step.state, 0)


def requeue(step: Step, clock: Clock) -> str:
    """It is proven that nothing was entered, so it may be sent."""
    step.problem_code = step.problem = None
    return wait(step, clock, StepState.QUEUED, 0)


def back_off(step: Step, clock: Clock, problem: Exception) -> str:
    """A question was not answered: the same again, later each time."""
    seconds = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** min(step.tries, 8))
    step.tries += 1
    step.problem_code, step.problem = "CON-7", f"KashFlow could not be reached ({problem}). Trying again by itself."
    return wait(step, clock, step.state, seconds)


def not_sent(step: Step, clock: Clock, problem: Exception) -> str:
    """Not a byte of it left, so it may be sent again."""
    step.state = StepState.QUEUED
    return back_off(step, clock, problem)


def doubt(step: Step, clock: Clock, quiet_seconds: int, problem: Exception) -> str:
    """It may be in: only a look, after the quiet time, may settle that."""
    step.problem_code = "PUB-11"
    step.problem = (
        f"The request left but no usable answer came ({problem}). It may be in KashFlow. Looking for it; it is not "
        "sent again until that is settled."
    )
    return wait(step, clock, StepState.UNCONFIRMED, quiet_seconds)
