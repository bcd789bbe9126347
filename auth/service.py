"""Organisations and their people: who is added, with which role, and who is let in no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from auth.keys import revoke_api_tokens, revoke_sessions
from auth.models import EMAIL_LENGTH, NAME_LENGTH, Membership, Organisation, Role, User
from auth.passwords import check_password, hash_password
from auth.second_step import forget
from auth.trail import record
from core.errors import Conflict, Incomplete, NotFound

OPERATOR = "command line"


@dataclass(frozen=True)
class NewUser:
    """Somebody to add."""

    email: str
    password: str
    role: Role
    name: str = ""


@dataclass(frozen=True)
class Business:
    """What an organisation says of itself; by name, VAT number and other names its sales are told from its costs."""

    name: str
    vat_number: str | None
    own_names: tuple[str, ...]


class EmailTaken(Incomplete):
    """Somebody has this e-mail already."""

    code = "email-taken"


class NotTheirsAlone(Conflict):
    """Only the operator may do this to somebody who does not work in this organisation alone."""

    code = "not-theirs-alone"


class LastAdministrator(Conflict):
    """An organisation keeps one administrator who can sign in."""

    code = "last-administrator"


def add_organisation(session: Session, name: str) -> Organisation:
    """Add an organisation."""
    organisation = Organisation(name=name.strip(), own_names=[])
    session.add(organisation)
    session.flush()
    return organisation


def find_first_organisation(session: Session) -> Organisation | None:
    """Find the oldest organisation: the one that people are added to on the command line."""
    return session.scalar(select(Organisation).order_by(Organisation.id).limit(1))


def get_first_organisation(session: Session) -> Organisation:
    """Give the oldest organisation: the one that the command line works for.

    Raises:
        NotFound: there is none yet.
    """
    organisation = find_first_organisation(session)
    if organisation is None:
        raise NotFound("There is no organisation yet. Add the first user with: flask user add EMAIL --role admin")
    return organisation


def choose_archiving(session: Session, organisation_id: int, chosen: Sequence[str], *, by: str) -> None:
    """Keep after what items go to the archive by themselves."""
    session.get_one(Organisation, organisation_id).archives_after = list(chosen)
    record(session, organisation_id, by, "archiving changed", ", ".join(chosen) or "never by itself")


def describe_organisation(session: Session, organisation_id: int, business: Business, *, by: str) -> None:
    """Keep what an organisation says of itself."""
    organisation = session.get_one(Organisation, organisation_id)
    organisation.name, organisation.vat_number = business.name, business.vat_number
    organisation.own_names = list(business.own_names)
    record(session, organisation_id, by, "organisation changed", business.name)


def add_user(session: Session, organisation_id: int, new: NewUser, *, by: str) -> Membership:
    """Add a person to an organisation; who signs in on this server already keeps their password.

    Nobody who adds somebody learns whether that is so: it takes as long, answers the same, and shows nothing but what
    was entered until the person has worked here.

    Raises:
        Incomplete: the e-mail is none, or the password is refused.
        EmailTaken: somebody of this organisation has this e-mail.
    """
    email = _clean_email(new.email)
    check_password(new.password, email)
    password_hash = hash_password(new.password)
    user = find_user(session, email)
    if user is None:
        user = User(email=email, password_hash=password_hash)
        session.add(user)
        session.flush()
    elif _belongs(session, user, organisation_id):
        raise EmailTaken(f"{email} is one of the people here already.", field="email")
    name = new.name.strip()[:NAME_LENGTH]
    membership = Membership(user=user, organisation_id=organisation_id, name=name, role=new.role, active=True)
    session.add(membership)
    record(session, organisation_id, by, "user added", f"{email} as {new.role}")
    return membership


def find_user(session: Session, email: str) -> User | None:
    """Find who signs in with this e-mail."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def find_organisation(session: Session, name: str) -> Organisation | None:
    """Find the oldest organisation of this name."""
    named = func.lower(Organisation.name) == name.strip().lower()
    return session.scalar(select(Organisation).where(named).order_by(Organisation.id).limit(1))


def list_memberships(session: Session, user_id: int) -> list[Membership]:
    """Give the organisations that let a person in, by name."""
    wanted = select(Membership).join(Membership.organisation).options(contains_eager(Membership.organisation))
    own = wanted.where(Membership.user_id == user_id, Membership.active)
    return list(session.scalars(own.order_by(func.lower(Organisation.name), Organisation.id)))


def name_in(session: Session, organisation_id: int, user: User) -> str:
    """Give what an organisation calls a person."""
    own = Membership.user_id == user.id, Membership.organisation_id == organisation_id
    return session.scalar(select(Membership.name).where(*own)) or user.email


