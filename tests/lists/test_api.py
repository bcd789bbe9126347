"""Lists and refreshes over HTTP."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from kashflow.ledger import ListKind
from kashflow.models import Connection
from kashflow.service import list_connections
from lists.models import Refresh, RefreshedList, RefreshState
from tests.factories.capture import EntryFactory
from tests.pages import Call


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    return list_connections(session, membership.organisation_id)[0]


def test_a_refresh_is_asked_for_and_followed(call: Call, session: Session) -> None:
    status, said = call("POST", "/lists/refresh")
    refresh = session.query(Refresh).one()

    assert (status, said) == (202, {"refresh": refresh.id})
    assert call("GET", f"/refreshes/{refresh.id}")[1]["state"] == "queued"


def test_lst_3_while_one_runs_its_id_is_given(call: Call) -> None:
    first = call("POST", "/lists/refresh")[1]["refresh"]

    status, said = call("POST", "/lists/refresh")

    assert (status, said["error"]["code"], said["refresh"]) == (409, "LST-3", first)


def test_counts_are_of_this_refresh_and_failed_lists_say_why(
    call: Call, session: Session, connection: Connection
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

    said = call("GET", f"/refreshes/{refresh.id}")[1]

    assert said["counts"] == {"suppliers": {"added": 3, "changed": 1, "inactive": 0}}
    assert said["problems"] == [{"list": "customers", "code": "LST-1", "message": "Customers failed."}]


def test_one_list_alone_can_be_asked_for(call: Call, session: Session) -> None:
    call("POST", "/lists/refresh", {"lists": ["suppliers"], "accept_empty": True})

    refresh = session.query(Refresh).one()
    assert (refresh.wanted, refresh.accepts_empty) == (["suppliers"], True)
    assert call("POST", "/lists/refresh", {"lists": ["colours"]})[0] == 404
    assert [call("POST", "/lists/refresh", {"lists": odd})[0] for odd in (5, "suppliers", {"a": 1})] == [422, 422, 422]


def test_a_list_is_given_in_pages_inactive_entries_too(call: Call, session: Session, connection: Connection) -> None:
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

    first = call("GET", "/lists/categories?limit=2")[1]
    rest = call("GET", f"/lists/categories?limit=2&after={first['next']}")[1]

    told = [(each["code"], each["name"], each["active"]) for each in [*first["entries"], *rest["entries"]]]
    assert told == [(7100, "Rent", True), (7100, "Water", False), (7100, "Gas", True)]
    assert (first["entries"][0]["kinds"], rest["next"]) == (["cost", "sale"], None)


@pytest.mark.parametrize("query", ["limit=x", "after=-1", "limit=1.5"])
def test_a_page_that_is_none_is_told(call: Call, query: str) -> None:
    assert call("GET", f"/lists/suppliers?{query}")[0] == 422
