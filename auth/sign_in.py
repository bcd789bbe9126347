"""Signing in and out, going on in another organisation, and changing a password."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.keys import Person, open_session, revoke, revoke_sessions
from auth.models import EMAIL_LENGTH, LoginSession, Membership, User
from auth.passwords import check_password, hash_password, is_outdated, password_fits
from auth.second_step import passes
from auth.service import find_membership
from auth.trail import record
from auth.tries import count_try, forget_tries
from core.db import transaction
from core.errors import CounterfoilError, Incomplete, NotFound


class SignInRefused(CounterfoilError):
    """The e-mail or the password is wrong; which of them is not said."""

    code = "sign-in"


class CodeWanted(CounterfoilError):
    """The password fits; a code is asked for besides."""

    code = "code-wanted"

    def __init__(self, user_id: int) -> None:
        super().__init__("Enter the code of your app.")
        self.user_id = user_id


def sign_in(email: str, password: str, *, address: str, user_agent: str) -> str:
    """Check e-mail and password, begin a session and give its token.

    The try is counted before the password is looked at, so that many at once count too. The slow hash is computed
    outside of any transaction.

    Raises:
        SignInRefused: they do not fit together, or the person is let in no more.
        CodeWanted: they fit; ``enter_code`` lets in.
        TooManyTries: nothing was checked.
    """
    email = email.strip().lower()[:EMAIL_LENGTH]
    with transaction() as session:
        count_try(session, email, address)
        membership = find_membership(session, email)
    kept = membership.user.password_hash if membership else None
    fits = password_fits(password, kept)
    renewed = hash_password(password) if kept and fits and is_outdated(kept) else None
    with transaction() as session:
        if membership and fits:
            user = session.get_one(User, membership.user_id)
            if renewed:
                user.password_hash = renewed
            if user.second_step_since is None:
                return _let_in(session, membership, f"from {address}", address=address, user_agent=user_agent)
        elif membership:
            record(session, membership.organisation_id, email, "sign-in refused", f"from {address}")
    if membership and fits:
        raise CodeWanted(membership.user_id)
    raise SignInRefused("E-mail and password do not fit together.")


def enter_code(user_id: int, code: str, *, address: str, user_agent: str) -> str:
    """Check the code of somebody whose password was right, begin a session and give its token.

    Raises:
        SignInRefused: it does not fit or was used before, or the person is let in no more.
        TooManyTries: nothing was checked.
    """
    with transaction() as session:
        user = session.get_one(User, user_id)
        count_try(session, user.email, address)
        membership = find_membership(session, user.email)
    with transaction() as session:
        if membership and passes(session, session.get_one(User, user_id), code):
            detail = f"from {address}, with a code"
            return _let_in(session, membership, detail, address=address, user_agent=user_agent)
        if membership:
            record(session, membership.organisation_id, user.email, "sign-in refused", f"wrong code, from {address}")
    raise SignInRefused("This code does not fit, or was used before. Enter the one the app shows now.")


def _let_in(session: Session, membership: Membership, detail: str, *, address: str, user_agent: str) -> str:
    forget_tries(session, membership.user.email)
    record(session, membership.organisation_id, membership.user.email, "signed in", detail)
    return open_session(session, membership, address=address, user_agent=user_agent)


def work_in(person: Person, membership_id: int, *, address: str, user_agent: str) -> str:
    """Go on in another organisation the person belongs to: this session ends, and another begins there.

    Raises:
        NotFound: the person does not belong there.
    """
    with transaction() as session:
        membership = session.get(Membership, membership_id)
        if membership is None or membership.user_id != person.id or not membership.active:
            raise NotFound("There is no such organisation for you.")
        revoke(session, LoginSession, person.key_id, person.id)
        record(session, membership.organisation_id, person.email, "signed in", f"from {address}, by switching")
        return open_session(session, membership, address=address, user_agent=user_agent)


def sign_out(session: Session, person: Person) -> None:
    """End the person's session."""
    revoke(session, LoginSession, person.key_id, person.id)
    record(session, person.organisation_id, person.email, "signed out")


def confirm_password(person: Person, password: str, *, address: str) -> None:
    """Go on only where somebody who is signed in gives their password again: the browser may have been left open.

    Raises:
        Incomplete: it is another one.
        TooManyTries: nothing was checked.
    """
    with transaction() as session:
        count_try(session, person.email, address)
        user = session.get_one(User, person.id)
    if not password_fits(password, user.password_hash):
        raise Incomplete("This is not your password.", field="old")
    if user.second_step_since is None:  # else codes could be guessed without end in between
        with transaction() as session:
            forget_tries(session, person.email)


def change_password(person: Person, old: str, new: str, *, address: str, user_agent: str) -> str:
    """Change the person's password, end all their sessions and give the token of a new one.

    Raises:
        Incomplete: the old one is wrong, or the new one is refused.
        TooManyTries: nothing was checked.
    """
    check_password(new, person.email)
    confirm_password(person, old, address=address)
    renewed = hash_password(new)
    with transaction() as session:
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
    forget_tries(session, membership.user.email)
    revoke_sessions(session, membership.user_id)
    record(session, membership.organisation_id, by, "password set", membership.user.email)


def own_membership(session: Session, person: Person) -> Membership:
    """Give the membership a person is here by."""
    own = Membership.user_id == person.id, Membership.organisation_id == person.organisation_id
    return session.scalars(select(Membership).where(*own)).one()