def reset_second_step(session: Session, membership: Membership, *, by: str) -> None:
    """Let a person who lost phone and recovery codes in by password alone; their sessions end.

    Raises:
        NotTheirsAlone: the person works in another organisation too, whose door this would open, or may do so: until
            they have worked here nobody learns which.
    """
    others = select(Membership.id).where(Membership.user_id == membership.user_id, Membership.id != membership.id)
    if by != OPERATOR and (membership.joined_at is None or session.scalar(others.limit(1))):
        raise NotTheirsAlone(
            f"{membership.user.email} may work in other organisations on this server, too. Its operator can reset "
            f"this: flask user reset-code {membership.user.email}"
        )
    forget(session, membership.user)
    revoke_sessions(session, membership.user_id)
    record(session, membership.organisation_id, by, "two-step sign-in reset", membership.user.email)


def _belongs(session: Session, user: User, organisation_id: int) -> bool:
    own = Membership.user_id == user.id, Membership.organisation_id == organisation_id
    return session.scalar(select(Membership.id).where(*own)) is not None


def find_membership(session: Session, email: str) -> Membership | None:
    """Give the first membership that lets this person in."""
    wanted = select(Membership).join(Membership.user).options(contains_eager(Membership.user))
    wanted = wanted.where(User.email == email.strip().lower(), Membership.active)
    return session.scalar(wanted.order_by(Membership.id).limit(1))


def get_member(session: Session, organisation_id: int, membership_id: int) -> Membership:
    """Give one membership of this organisation.

    Raises:
        NotFound: there is none.
    """
    membership = session.get(Membership, membership_id)
    if membership is None or membership.organisation_id != organisation_id:
        raise NotFound("There is no such person in this organisation.")
    return membership


def list_members(session: Session, organisation_id: int) -> list[Membership]:
    """Give an organisation's people by e-mail."""
    wanted = select(Membership).join(Membership.user).options(contains_eager(Membership.user))
    return list(session.scalars(wanted.where(Membership.organisation_id == organisation_id).order_by(User.email)))


def list_administrators(session: Session, organisation_id: int) -> list[str]:
    """Give the e-mails of those who may do what others ask for."""
    return [
        each.user.email
        for each in list_members(session, organisation_id)
        if each.active and each.role is Role.ADMINISTRATOR
    ]


def set_role(session: Session, membership: Membership, role: Role, *, by: str) -> None:
    """Give a person another role; their sessions end, so that the next has an id of its own.

    Raises:
        LastAdministrator: nobody else could administer the organisation.
    """
    if role is membership.role:
        return
    if role is not Role.ADMINISTRATOR:
        _keep_one_administrator(session, membership)
    membership.role = role
    revoke_sessions(session, membership.user_id, organisation_id=membership.organisation_id)
    record(session, membership.organisation_id, by, "role changed", f"{membership.user.email} is now {role}")


def set_publishing(session: Session, membership: Membership, *, allowed: bool, by: str) -> None:
    """Let a standard member publish, or prepare items alone (PUB-17)."""
    membership.may_publish = allowed
    what = "may publish" if allowed else "may prepare, not publish"
    record(session, membership.organisation_id, by, "right to publish changed", f"{membership.user.email} {what}")


def set_active(session: Session, membership: Membership, *, active: bool, by: str) -> None:
    """Let a person in again, or no more: sessions and tokens end at once, and for good.

    Raises:
        LastAdministrator: nobody else could administer the organisation.
    """
    if not active:
        _keep_one_administrator(session, membership)
        revoke_sessions(session, membership.user_id, organisation_id=membership.organisation_id)
        revoke_api_tokens(session, membership.user_id, membership.organisation_id)
    membership.active = active
    what = "user let in again" if active else "user deactivated"
    record(session, membership.organisation_id, by, what, membership.user.email)


def _keep_one_administrator(session: Session, leaving: Membership) -> None:
    # the organisation is locked first, so that two administrators cannot demote each other in the same moment
    session.execute(select(Organisation.id).where(Organisation.id == leaving.organisation_id).with_for_update())
    others = select(func.count(Membership.id)).where(
        Membership.organisation_id == leaving.organisation_id,
        Membership.role == Role.ADMINISTRATOR,
        Membership.active,
        Membership.id != leaving.id,
    )
    if not session.scalar(others):
        raise LastAdministrator("This is the only administrator. Make somebody else one first.")


def _clean_email(given: str) -> str:
    email = given.strip().lower()
    name, at, host = email.partition("@")
    if not (name and at and host) or "@" in host or len(email) > EMAIL_LENGTH or any(map(str.isspace, email)):
        raise Incomplete(f"{given.strip()!r} is not an e-mail address.", field="email")
    return email
