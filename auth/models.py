"""Who may come in: organisations, people, their sessions and tokens, and the trail of what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, UTCDateTime, now, words

EMAIL_LENGTH = 254
NAME_LENGTH = 200
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux")
HASH_LENGTH = 64  # SHA-256 in hexadecimal


class Role(StrEnum):
    """What a membership allows."""

    ADMINISTRATOR = "administrator"
    STANDARD = "standard"


class Scope(StrEnum):
    """What an API token allows: reading alone, or all that its owner's role does."""

    READ = "read"
    WRITE = "write"


class Organisation(Base):
    """One business; ``own_names`` are the names and VAT numbers that tell its sales from its costs on a document."""

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    vat_number: Mapped[str | None] = mapped_column(String(20))
    own_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    archives_after: Mapped[list[str]] = mapped_column(JSON, default=list)  # of auth.forms.ARCHIVING
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class User(Base):
    """A person who signs in; the same person may belong to several organisations, with one password.

    From ``second_step_since`` a code of an app is asked for as well; until then a sealed secret waits for its first
    code. ``totp_step`` is the half minute of the last code that was used, so that each is good for once.
    """

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_is_lower_case"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    sealed_totp: Mapped[str | None] = mapped_column(Text)
    second_step_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    totp_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Membership(Base):
    """That a user belongs to an organisation, with which role, and whether it still lets them in.

    ``name`` is what this organisation calls them. Until they ``joined_at``, when they first worked in it, nobody in it
    learns anything of them but what was entered when they were added.
    """

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    role: Mapped[Role] = mapped_column(words(Role))
    active: Mapped[bool] = mapped_column(default=True)
    may_publish: Mapped[bool] = mapped_column(default=True)  # administrators always may
    joined_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    user: Mapped[User] = relationship()
    organisation: Mapped[Organisation] = relationship()


class Key(Base):
    """What opens the door for one user in one organisation; the holder has the token, the row its hash."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LoginSession(Key):
    """One sign-in of one browser."""

    __tablename__ = "login_sessions"

    user_agent: Mapped[str] = mapped_column(String(400), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def browser(self) -> str:
        """The browser and its system as people call them, from what it said of itself."""
        name = next((word for mark, word in _BROWSERS.items() if mark in self.user_agent), "Unknown browser")
        system = next((each for each in _SYSTEMS if each in self.user_agent), None)
        return f"{name} on {system}" if system else name


class ApiToken(Key):
    """A bearer token of the HTTP interface, shown once."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[Scope] = mapped_column(words(Scope), default=Scope.WRITE)


class RecoveryCode(Base):
    """One code that lets a person in once, in place of their app's."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LoginAttempt(Base):
    """One try to sign in, until somebody got in; for the limits per account and address. The e-mail may be nobody's."""

    __tablename__ = "login_attempts"
    __table_args__ = (
        Index(None, "email", "at"),
        Index(None, "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    address: Mapped[str] = mapped_column(String(45))


class AuditEntry(Base):
    """One line of the trail; each holds the hash of the one before it, so that none is altered or taken out unseen."""

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("organisation_id", "previous_hash"),)  # so the chain cannot fork

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    what: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(Text, default="")
    previous_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
