"""The connection over HTTP, with the sandbox as its KashFlow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.keys import make_api_token
from auth.models import Membership
from core.config import current, set_current
from kashflow.models import Connection, ConnectionState
from kashflow.service import list_connections, make_connection, saved_login
from lists.models import Refresh
from tests.factories.capture import EntryFactory
from tests.kashflow.conftest import PASSWORD, Scene
from tests.pages import PageClient

LOGIN = {"username": "demo", "password": PASSWORD}


@pytest.fixture
def connection(session: Session, membership: Membership, scene: Scene) -> Iterator[Connection]:
    config = current()
    set_current(replace(config, kashflow_url=scene.sandbox.url))
    yield list_connections(session, membership.organisation_id)[0]
    set_current(config)


class Api:
    """Asks with an administrator's token."""

    def __init__(self, client: PageClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: object = None) -> TestResponse:
        return self.client.open(f"/api/v1{path}", method=method, headers=self.headers, json=body)

    def put(self, **given: object) -> tuple[int, Any]:
        answer = self.call("PUT", "/connection", given)
        return answer.status_code, answer.json


@pytest.fixture
def api(app: Flask, session: Session, membership: Membership, connection: Connection) -> Api:
    del connection
    token = make_api_token(session, membership, name="test")
    session.commit()
    return Api(PageClient(app), token)


def test_a_login_connects_and_starts_no_refresh(api: Api, session: Session) -> None:
    status, said = api.put(**LOGIN)

    assert (status, said["state"], said["organisation"]) == (200, "connected", "Calder & Birch Ltd")
    assert (said["last_refresh"], said["problem"], session.query(Refresh).count()) == (None, None, 0)
    assert PASSWORD not in str(said)


def test_con_1_a_refused_login_is_told_by_its_code(api: Api) -> None:
    status, said = api.put(username="demo", password="wrong")

    assert (status, said["error"]["code"]) == (422, "CON-1")
    assert api.call("GET", "/connection").json["state"] == "not_connected"  # type: ignore[index]


def test_what_is_left_out_stays(api: Api, session: Session, connection: Connection, scene: Scene) -> None:
    api.put(**LOGIN)
    scene.set(api_password="the new one")

    assert api.put(password="the new one", name="Main")[0] == 200

    session.expire_all()
    assert (connection.name, saved_login(connection).username) == ("Main", "demo")


def test_con_8_another_organisation_is_refused(api: Api, scene: Scene) -> None:
    api.put(**LOGIN)
    scene.set(company="Alder Mill Ltd")

    status, said = api.put(**LOGIN)

    assert (status, said["error"]["code"]) == (422, "CON-8")
    assert said["error"]["fields"] == ["accept_organisation"]


def test_con_8_another_organisation_is_accepted_by_word(
    api: Api, session: Session, connection: Connection, scene: Scene
) -> None:
    api.put(**LOGIN)
    old = EntryFactory.create(connection_id=connection.id, connection=None, category=True)
    session.commit()
    scene.set(company="Alder Mill Ltd")

    status, said = api.put(**LOGIN, accept_organisation=True)

    session.expire_all()
    assert (status, said["organisation"], connection.era) == (200, "Alder Mill Ltd", 1)
    assert (old.active, session.query(Refresh).count()) == (False, 1)


def test_accepting_another_organisation_moves_nothing_when_it_is_the_same(
    api: Api, session: Session, connection: Connection
) -> None:
    api.put(**LOGIN)

    assert api.put(accept_organisation=True)[0] == 200

    session.expire_all()
    assert (connection.era, session.query(Refresh).count()) == (0, 0)


def test_con_10_a_lost_key_is_told_and_a_new_login_mends_it(api: Api, session: Session, connection: Connection) -> None:
    api.put(**LOGIN)
    connection.sealed_password = "gone"
    session.commit()
    tested = api.call("POST", "/connection/test")
    assert (tested.status_code, "CON-10" in tested.text) == (422, True)

    assert api.put(**LOGIN)[0] == 200


def test_con_1_a_held_connection_is_tested_once_when_asked(api: Api, session: Session, scene: Scene) -> None:
    api.put(**LOGIN)
    scene.set(locked_out=True)
    codes = [api.call("POST", "/connection/test").json["error"]["code"]]  # type: ignore[index]
    assert api.call("GET", "/connection").json["state"] == "needs_reconnect"  # type: ignore[index]
    scene.set(locked_out=False)
    mended = api.call("POST", "/connection/test")

    assert (codes, mended.status_code) == (["CON-5"], 200)
    assert mended.json["problem"] is None  # type: ignore[index]
    session.expire_all()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"username": "demo"}, "username"),
        ({"name": ""}, "name"),
        ({"colour": "blue"}, None),
        ({"accept_organisation": "yes"}, "accept_organisation"),
        ({"name": "Second"}, "name"),
    ],
)
def test_what_cannot_be_used_is_told(
    api: Api, session: Session, membership: Membership, given: dict[str, str], field: str | None
) -> None:
    make_connection(session, membership.organisation_id, name="Second")
    session.commit()

    status, said = api.put(**given)

    assert (status, said["error"]["fields"]) == (422, [field] if field else [])


def test_h4_each_connection_is_asked_for_by_its_id(api: Api, session: Session, membership: Membership) -> None:
    second = make_connection(session, membership.organisation_id, name="Second")
    session.commit()

    names = [api.call("GET", f"/connection{query}").json["name"] for query in ("", f"?connection={second.id}")]  # type: ignore[index]

    assert names == ["KashFlow", "Second"]
    assert api.call("GET", "/connection").json["name"] == "KashFlow"  # type: ignore[index] # it is not remembered
    assert ConnectionState.NOT_CONNECTED in api.call("GET", "/connection").text
