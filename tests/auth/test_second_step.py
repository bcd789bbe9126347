"""Signing in with a code besides the password."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.keys import list_sessions, open_session
from auth.models import AuditEntry, Membership, RecoveryCode, User
from auth.second_step import begin, waiting_secret
from auth.tries import TRIES_PER_ACCOUNT
from core.config import current
from core.db import now
from core.secrets import make_vault
from tests.factories.auth import PASSWORD, LoginAttemptFactory, MembershipFactory
from tests.pages import PageClient, parse, text_of


class App:
    """The app on somebody's phone: the code of now, then that of the next half minute, which fits already."""

    def __init__(self, secret: str) -> None:
        self.totp, self.ahead = pyotp.TOTP(secret), -1

    def code(self) -> str:
        self.ahead += 1
        assert self.ahead < 2, "no more codes fit now"
        return self.totp.at(now() + timedelta(seconds=30 * self.ahead))


@pytest.fixture
def phone(signed_in: PageClient, session: Session, membership: Membership) -> App:
    """The app of whoever is signed in, not switched on yet."""
    signed_in.submit("/account/second-step/begin", present=PASSWORD)
    session.expire_all()
    secret = waiting_secret(membership.user)
    assert secret
    return App(secret)


@pytest.fixture
def codes(signed_in: PageClient, phone: App) -> list[str]:
    """The recovery codes, once it is switched on."""
    shown = parse(signed_in.submit("/account/second-step", code=phone.code()))
    return str(shown.xpath("string(//*[@data-codes])")).split()


def give_password(client: PageClient, membership: Membership) -> str:
    client.submit("/sign-out")
    return str(client.submit("/sign-in", email=membership.user.email, password=PASSWORD).location)


def test_the_picture_and_the_key_are_shown_until_the_first_code(signed_in: PageClient, phone: App) -> None:
    page = parse(signed_in.get("/account/second-step"))

    assert page.xpath("string(//*[@data-secret])") == phone.totp.secret
    assert page.xpath("string(//img/@src)").startswith("data:image/svg+xml")
    signed_in.submit("/account/second-step", code=phone.code())
    assert signed_in.get("/account/second-step").location == "/account"


def test_setting_up_takes_the_password_again(signed_in: PageClient, session: Session, membership: Membership) -> None:
    answer = signed_in.submit("/account/second-step/begin", present="wrong")

    session.expire_all()
    assert parse(answer).xpath("string(//*[@id='present-error'])") == "This is not your password."
    assert membership.user.sealed_totp is None


def test_beginning_again_makes_another_key(signed_in: PageClient, phone: App) -> None:
    signed_in.submit("/account/second-step/begin", present=PASSWORD)

    assert parse(signed_in.get("/account/second-step")).xpath("string(//*[@data-secret])") != phone.totp.secret


def test_a_wrong_first_code_switches_nothing_on(signed_in: PageClient, phone: App, membership: Membership) -> None:
    del phone
    answer = signed_in.submit("/account/second-step", code="not one")

    assert (answer.status_code, "This code does not fit" in text_of(answer)) == (422, True)
    assert give_password(signed_in, membership) == "/"


def test_the_password_alone_opens_nothing(signed_in: PageClient, codes: list[str], membership: Membership) -> None:
    del codes

    assert give_password(signed_in, membership) == "/sign-in/code"
    assert signed_in.get("/account").location == "/sign-in?next=/account"


def test_password_and_code_open_the_door_to_the_wanted_page(
    signed_in: PageClient, phone: App, codes: list[str], membership: Membership, session: Session
) -> None:
    del codes
    give_password(signed_in, membership)

    assert signed_in.submit("/sign-in/code?next=/people", code=f" {phone.code()} ").location == "/people"
    assert signed_in.get("/people").status_code == 200
    assert session.scalars(select(AuditEntry.detail).order_by(AuditEntry.id.desc())).first() == (
        "from 127.0.0.1, with a code"
    )


def test_a_code_is_good_for_once(signed_in: PageClient, phone: App, codes: list[str], membership: Membership) -> None:
    del codes
    used = phone.code()
    give_password(signed_in, membership)
    signed_in.submit("/sign-in/code", code=used)
    give_password(signed_in, membership)

    assert signed_in.submit("/sign-in/code", code=used).status_code == 422


def test_a_recovery_code_is_good_for_once(signed_in: PageClient, codes: list[str], membership: Membership) -> None:
    answers = []
    for _ in range(2):
        give_password(signed_in, membership)
        answers.append(signed_in.submit("/sign-in/code", code=codes[3].upper()).status_code)

    assert (len(codes), answers) == (10, [302, 422])


def test_secret_and_recovery_codes_are_kept_sealed_and_hashed(
    codes: list[str], phone: App, membership: Membership, session: Session
) -> None:
    session.refresh(membership.user)
    kept = membership.user.sealed_totp
    assert kept is not None
    assert phone.totp.secret not in kept
    assert make_vault(current()).open(f"user:{membership.user_id}:totp", kept) == phone.totp.secret
    hashes = set(session.scalars(select(RecoveryCode.code_hash)))
    assert not hashes & {*codes, *(code.replace("-", "") for code in codes)}


