import pytest
from flask import Flask, g, jsonify
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import guard, tell_error
from auth.access import needs
from auth.keys import make_api_token, open_session
from auth.models import ApiToken, Membership, Scope
from core.errors import CounterfoilError
from tests.factories.auth import MembershipFactory


@pytest.fixture
def interface(session: Session) -> FlaskClient:
    """A small app with one call and one page, guarded as ours are."""
    del session
    app = Flask(__name__)
    app.secret_key = "for this test"
    app.before_request(guard)
    app.register_error_handler(CounterfoilError, tell_error)
    app.add_url_rule("/sign-in", "auth.show_sign_in", lambda: "")

    @app.route("/api/v1/who", methods=["GET", "POST"])
    @app.route("/who")
    def who() -> ResponseReturnValue:
        return jsonify(email=g.user.email, organisation=g.organisation_id, role=g.role)

    @app.get("/api/v1/connection")
    @needs("connect")
    def connection() -> ResponseReturnValue:
        return jsonify()

    return app.test_client()


def token_of(session: Session, membership: Membership, scope: Scope = Scope.WRITE) -> dict[str, str]:
    token = make_api_token(session, membership, name="test", scope=scope)
    session.commit()
    return {"Authorization": f"Bearer {token}"}


def test_a_token_acts_for_its_owner(interface: FlaskClient, session: Session, membership: Membership) -> None:
    response = interface.post("/api/v1/who", headers=token_of(session, membership))

    assert response.json == {
        "email": membership.user.email,
        "organisation": membership.organisation_id,
        "role": "administrator",
    }


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer cf_wrong", "Basic cf_wrong"])
def test_without_a_token_of_ours_the_interface_is_closed(interface: FlaskClient, header: str) -> None:
    response = interface.get("/api/v1/who", headers={"Authorization": header})

    assert response.status_code == 401
    assert '"code":"not-signed-in"' in response.text.replace(" ", "")


def test_a_session_does_not_open_the_interface(
    interface: FlaskClient, session: Session, membership: Membership
) -> None:
    key = open_session(session, membership, address="", user_agent="")
    session.commit()
    with interface.session_transaction() as cookie:
        cookie["key"] = key

    assert interface.get("/who").status_code == 200
    assert interface.get("/api/v1/who").status_code == 401


def test_a_token_does_not_open_pages(interface: FlaskClient, session: Session, membership: Membership) -> None:
    assert interface.get("/who", headers=token_of(session, membership)).status_code == 302


def test_a_revoked_token_opens_nothing(interface: FlaskClient, session: Session, membership: Membership) -> None:
    headers = token_of(session, membership)
    row = session.scalars(select(ApiToken)).one()
    row.revoked_at = row.created_at
    session.commit()

    assert interface.get("/api/v1/who", headers=headers).status_code == 401


def test_the_token_of_somebody_deactivated_opens_nothing(
    interface: FlaskClient, session: Session, membership: Membership
) -> None:
    headers = token_of(session, membership)
    membership.active = False
    session.commit()

    assert interface.get("/api/v1/who", headers=headers).status_code == 401


def test_a_reading_token_changes_nothing(interface: FlaskClient, session: Session, membership: Membership) -> None:
    headers = token_of(session, membership, Scope.READ)

    assert interface.get("/api/v1/who", headers=headers).status_code == 200
    assert interface.post("/api/v1/who", headers=headers).status_code == 403


def test_the_last_use_of_a_token_is_kept(interface: FlaskClient, session: Session, membership: Membership) -> None:
    interface.get("/api/v1/who", headers=token_of(session, membership))

    row = session.scalars(select(ApiToken)).one()
    session.refresh(row)
    assert row.last_used_at is not None


def test_a_role_opens_only_what_it_allows(interface: FlaskClient, session: Session, membership: Membership) -> None:
    standard = MembershipFactory.create(organisation=membership.organisation)

    assert interface.get("/api/v1/connection", headers=token_of(session, membership)).status_code == 200
    assert interface.get("/api/v1/connection", headers=token_of(session, standard)).status_code == 403
