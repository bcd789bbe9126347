from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.keys import IDLE, LIFETIME, digest
from auth.models import AuditEntry, LoginAttempt, LoginSession, Membership
from auth.passwords import is_outdated
from auth.tries import TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS, WINDOW
from core.db import now
from tests.factories.auth import PASSWORD, LoginAttemptFactory, MembershipFactory
from tests.pages import PageClient, text_of

EMAIL = "somebody@business.example"


@pytest.fixture
def somebody(session: Session) -> Membership:
    made: Membership = MembershipFactory.create(user__email=EMAIL)
    session.commit()
    return made


def enter(client: PageClient, password: str = PASSWORD, email: str = EMAIL, address: str = "/sign-in") -> str:
    response = client.submit(address, email=email, password=password)
    return response.location or f"{response.status_code}: {text_of(response)}"


def test_who_knows_the_password_gets_in(client: PageClient, somebody: Membership) -> None:
    del somebody

    assert enter(client, email=" Somebody@Business.example ") == "/"
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@business.example", PASSWORD), ("", "")])
def test_a_refusal_does_not_say_what_was_wrong(
    client: PageClient, somebody: Membership, email: str, password: str
) -> None:
    del somebody

    assert "422: " in (said := enter(client, password, email))
    assert "E-mail and password do not fit together." in said


def test_who_was_deactivated_does_not_get_in(client: PageClient, session: Session, somebody: Membership) -> None:
    somebody.active = False
    session.commit()

    assert "422: " in enter(client)


def test_only_the_hash_of_a_session_key_is_kept(client: PageClient, session: Session, somebody: Membership) -> None:
    del somebody
    enter(client)

    with client.session_transaction() as cookie:
        key = cookie["key"]

    assert session.scalars(select(LoginSession.token_hash)).one() == digest(key) != key


def test_signing_in_begins_a_new_session(client: PageClient, somebody: Membership) -> None:
    del somebody
    with client.session_transaction() as cookie:
        cookie["key"], cookie["planted"] = "chosen by somebody else", True
    enter(client)

    with client.session_transaction() as cookie:
        assert cookie["key"] != "chosen by somebody else"
        assert "planted" not in cookie


@pytest.mark.parametrize("aim", ["/account?tab=1", "/people"])
def test_signing_in_leads_to_the_page_that_was_asked_for(client: PageClient, somebody: Membership, aim: str) -> None:
    del somebody

    assert enter(client, address=f"/sign-in?next={aim}") == aim


@pytest.mark.parametrize(
    "aim", ["//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil.example", "evil"]
)
def test_signing_in_never_leads_elsewhere(client: PageClient, somebody: Membership, aim: str) -> None:
    del somebody

    assert enter(client, address=f"/sign-in?next={aim}") == "/"


def test_an_account_is_closed_for_a_while_after_too_many_failures(client: PageClient, somebody: Membership) -> None:
    del somebody
    for number in range(TRIES_PER_ACCOUNT):
        LoginAttemptFactory.create(email=EMAIL, address=f"192.0.2.{number}")

    assert enter(client).startswith("429: ")


def test_an_address_is_closed_for_a_while_after_too_many_failures(client: PageClient, somebody: Membership) -> None:
    del somebody
    for number in range(TRIES_PER_ADDRESS):
        LoginAttemptFactory.create(email=f"guess{number}@business.example", address="127.0.0.1")

    assert enter(client).startswith("429: ")


def test_failures_are_forgotten_after_a_while(client: PageClient, somebody: Membership) -> None:
    del somebody
    for _ in range(TRIES_PER_ACCOUNT):
        LoginAttemptFactory.create(email=EMAIL, at=now() - WINDOW)

    assert enter(client) == "/"


def test_a_failure_counts_and_a_success_forgets(client: PageClient, session: Session, somebody: Membership) -> None:
    del somebody
    enter(client, "wrong")
    failures = session.scalars(select(LoginAttempt.email)).all()
    enter(client)

    assert (failures, session.scalars(select(LoginAttempt.email)).all()) == ([EMAIL], [])


def test_an_outdated_hash_is_made_anew(client: PageClient, session: Session, somebody: Membership) -> None:
    somebody.user.password_hash = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    session.commit()
    enter(client)

    session.refresh(somebody.user)
    assert not is_outdated(somebody.user.password_hash)


def test_signing_out_ends_the_session_on_the_server(signed_in: PageClient) -> None:
    with signed_in.session_transaction() as cookie:
        key = cookie["key"]
    signed_in.submit("/sign-out")
    signed_in.sign_in(key)

    assert signed_in.get("/account").status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": now()},
        {"expires_at": now() - timedelta(seconds=1)},
        {"last_used_at": now() - IDLE},
    ],
)
def test_an_ended_session_opens_nothing(signed_in: PageClient, session: Session, change: dict[str, object]) -> None:
    row = session.scalars(select(LoginSession)).one()
    for name, value in change.items():
        setattr(row, name, value)
    session.commit()

    assert signed_in.get("/account").status_code == 302


def test_a_session_lasts_thirty_days_and_keeps_when_it_was_used(signed_in: PageClient, session: Session) -> None:
    row = session.scalars(select(LoginSession)).one()
    row.last_used_at = now() - timedelta(days=1)
    session.commit()
    signed_in.get("/account")

    session.refresh(row)
    assert row.last_used_at > now() - timedelta(minutes=1)
    assert row.expires_at - row.created_at >= LIFETIME - timedelta(minutes=1)


def test_the_trail_tells_of_every_sign_in(client: PageClient, session: Session, somebody: Membership) -> None:
    del somebody
    enter(client, "wrong")
    enter(client)

    assert session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)).all() == ["sign-in refused", "signed in"]