def test_codes_are_guessed_as_seldom_as_passwords(
    signed_in: PageClient, codes: list[str], phone: App, membership: Membership
) -> None:
    del codes
    LoginAttemptFactory.create_batch(TRIES_PER_ACCOUNT - 2, email=membership.user.email)
    give_password(signed_in, membership)  # which is right, and lets guessing begin again no more than a wrong one

    assert signed_in.submit("/sign-in/code", code="000000x").status_code == 422
    assert signed_in.submit("/sign-in/code", code=phone.code()).status_code == 429


def test_a_right_password_does_not_let_the_guessing_of_codes_begin_again(
    signed_in: PageClient, codes: list[str], phone: App, membership: Membership
) -> None:
    del codes
    LoginAttemptFactory.create_batch(TRIES_PER_ACCOUNT - 1, email=membership.user.email)
    signed_in.submit("/account/password", old=PASSWORD, password="another river at night")

    assert "Too many tries" in text_of(signed_in.submit("/account/second-step/off", code=phone.code()))


def test_a_code_nobody_waits_for_opens_nothing(client: PageClient, phone: App, codes: list[str]) -> None:
    del codes
    client.submit("/sign-out")

    assert client.submit("/sign-in/code", code=phone.code()).location == "/sign-in"
    assert client.get("/sign-in/code").location == "/sign-in"


def test_waiting_for_a_code_ends_after_some_minutes(
    signed_in: PageClient, codes: list[str], phone: App, membership: Membership
) -> None:
    del codes
    give_password(signed_in, membership)
    with signed_in.session_transaction() as cookie:
        cookie["awaited"] = [membership.user_id, cookie["awaited"][1] - 301]

    assert signed_in.submit("/sign-in/code", code=phone.code()).location == "/sign-in"


def test_switching_on_ends_all_other_sessions(
    signed_in: PageClient, phone: App, membership: Membership, session: Session
) -> None:
    open_session(session, membership, address="", user_agent="")
    signed_in.submit("/account/second-step", code=phone.code())

    assert len(list_sessions(session, membership.user_id)) == 1
    assert signed_in.get("/account").status_code == 200


def test_switching_off_takes_a_code(
    signed_in: PageClient, codes: list[str], phone: App, membership: Membership
) -> None:
    del codes
    assert signed_in.submit("/account/second-step/off", code="wrong").status_code == 422
    assert signed_in.submit("/account/second-step/off", code=phone.code()).location == "/account"

    assert give_password(signed_in, membership) == "/"


def test_other_recovery_codes_replace_those_from_before(
    signed_in: PageClient, codes: list[str], phone: App, membership: Membership
) -> None:
    page = parse(signed_in.submit("/account/second-step/recovery", code=phone.code()))
    fresh = str(page.xpath("string(//*[@data-codes])")).split()
    give_password(signed_in, membership)

    assert signed_in.submit("/sign-in/code", code=codes[0]).status_code == 422
    assert signed_in.submit("/sign-in/code", code=fresh[0]).status_code == 302


@pytest.fixture
def colleague(session: Session, membership: Membership) -> Membership:
    """Somebody of the organisation who signs in with codes and has worked here."""
    made: Membership = MembershipFactory.create(organisation=membership.organisation, joined_at=now())
    begin(made.user)
    made.user.second_step_since = now()
    session.commit()
    return made


def test_an_administrator_resets_a_members_second_step(
    signed_in: PageClient, client: PageClient, colleague: Membership
) -> None:
    assert "two-step" in text_of(signed_in.get("/people"))
    signed_in.submit(f"/people/{colleague.id}/second-step")
    signed_in.submit("/sign-out")

    assert client.submit("/sign-in", email=colleague.user.email, password=PASSWORD).location == "/"


def test_nobody_resets_their_own_without_a_code(
    signed_in: PageClient, codes: list[str], membership: Membership, session: Session
) -> None:
    del codes

    assert signed_in.submit(f"/people/{membership.id}/second-step").status_code == 403
    session.expire_all()
    assert membership.user.second_step_since is not None


def test_who_works_elsewhere_too_is_reset_by_the_operator_alone(
    signed_in: PageClient, colleague: Membership, session: Session, run: Callable[..., str]
) -> None:
    MembershipFactory.create(user=colleague.user)
    session.commit()
    refused = signed_in.get(signed_in.submit(f"/people/{colleague.id}/second-step").location)
    session.expire_all()
    assert "flask user reset-code" in text_of(refused)
    assert colleague.user.second_step_since is not None

    run("user", "reset-code", colleague.user.email)

    session.expire_all()
    assert colleague.user.second_step_since is None


def test_a_lost_server_key_leaves_the_recovery_codes(
    signed_in: PageClient, codes: list[str], membership: Membership, session: Session
) -> None:
    session.get_one(User, membership.user_id).sealed_totp = "gone"
    session.commit()
    give_password(signed_in, membership)

    assert signed_in.submit("/sign-in/code", code="123456").status_code == 422
    assert signed_in.submit("/sign-in/code", code=codes[0]).status_code == 302
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", codes[0])
