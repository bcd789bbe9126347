"""What opens the door: sessions of browsers and tokens of the HTTP interface, both kept as hashes."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from auth.models import ApiToken, Key, LoginSession, Membership, Organisation, Role, Scope, User
from core.db import now
from core.errors import NotFound

LIFETIME = timedelta(days=30)
IDLE = timedelta(days=7)
USE_EVERY = timedelta(minutes=5)  # how exact "last used" is, so that reading a page seldom writes
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Person:
    """Who is asking: a user in one organisation, with the role held there, by the session or token of ``key_id``."""

    id: int
    email: str
    name: str
    role: Role
    organisation_id: int
    organisation: str
    key_id: int
    by_token: bool
    may_write: bool
    may_publish: bool
    used_at: datetime | None
    organisations: int


def digest(token: str) -> str:
    """Give the hash a token is known by; it is long and random, so one round is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, membership: Membership, *, address: str, user_agent: str) -> str:
    """Begin a session and give its token, which is kept nowhere here."""
    token, at = secrets.token_urlsafe(TOKEN_BYTES), now()
    row = LoginSession(
        token_hash=digest(token),
        user_id=membership.user_id,
        organisation_id=membership.organisation_id,
        address=address[:45],
        user_agent=user_agent[:400],
        last_used_at=at,
        expires_at=at + LIFETIME,
    )
    session.add(row)
    first = update(Membership).where(Membership.id == membership.id, Membership.joined_at.is_(None))
    session.execute(first.values(joined_at=at))
    session.flush()
    return token


def make_api_token(session: Session, membership: Membership, *, name: str, scope: Scope = Scope.WRITE) -> str:
    """Make a token for the HTTP interface and give it, this once."""
    token = "cf_" + secrets.token_urlsafe(TOKEN_BYTES)
    row = ApiToken(
        token_hash=digest(token),
        user_id=membership.user_id,
        organisation_id=membership.organisation_id,
        name=name[:100],
        scope=scope,
    )
    session.add(row)
    session.flush()
    return token


def find_by_session(session: Session, token: str) -> Person | None:
    """Give whose session this is, unless it was revoked, has ended, or lay unused for a week."""
    return _find(session, LoginSession, LoginSession.token_hash == digest(token), *_alive())


def find_by_api_token(session: Session, token: str) -> Person | None:
    """Give whose token this is, unless it was revoked."""
    return _find(session, ApiToken, ApiToken.token_hash == digest(token), ApiToken.revoked_at.is_(None))


def use_is_noted(person: Person) -> bool:
    """Tell whether the use of the person's key was kept within the last minutes."""
    return person.used_at is not None and now() - person.used_at < USE_EVERY


def note_use(session: Session, person: Person) -> None:
    """Keep that the person's key was used just now."""
    kind: type[Key] = ApiToken if person.by_token else LoginSession
    session.execute(update(kind).where(kind.id == person.key_id).values(last_used_at=now()))


def list_sessions(session: Session, user_id: int) -> list[LoginSession]:
    """Give a user's sessions that still work, the latest used first."""
    own = select(LoginSession).where(LoginSession.user_id == user_id, *_alive())
    return list(session.scalars(own.order_by(LoginSession.last_used_at.desc())))


def list_api_tokens(session: Session, user_id: int) -> list[ApiToken]:
    """Give a user's tokens that still work, the newest first."""
    own = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return list(session.scalars(own.order_by(ApiToken.id.desc())))


def revoke(session: Session, kind: type[LoginSession | ApiToken], key_id: int, user_id: int) -> None:
    """End one session or token of this user.

    Raises:
        NotFound: the user has no such key, or it was ended before.
    """
    row = session.get(kind, key_id)
    if row is None or row.user_id != user_id or row.revoked_at is not None:
        raise NotFound("There is no such session or token.")
    row.revoked_at = now()
    session.flush()


def revoke_sessions(session: Session, user_id: int, *, organisation_id: int | None = None, kept: int = 0) -> None:
    """End all sessions of a user (in one organisation) but the kept one."""
    wanted = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None))
    if organisation_id is not None:
        wanted = wanted.where(LoginSession.organisation_id == organisation_id)
    session.execute(wanted.where(LoginSession.id != kept).values(revoked_at=now()))


def revoke_api_tokens(session: Session, user_id: int, organisation_id: int) -> None:
    """End all tokens of a user in one organisation."""
    own = ApiToken.user_id == user_id, ApiToken.organisation_id == organisation_id, ApiToken.revoked_at.is_(None)
    session.execute(update(ApiToken).where(*own).values(revoked_at=now()))


def _alive() -> tuple[ColumnElement[bool], ...]:
    at = now()
    return LoginSession.revoked_at.is_(None), LoginSession.expires_at > at, LoginSession.last_used_at > at - IDLE


def _count_memberships(user_id: InstrumentedAttribute[int]) -> ScalarSelect[int]:
    """Count the organisations that let a user in."""
    own = aliased(Membership)
    return select(func.count(own.id)).where(own.user_id == user_id, own.active).scalar_subquery()


def _find(session: Session, kind: type[LoginSession | ApiToken], *conditions: ColumnElement[bool]) -> Person | None:
    """Give the active member who holds the key; the role is the membership's of this moment."""
    same = and_(Membership.user_id == kind.user_id, Membership.organisation_id == kind.organisation_id)
    wanted = (
        select(kind, User, Membership, Organisation, _count_memberships(kind.user_id))
        .join(User, User.id == kind.user_id)
        .join(Membership, same)
        .join(Organisation, Organisation.id == kind.organisation_id)
        .where(Membership.active, *conditions)
    )
    found = session.execute(wanted).one_or_none()
    if found is None:
        return None
    key, user, membership, organisation, organisations = found
    return Person(
        id=user.id,
        email=user.email,
        name=membership.name or user.email,
        role=membership.role,
        organisation_id=organisation.id,
        organisation=organisation.name,
        key_id=key.id,
        by_token=isinstance(key, ApiToken),
        may_write=not isinstance(key, ApiToken) or key.scope is Scope.WRITE,
        may_publish=membership.may_publish or membership.role is Role.ADMINISTRATOR,
        used_at=key.last_used_at,
        organisations=organisations,
    )
