"""Lists and refreshes over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from auth.keys import make_api_token
from auth.models import Membership
from kashflow.ledger import ListKind
from kashflow.models import Connection
from kashflow.service import list_connections
from lists.models import Refresh, RefreshedList, RefreshState
from tests.factories.capture import EntryFactory
from tests.pages import PageClient


class Api:
    """Asks with a token."""

    def __init__(self, client: PageClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(f"/api/v1{path}", headers=self.headers)
        return answer.status_code, answer.json

    def post(self, path: str, **given: object) -> tuple[int, Any]:
        answer = self.client.post(f"/api/v1{path}", headers=self.headers, json=given)
        return answer.status_code, answer.json


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    return list_connections(session, membership.organisation_id)[0]


@pytest.fixture
def api(app: Flask, session: Session, membership: Membership, connection: Connection) -> Api:
    del connection
    token = make_api_token(session, membership, name="test")
    session.commit()
    return Api(PageClient(app), token)


def test_a_refresh_is_asked_for_and_followed(api: Api, session: Session) -> None:
    status, said = api.post("/lists/refresh")
    refresh = session.query(Refresh).one()

    assert (status, said) == (202, {"refresh": refresh.id})
    assert api.get(f"/refreshes/{refresh.id}")[1]["state"] == "queued"


def test_lst_3_while_one_runs_its_id_is_given(api: Api) -> None:
    first = api.post("/lists/refresh")[1]["refresh"]

    status, said = api.post("/lists/refresh")

    assert (status, said["error"]["code"], said["refresh"]) == (409, "LST-3", first)


def test_counts_are_of_this_refresh_and_failed_lists_say_why(
    api: Api, session: Session, connection: Connection
) -> None:
    refresh = Refresh(connection_id=connection.id, state=RefreshState.PARTIAL)
    session.add(refresh)
    session.flush()
    came = RefreshedList(
        refresh_id=refresh.id, list_kind=ListKind.SUPPLIERS, state=RefreshState.DONE, added=3, changed=1
    )
    failed = RefreshedList(refresh_id=refresh.id, list_kind=ListKind.CUSTOMERS, state=RefreshState.FAILED)
    failed.problem_code, failed.problem = "LST-1", "Customers failed."
    session.add_all([came, failed])
    session.commit()

    said = api.get(f"/refreshes/{refresh.id}")[1]

    assert said["counts"] == {"suppliers": {"added": 3, "changed": 1, "inactive": 0}}
    assert said["problems"] == [{"list": "customers", "code": "LST-1", "message": "Customers failed."}]


def test_one_list_alone_can_be_asked_for(api: Api, session: Session) -> None:
    api.post("/lists/refresh", lists=["suppliers"], accept_empty=True)

    refresh = session.query(Refresh).one()
    assert (refresh.wanted, refresh.accepts_empty) == (["suppliers"], True)
    assert api.post("/lists/refresh", lists=["colours"])[0] == 404
    assert [api.post("/lists/refresh", lists=odd)[0] for odd in (5, "suppliers", {"a": 1})] == [422, 422, 422]


def test_a_list_is_given_in_pages_inactive_entries_too(api: Api, session: Session, connection: Connection) -> None:
    for name, active in (("Rent", True), ("Water", False), ("Gas", True)):
        EntryFactory.create(
            connection_id=connection.id,
            connection=None,
            list_kind=ListKind.CATEGORIES,
            code="7100",
            name=name,
            active=active,
        )
    session.commit()

    first = api.get("/lists/categories?limit=2")[1]
    rest = api.get(f"/lists/categories?limit=2&after={first['next']}")[1]

    told = [(each["code"], each["name"], each["active"]) for each in [*first["entries"], *rest["entries"]]]
    assert told == [(7100, "Rent", True), (7100, "Water", False), (7100, "Gas", True)]
    assert (first["entries"][0]["kinds"], rest["next"]) == (["cost", "sale"], None)


@pytest.mark.parametrize("query", ["limit=x", "after=-1", "limit=1.5"])
def test_a_page_that_is_none_is_told(api: Api, query: str) -> None:
    assert api.get(f"/lists/suppliers?{query}")[0] == 422
