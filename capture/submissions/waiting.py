"""Documents that wait to be read: how many, since when, for how long yet, and whether anything moves at all (CAP-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from capture.reader import is_being_read
from capture.submissions.models import OPEN, Submission, SubmissionState
from core.db import now

STILL = timedelta(seconds=60)  # without any document read, after which nothing is taken to move
RECENT = 500  # submissions that are looked at for what was read last
SAMPLE = 50  # readings that the estimate goes by


@dataclass(frozen=True)
class Waiting:
    """What waits. ``seconds`` is the estimated time until all is read, None while nothing tells."""

    number: int
    since: datetime
    is_stuck: bool
    seconds: int | None = None

    @property
    def left(self) -> str:
        """The estimate in words."""
        if self.seconds is None:
            return ""
        minutes = round(self.seconds / 60)
        return "less than a minute left" if minutes < 1 else f"about {minutes} minute{'s' if minutes > 1 else ''} left"


def count_waiting(session: Session, connection_id: int | None = None) -> Waiting | None:
    """Tell what waits of a connection, or of all; None where nothing does."""
    waiting = select(func.count(), func.min(Submission.received_at)).where(Submission.state.in_(OPEN))
    if connection_id is not None:
        waiting = waiting.where(Submission.connection_id == connection_id)
    number, since = session.execute(waiting).one()
    if not number:
        return None
    if _is_stuck(session, since):
        return Waiting(number, since, is_stuck=True)
    return Waiting(number, since, is_stuck=False, seconds=_estimate(session))


def _is_stuck(session: Session, since: datetime) -> bool:
    """Tell whether the oldest waits long, none was read lately, and none is being read by a living process."""
    if now() - since < STILL:
        return False
    newest = select(Submission.ended_at).order_by(Submission.id.desc()).limit(RECENT).subquery()
    latest = session.scalar(select(func.max(newest.c.ended_at)))
    if latest is not None and now() - latest < STILL:
        return False
    begun = select(Submission.id).where(Submission.state == SubmissionState.PROCESSING)
    return not any(is_being_read(submission_id) for submission_id in session.scalars(begun))


def _estimate(session: Session) -> int | None:
    """Give the seconds until everything that waits is read, whoever's it is: by what the last readings took."""
    wanted = select(Submission.started_at, Submission.ended_at).where(
        Submission.state == SubmissionState.READ, Submission.started_at.is_not(None), Submission.ended_at.is_not(None)
    )
    rows = session.execute(wanted.order_by(Submission.id.desc()).limit(SAMPLE))
    took = [(ended - started).total_seconds() for started, ended in rows if started and ended]
    if not took:
        return None
    counted = select(Submission.state, func.count()).where(Submission.state.in_(OPEN)).group_by(Submission.state)
    numbers: dict[SubmissionState, int] = {state: number for state, number in session.execute(counted)}  # noqa: C416
    at_once = max(1, numbers.get(SubmissionState.PROCESSING, 1))
    return round(sum(took) / len(took) * sum(numbers.values()) / at_once)
