"""How often signing in may fail, for one account and from one address."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from auth.models import LoginAttempt
from core.db import now, take_turn
from core.errors import CounterfoilError

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 50


class TooManyTries(CounterfoilError):
    """Signing in failed too often, for this account or from this address."""

    code = "too-many-tries"
    status = 429


def count_try(session: Session, email: str, address: str) -> None:
    """Keep one try, of a password or a code, before it is looked at, so that many at once count too.

    Raises:
        TooManyTries: there were too many; nothing is to be checked.
    """
    take_turn(session, "tries")
    since = now() - WINDOW
    session.execute(delete(LoginAttempt).where(LoginAttempt.at < since))
    tries = select(func.count(LoginAttempt.id))
    of_account = session.scalar(tries.where(LoginAttempt.email == email)) or 0
    of_address = session.scalar(tries.where(LoginAttempt.address == address)) or 0
    if of_account >= TRIES_PER_ACCOUNT or of_address >= TRIES_PER_ADDRESS:
        minutes = int(WINDOW.total_seconds() // 60)
        raise TooManyTries(f"Too many tries. Wait {minutes} minutes, then try again.")
    session.add(LoginAttempt(at=now(), email=email, address=address))


def forget_tries(session: Session, email: str) -> None:
    """Let an account begin at none again, once somebody got in."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.email == email))
