import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.keys import list_sessions, make_api_token, open_session
from auth.models import Membership, Role, User
from tests.factories.auth import PASSWORD, MembershipFactory
from tests.pages import PageClient, parse, text_of


@pytest.fixture
def colleague(session: Session, membership: Membership) -> Membership:
    made: Membership = MembershipFactory.create(organisation=membership.organisation)
    session.commit()
    return made


def test_an_administrator_adds_a_person_who_can_sign_in(
    signed_in: PageClient, client: PageClient, session: Session
) -> None:
    form = {"email": "New@Business.example", "name": "Jo", "password": PASSWORD, "role": "standard"}
    signed_in.submit("/people", **form)
    signed_in.submit("/sign-out")

    assert (
        session.scalars(select(User.email).join(Membership).where(Membership.name == "Jo")).one()
        == "new@business.example"
    )
    assert client.submit("/sign-in", email="new@business.example", password=PASSWORD).location == "/"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("email", "nobody", "'nobody' is not an e-mail address."),
        ("email", "", "Enter an e-mail address."),
        ("password", "short", "at least 8"),
        ("role", "king", "Choose one of the list."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(signed_in: PageClient, field: str, value: str, says: str) -> None:
    form = {"email": "new@business.example", "name": "Jo", "password": PASSWORD, "role": "standard", field: value}
    response = signed_in.submit("/people", **form)

    assert response.status_code == 422
    assert says in parse(response).xpath(f"string(//*[@id='{field}-error'])")


def test_an_email_is_taken_once(signed_in: PageClient, colleague: Membership) -> None:
    form = {"email": colleague.user.email.upper(), "password": PASSWORD, "role": "standard"}

    assert "already" in text_of(signed_in.submit("/people", **form))


def test_another_role_needs_a_new_session(signed_in: PageClient, session: Session, colleague: Membership) -> None:
    open_session(session, colleague, address="", user_agent="")
    session.commit()
    signed_in.submit(f"/people/{colleague.id}/role", role="administrator")

    session.refresh(colleague)
    assert colleague.role is Role.ADMINISTRATOR
    assert list_sessions(session, colleague.user_id) == []


def test_who_is_deactivated_is_out_at_once(
    signed_in: PageClient, client: PageClient, session: Session, colleague: Membership
) -> None:
    key = open_session(session, colleague, address="", user_agent="")
    session.commit()
    signed_in.submit(f"/people/{colleague.id}/active", active="no")
    client.sign_in(key)

    assert client.get("/account").status_code == 302


def test_who_is_let_in_again_needs_a_new_token(
    signed_in: PageClient, client: PageClient, session: Session, colleague: Membership
) -> None:
    header = {"Authorization": f"Bearer {make_api_token(session, colleague, name='scanner')}"}
    session.commit()
    before = client.get("/api/v1/items", headers=header).status_code
    for active in ("no", "yes"):
        signed_in.submit(f"/people/{colleague.id}/active", active=active)

    assert (before, client.get("/api/v1/items", headers=header).status_code) == (200, 401)


def test_the_last_administrator_stays(signed_in: PageClient, session: Session, membership: Membership) -> None:
    signed_in.submit(f"/people/{membership.id}/role", role="standard")
    response = signed_in.submit(f"/people/{membership.id}/active", active="no")

    session.refresh(membership)
    assert (membership.role, membership.active) == (Role.ADMINISTRATOR, True)
    assert "only administrator" in text_of(signed_in.get(response.location))


@pytest.mark.parametrize(("change", "value"), [("role", "administrator"), ("active", "no")])
def test_people_of_another_organisation_are_unknown(
    signed_in: PageClient, session: Session, change: str, value: str
) -> None:
    stranger = MembershipFactory.create()
    session.commit()

    assert signed_in.submit(f"/people/{stranger.id}/{change}", **{change: value}).status_code == 404


def test_where_nobody_administers_the_operator_is_named(client: PageClient, session: Session) -> None:
    client.sign_in(open_session(session, MembershipFactory.create(), address="", user_agent=""))
    session.commit()

    assert "Ask whoever runs this server." in text_of(client.get("/people"))


def test_standard_users_neither_see_nor_change_people(
    client: PageClient, session: Session, membership: Membership, colleague: Membership
) -> None:
    client.sign_in(open_session(session, colleague, address="", user_agent=""))
    session.commit()

    refused = client.get("/people")
    assert refused.status_code == 403
    assert membership.user.email in text_of(refused)
    assert client.submit(f"/people/{colleague.id}/role", role="administrator").status_code == 403
    assert "People" not in parse(client.get("/account")).xpath("string(//nav[@aria-label='Main'])")
