"""People who work in several organisations: how they come in, choose and switch, and what nobody learns of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.keys import digest, find_by_api_token, make_api_token
from auth.models import LoginSession, Membership, Organisation, Role, User
from auth.passwords import password_fits
from tests.factories.auth import PASSWORD, MembershipFactory
from tests.pages import PageClient, parse, text_of

FORM = {"email": "books@keeper.example", "name": "Bo", "password": "another river at night", "role": "standard"}


@pytest.fixture
def second(session: Session, membership: Membership) -> Membership:
    """Another organisation of whoever is signed in, where they are no administrator."""
    made: Membership = MembershipFactory.create(user=membership.user, organisation__name="Alder Mill Ltd")
    session.commit()
    return made


def key_of(client: PageClient) -> str:
    with client.session_transaction() as cookie:
        return str(cookie["key"])


def test_who_works_in_several_chooses_after_signing_in(
    signed_in: PageClient, second: Membership, membership: Membership
) -> None:
    signed_in.submit("/sign-out")

    answer = signed_in.submit("/sign-in?next=/people", email=membership.user.email, password=PASSWORD)

    assert answer.location == "/organisations?next=/people"
    page = parse(signed_in.get(answer.location))
    assert page.xpath("//a[text()='Stay here']/@href") == ["/people"]
    assert "Work in Alder Mill Ltd" in page.text_content()
    del second


def test_switching_begins_a_session_with_the_role_held_there(
    signed_in: PageClient, second: Membership, session: Session
) -> None:
    before = key_of(signed_in)
    signed_in.submit(f"/organisations/{second.id}")

    after = key_of(signed_in)
    ended = session.scalars(select(LoginSession).where(LoginSession.token_hash == digest(before))).one()
    assert (before != after, ended.revoked_at is not None) == (True, True)
    assert "Alder Mill Ltd" in parse(signed_in.get("/account")).xpath("string(//nav/following-sibling::div)")
    assert signed_in.get("/people").status_code == 403
    session.refresh(second)
    assert second.joined_at is not None


def test_who_was_let_go_there_cannot_switch(signed_in: PageClient, second: Membership, session: Session) -> None:
    second.active = False
    session.commit()

    assert signed_in.submit(f"/organisations/{second.id}").status_code == 404
    assert not parse(signed_in.get("/account")).xpath("//a[@aria-label='Switch organisation']")


def test_the_menu_offers_switching_to_those_alone_who_can(
    signed_in: PageClient, membership: Membership, session: Session
) -> None:
    link = "//a[@aria-label='Switch organisation']"
    before = parse(signed_in.get("/account")).xpath(link)
    MembershipFactory.create(user=membership.user)
    session.commit()

    assert (len(before), len(parse(signed_in.get("/account")).xpath(link))) == (0, 1)


def test_another_organisation_is_chosen_by_its_members_alone(signed_in: PageClient, session: Session) -> None:
    stranger = MembershipFactory.create()
    session.commit()

    assert signed_in.submit(f"/organisations/{stranger.id}").status_code == 404


def test_who_has_a_password_here_keeps_it_when_added_elsewhere(
    signed_in: PageClient, client: PageClient, session: Session, membership: Membership
) -> None:
    known = MembershipFactory.create(user__email=FORM["email"])
    session.commit()
    signed_in.submit("/people", **FORM)
    signed_in.submit("/sign-out")

    session.expire_all()
    assert password_fits(PASSWORD, known.user.password_hash)
    assert session.scalar(select(User.id).where(User.email == FORM["email"])) == known.user_id
    answer = client.submit("/sign-in", email=FORM["email"], password=PASSWORD)
    assert answer.location == "/organisations"
    assert membership.organisation.name in text_of(client.get(answer.location))


def test_adding_somebody_does_not_tell_whether_they_are_known(
    signed_in: PageClient, session: Session, membership: Membership
) -> None:
    known = MembershipFactory.create(name="Robert Privately", user__email="anne@keeper.example")
    known.user.second_step_since = known.user.created_at
    session.commit()

    told = []
    for email in (known.user.email, "andy@keeper.example"):
        answer = signed_in.submit("/people", **{**FORM, "email": email})
        shown = text_of(signed_in.get(answer.location)).replace(email, "EMAIL")
        row = session.scalars(select(Membership).where(Membership.organisation_id == membership.organisation_id))
        made = max(row, key=lambda each: each.id)
        told.append((answer.status_code, shown))
        session.delete(made)
        session.commit()

    assert told[0] == told[1]
    assert "Not signed in yet" in told[0][1]


@pytest.mark.parametrize("is_known", [True, False])
def test_who_has_not_worked_here_is_reset_by_the_operator_alone_known_or_not(
    signed_in: PageClient, session: Session, is_known: bool
) -> None:
    if is_known:
        MembershipFactory.create(user__email=FORM["email"])
    session.commit()
    signed_in.submit("/people", **FORM)
    made = session.scalars(select(Membership).order_by(Membership.id.desc())).first()
    assert made is not None

    answer = signed_in.get(signed_in.submit(f"/people/{made.id}/second-step").location)

    assert "may work in other organisations" in text_of(answer)


def test_one_organisation_learns_nothing_of_a_name_used_in_another(
    signed_in: PageClient, second: Membership, session: Session
) -> None:
    second.name = "Somebody else"
    session.commit()

    assert "Somebody else" not in text_of(signed_in.get("/people"))


def test_the_command_adds_somebody_to_a_further_organisation(
    session: Session, membership: Membership, run: Callable[..., str]
) -> None:
    kept = membership.user.password_hash
    printed = run("user", "add", membership.user.email, "--role", "admin", "--organisation", "Client Ltd")
    run("user", "add", "jo@client.example", "--role", "standard", "--organisation", "client ltd")

    session.expire_all()
    client = session.scalars(select(Organisation).where(Organisation.name == "Client Ltd")).one()
    members = session.scalars(select(Membership).where(Membership.organisation_id == client.id)).all()
    assert [each.role for each in members] == [Role.ADMINISTRATOR, Role.STANDARD]
    assert (printed, membership.user.password_hash) == ("", kept)


def test_the_command_makes_a_token_for_the_organisation_that_is_named(
    app: Flask, session: Session, membership: Membership, second: Membership
) -> None:
    make = ["token", "add", membership.user.email]
    answers = [app.test_cli_runner().invoke(args=[*make, *more]) for more in ([], ["--organisation", "Elsewhere"])]
    token = app.test_cli_runner().invoke(args=[*make, "--organisation", "alder mill ltd"]).stdout.strip()

    person = find_by_api_token(session, token)
    names = f"Alder Mill Ltd, {membership.organisation.name}"
    asked = f"Error: {membership.user.email} works in {names}: name one of them with --organisation.\n"
    assert [(answer.exit_code, answer.stdout, answer.stderr) for answer in answers] == [(1, "", asked)] * 2
    assert person is not None
    assert person.organisation_id == second.organisation_id


def test_a_token_stays_with_the_organisation_it_was_made_in(
    signed_in: PageClient, client: PageClient, second: Membership, session: Session
) -> None:
    token = make_api_token(session, second, name="scanner")
    session.commit()
    theirs = client.get("/api/v1/connection", headers={"Authorization": f"Bearer {token}"}).json
    ours = signed_in.get("/connections")

    assert theirs
    assert f'data-connection="{theirs["id"]}"' not in ours.text
