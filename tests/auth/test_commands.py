import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.keys import find_by_api_token, list_sessions, open_session
from auth.models import Membership, Organisation, Role, User
from auth.passwords import password_fits
from tests.factories.auth import PASSWORD, MembershipFactory

ADD = ["user", "add", "Jo@business.example", "--role", "admin"]


def test_the_first_user_makes_the_organisation(app: Flask, session: Session) -> None:
    result = app.test_cli_runner().invoke(args=[*ADD, "--password-stdin"], input=f"{PASSWORD}\n")

    made = session.scalars(select(Membership)).one()
    assert (result.exit_code, result.stdout) == (0, "")
    assert (made.user.email, made.role) == ("jo@business.example", Role.ADMINISTRATOR)
    assert password_fits(PASSWORD, made.user.password_hash)


def test_a_further_user_joins_the_organisation(app: Flask, session: Session, membership: Membership) -> None:
    app.test_cli_runner().invoke(args=[*ADD[:3], "--role", "standard", "--password-stdin"], input=f"{PASSWORD}\n")

    assert session.scalars(select(Organisation.id)).all() == [membership.organisation_id]
    assert set(session.scalars(select(Membership.role))) == {Role.ADMINISTRATOR, Role.STANDARD}


def test_without_a_terminal_a_password_is_made_and_printed_alone(app: Flask, session: Session) -> None:
    result = app.test_cli_runner().invoke(args=ADD, input="")

    kept = session.scalars(select(User.password_hash)).one()
    assert password_fits(result.stdout.removesuffix("\n"), kept)


def test_a_forgotten_password_is_replaced_and_ends_all_sessions(app: Flask, session: Session) -> None:
    membership = MembershipFactory.create()
    open_session(session, membership, address="", user_agent="")
    session.commit()

    arguments = ["user", "password", membership.user.email, "--password-stdin"]
    result = app.test_cli_runner().invoke(args=arguments, input="another river at night\n")

    session.refresh(membership.user)
    assert (result.exit_code, result.stdout) == (0, "")
    assert password_fits("another river at night", membership.user.password_hash)
    assert list_sessions(session, membership.user_id) == []


def test_a_token_is_printed_alone(app: Flask, session: Session) -> None:
    membership = MembershipFactory.create()
    session.commit()

    result = app.test_cli_runner().invoke(args=["token", "add", membership.user.email])

    person = find_by_api_token(session, result.stdout.removesuffix("\n"))
    assert person is not None
    assert person.id == membership.user_id


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["token", "add", "nobody@business.example"], "There is no active user nobody@business.example."),
        (["user", "password", "nobody@business.example"], "There is no active user nobody@business.example."),
        ([*ADD, "--password-stdin"], "A password needs at least 8 characters."),
    ],
)
def test_a_command_that_fails_says_why_and_exits_with_1(
    app: Flask, session: Session, arguments: list[str], says: str
) -> None:
    del session
    result = app.test_cli_runner().invoke(args=arguments, input="short\n")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {says}\n")
