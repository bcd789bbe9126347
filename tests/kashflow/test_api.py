"""The connection over HTTP, with the sandbox as its KashFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from kashflow.models import Connection
from kashflow.service import make_connection, saved_login
from lists.models import Refresh
from tests.factories.capture import EntryFactory
from tests.kashflow.conftest import KEY, LOGIN, PASSWORD, Scene
from tests.pages import Call

Put = Callable[..., tuple[int, Any]]


@pytest.fixture
def put(call: Call, connection: Connection) -> Put:
    """Change the connection."""
    del connection
    return lambda **given: call("PUT", "/connection", given)


def test_a_login_connects_and_starts_no_refresh(put: Put, session: Session) -> None:
    status, said = put(**LOGIN)

    assert (status, said["state"], said["organisation"]) == (200, "connected", "Calder & Birch Ltd")
    assert (said["last_refresh"], said["problem"], session.query(Refresh).count()) == (None, None, 0)
    assert PASSWORD not in str(said)


def test_con_1_a_refused_login_is_told_by_its_code(put: Put, call: Call) -> None:
    status, said = put(username="demo", password="wrong")

    assert (status, said["error"]["code"]) == (422, "CON-1")
    assert call("GET", "/connection")[1]["state"] == "not_connected"


def test_what_is_left_out_stays(put: Put, session: Session, connection: Connection, scene: Scene) -> None:
    put(**LOGIN)
    scene.set(api_password="the new one")

    assert put(password="the new one", name="Main")[0] == 200

    session.expire_all()
    assert (connection.name, saved_login(connection).username) == ("Main", "demo")


def test_con_1_a_kept_password_is_not_tried_for_another_user(put: Put, scene: Scene) -> None:
    put(**LOGIN)
    before = len(scene.asked("GetCompanyDetails"))

    assert put(username="somebody")[1]["error"]["fields"] == ["password"]
    assert len(scene.asked("GetCompanyDetails")) == before


@pytest.mark.parametrize(("given", "kept"), [({}, KEY), ({"autoauth_key": None}, None)])
def test_g8_the_key_stays_until_it_is_emptied(
    put: Put, connection: Connection, session: Session, given: dict[str, None], kept: str | None
) -> None:
    put(**LOGIN, autoauth_key=KEY)

    assert put(**LOGIN, **given)[0] == 200

    session.expire_all()
    assert saved_login(connection).key == kept


def test_con_8_another_organisation_is_refused(put: Put, scene: Scene) -> None:
    put(**LOGIN)
    scene.set(company="Alder Mill Ltd")

    status, said = put(**LOGIN)

    assert (status, said["error"]["code"]) == (422, "CON-8")
    assert said["error"]["fields"] == ["accept_organisation"]


def test_con_8_another_organisation_is_accepted_by_word(
    put: Put, session: Session, connection: Connection, scene: Scene
) -> None:
    put(**LOGIN)
    old = EntryFactory.create(connection_id=connection.id, connection=None, category=True)
    session.commit()
    scene.set(company="Alder Mill Ltd")

    status, said = put(**LOGIN, accept_organisation=True)

    session.expire_all()
    assert (status, said["organisation"], connection.era) == (200, "Alder Mill Ltd", 1)
    assert (old.active, session.query(Refresh).count()) == (False, 1)


def test_accepting_another_organisation_moves_nothing_when_it_is_the_same(
    put: Put, session: Session, connection: Connection
) -> None:
    put(**LOGIN)

    assert put(accept_organisation=True)[0] == 200

    session.expire_all()
    assert (connection.era, session.query(Refresh).count()) == (0, 0)


def test_con_10_a_lost_key_is_told_and_a_new_login_mends_it(
    put: Put, call: Call, session: Session, connection: Connection
) -> None:
    put(**LOGIN)
    connection.sealed_password = "gone"
    session.commit()
    status, said = call("POST", "/connection/test")
    assert (status, said["error"]["code"]) == (422, "CON-10")

    assert put(**LOGIN)[0] == 200


def test_con_1_a_held_connection_is_tested_once_when_asked(put: Put, call: Call, scene: Scene) -> None:
    put(**LOGIN)
    scene.set(locked_out=True)
    refused = call("POST", "/connection/test")[1]
    assert (refused["error"]["code"], call("GET", "/connection")[1]["state"]) == ("CON-5", "needs_reconnect")
    scene.set(locked_out=False)

    status, said = call("POST", "/connection/test")

    assert (status, said["state"], said["problem"]) == (200, "connected", None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"password": PASSWORD}, "username"),
        ({"username": "demo"}, "password"),
        ({**LOGIN, "autoauth_key": "1A2B"}, "autoauth_key"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"username": 5}, "username"),
        ({"colour": "blue"}, None),
        ({"accept_organisation": "yes"}, "accept_organisation"),
        ({"name": "Second"}, "name"),
    ],
)
def test_what_cannot_be_used_is_told(
    put: Put, session: Session, membership: Membership, given: dict[str, object], field: str | None
) -> None:
    make_connection(session, membership.organisation_id, name="Second")
    session.commit()

    status, said = put(**given)

    assert (status, said["error"]["fields"]) == (422, [field] if field else [])


def test_h4_each_connection_is_asked_for_by_its_id(
    call: Call, connection: Connection, session: Session, membership: Membership
) -> None:
    second = make_connection(session, membership.organisation_id, name="Second")
    session.commit()

    named = call("GET", f"/connection?connection={second.id}")[1]
    unnamed = call("GET", "/connection")[1]  # what was named is not remembered

    assert [(each["id"], each["name"]) for each in (named, unnamed)] == [
        (second.id, "Second"),
        (connection.id, "KashFlow"),
    ]
