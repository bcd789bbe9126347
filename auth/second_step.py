"""Signing in with a code besides the password: of an app (TOTP, RFC 6238), or one of those kept for when it is lost."""

from __future__ import annotations

import hmac
import re
import secrets

import pyotp
from sqlalchemy import CursorResult, Update, delete, update
from sqlalchemy.orm import Session

from auth.keys import Person, digest, revoke_sessions
from auth.models import RecoveryCode, User
from auth.trail import record
from auth.tries import count_try, forget_tries
from core.config import current
from core.db import now, transaction
from core.errors import Conflict, Incomplete
from core.secrets import SecretUnreadable, make_vault

ISSUER = "Counterfoil"
RECOVERY_CODES = 10
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is taken for another
_GROUPS, _GROUP = 4, 4  # 80 bits, so one round of hashing is enough
_DRIFT = 1  # steps of half a minute that a phone's clock may be off


class CodeWrong(Incomplete):
    """The code does not fit, or was used before."""

    code = "code"


class NotBegun(Conflict):
    """There is nothing to switch on."""

    code = "not-begun"


def begin(user: User) -> None:
    """Make the secret that an app is to hold, in place of one that still waited for its first code."""
    if user.second_step_since is None:
        user.sealed_totp = make_vault(current()).seal(_row(user), pyotp.random_base32())


def waiting_secret(user: User) -> str | None:
    """Give the secret that an app is to hold, until its first code was entered."""
    return _secret(user) if user.second_step_since is None else None


def address_for_app(user: User, secret: str) -> str:
    """Give what a phone reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)


def switch_on(person: Person, code: str, *, address: str) -> list[str]:
    """Ask for codes from now on, once the app has given a first one; give the recovery codes, which are shown once.

    All other sessions end, for they began without a code.

    Raises:
        CodeWrong: it does not fit.
        NotBegun: there is no secret, or codes are asked for already.
        TooManyTries: nothing was checked.
    """
    with transaction() as session:
        count_try(session, person.email, address)
    with transaction() as session:
        user = session.get_one(User, person.id)
        if waiting_secret(user) is None:
            raise NotBegun("Two-step sign-in was not begun, or is on already.")
        if not _uses_step(session, user, _plain(code)):
            raise CodeWrong("This code does not fit. Enter the one the app shows now.", field="code")
        user.second_step_since = now()
        revoke_sessions(session, user.id, kept=person.key_id)
        forget_tries(session, user.email)
        record(session, person.organisation_id, person.email, "two-step sign-in on")
        return _make_recovery_codes(session, user)


def renew_recovery_codes(person: Person, code: str, *, address: str) -> list[str]:
    """Give other recovery codes; those from before open nothing any more.

    Raises: as ``switch_off``.
    """
    with transaction() as session:
        count_try(session, person.email, address)
    with transaction() as session:
        user = _checked(session, person, code)
        record(session, person.organisation_id, person.email, "recovery codes made")
        return _make_recovery_codes(session, user)


def switch_off(person: Person, code: str, *, address: str) -> None:
    """Ask for no code any more.

    Raises:
        CodeWrong: it does not fit.
        TooManyTries: nothing was checked.
    """
    with transaction() as session:
        count_try(session, person.email, address)
    with transaction() as session:
        forget(session, _checked(session, person, code))
        record(session, person.organisation_id, person.email, "two-step sign-in off")


def forget(session: Session, user: User) -> None:
    """Take the secret and the recovery codes away."""
    user.sealed_totp = user.second_step_since = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def passes(session: Session, user: User, code: str) -> bool:
    """Tell whether a code is the app's or one for recovery, and use it up."""
    given = _plain(code)
    return user.second_step_since is not None and (
        _uses_step(session, user, given) or _uses_recovery(session, user, given)
    )


def _checked(session: Session, person: Person, code: str) -> User:
    user = session.get_one(User, person.id)
    if not passes(session, user, code):
        raise CodeWrong("This code does not fit, or was used before.", field="code")
    forget_tries(session, user.email)
    return user


def _uses_step(session: Session, user: User, given: str) -> bool:
    secret = _secret(user)
    if secret is None:
        return False
    totp = pyotp.TOTP(secret)
    now_step = totp.timecode(now())
    for step in range(now_step - _DRIFT, now_step + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given.encode()):
            return _changes(session, update(User).where(User.id == user.id, User.totp_step < step), totp_step=step)
    return False


def _uses_recovery(session: Session, user: User, given: str) -> bool:
    kept = RecoveryCode.user_id == user.id, RecoveryCode.code_hash == digest(given), RecoveryCode.used_at.is_(None)
    return _changes(session, update(RecoveryCode).where(*kept), used_at=now())


def _changes(session: Session, statement: Update, **values: object) -> bool:
    """Tell whether a row was there to change: of two at once, one finds none."""
    result = session.execute(statement.values(**values))
    return isinstance(result, CursorResult) and result.rowcount == 1


def _make_recovery_codes(session: Session, user: User) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=digest(code)) for code in codes)
    return ["-".join(re.findall("." * _GROUP, code)) for code in codes]


def _secret(user: User) -> str | None:
    if user.sealed_totp is None:
        return None
    try:
        return make_vault(current()).open(_row(user), user.sealed_totp)
    except SecretUnreadable:  # the server's key changed: recovery codes still let in
        return None


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _row(user: User) -> str:
    return f"user:{user.id}:totp"
