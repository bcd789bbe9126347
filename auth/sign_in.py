"""Signing in and out, with limits on how often it may fail, and changing a password."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from auth.keys import Person, open_session, revoke, revoke_sessions
from auth.models import EMAIL_LENGTH, LoginAttempt, LoginSession, Membership, User
from auth.passwords import check_password, hash_password, is_outdated, password_fits
from auth.service import find_membership
from auth.trail import record
from core.db import now, transaction
from core.errors import CounterfoilError, Incomplete

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 50


class SignInRefused(CounterfoilError):
    """The e-mail or the password is wrong; which of them is not said."""

    code = "sign-in"


class TooManyTries(CounterfoilError):
    """Signing in failed too often, for this account or from this address."""

    code = "too-many-tries"


def sign_in(email: str, password: str, *, address: str, user_agent: str) -> str:
    """Check e-mail and password, begin a session and give its token.

    The try is counted before the password is looked at, so that many at once count too. The slow hash is computed
    outside of any transaction.

    Raises:
        SignInRefused: they do not fit together, or the person is let in no more.
        TooManyTries: nothing was checked.
    """
    email = email.strip().lower()[:EMAIL_LENGTH]
    with transaction() as session:
        _count_try(session, email, address)
        membership = find_membership(session, email)
    kept = membership.user.password_hash if membership else None
    fits = password_fits(password, kept)
    renewed = hash_password(password) if kept and fits and is_outdated(kept) else None
    with transaction() as session:
        if membership and fits:
            session.execute(delete(LoginAttempt).where(LoginAttempt.email == email))
            if renewed:
                session.get_one(User, membership.user_id).password_hash = renewed
            record(session, membership.organisation_id, email, "signed in", f"from {address}")
            return open_session(session, membership, address=address, user_agent=user_agent)
        if membership:
            record(session, membership.organisation_id, email, "sign-in refused", f"from {address}")
    raise SignInRefused("E-mail and password do not fit together.")


def sign_out(session: Session, person: Person) -> None:
    """End the person's session."""
    revoke(session, LoginSession, person.key_id, person.id)
    record(session, person.organisation_id, person.email, "signed out")


def change_password(person: Person, old: str, new: str, *, address: str, user_agent: str) -> str:
    """Change the person's password, end all their sessions and give the token of a new one.

    Raises:
        Incomplete: the old one is wrong, or the new one is refused.
        TooManyTries: the old one was wrong too often.
    """
    check_password(new, person.email)
    with transaction() as session:
        _count_try(session, person.email, address)
        kept = session.get_one(User, person.id).password_hash
    if not password_fits(old, kept):
        raise Incomplete("The present password is another one.", field="old")
    renewed = hash_password(new)
    with transaction() as session:
        session.execute(delete(LoginAttempt).where(LoginAttempt.email == person.email))
        session.get_one(User, person.id).password_hash = renewed
        revoke_sessions(session, person.id)
        record(session, person.organisation_id, person.email, "password changed")
        return open_session(session, own_membership(session, person), address=address, user_agent=user_agent)


def set_password(session: Session, membership: Membership, password: str, *, by: str) -> None:
    """Give a person who forgot theirs another password, and end all their sessions.

    Raises:
        PasswordRefused: the text says why.
    """
    check_password(password, membership.user.email)
    membership.user.password_hash = hash_password(password)
    session.execute(delete(LoginAttempt).where(LoginAttempt.email == membership.user.email))
    revoke_sessions(session, membership.user_id)
    record(session, membership.organisation_id, by, "password set", membership.user.email)


def own_membership(session: Session, person: Person) -> Membership:
    """Give the membership a person is here by."""
    own = Membership.user_id == person.id, Membership.organisation_id == person.organisation_id
    return session.scalars(select(Membership).where(*own)).one()


def _count_try(session: Session, email: str, address: str) -> None:
    """Keep one try, unless there were too many; the account's are forgotten once one succeeds."""
    since = now() - WINDOW
    session.execute(delete(LoginAttempt).where(LoginAttempt.at < since))
    tries = select(func.count(LoginAttempt.id))
    of_account = session.scalar(tries.where(LoginAttempt.email == email)) or 0
    of_address = session.scalar(tries.where(LoginAttempt.address == address)) or 0
    if of_account >= TRIES_PER_ACCOUNT or of_address >= TRIES_PER_ADDRESS:
        minutes = int(WINDOW.total_seconds() // 60)
        raise TooManyTries(f"Too many tries. Wait {minutes} minutes, then try again.")
    session.add(LoginAttempt(at=now(), email=email, address=address))
