"""Lists and refreshes over HTTP."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from kashflow.service import list_connections
from lists.models import Entry, Refresh, RefreshedList, RefreshState
from lists.service import defaults_of
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


@pytest.fixture
def stray(session: Session, connection: Connection) -> tuple[Entry, Entry]:
    """A category that is gone and the default for costs, and its namesake that is there."""
    of_list = {"connection_id": connection.id, "connection": None, "category": True, "name": "Rent"}
    gone, new = EntryFactory.create(**of_list, code="7100", active=False), EntryFactory.create(**of_list, code="4711")
    defaults_of(session, connection.id, Kind.COST).category_id = gone.id
    session.commit()
    return gone, new


def test_con_8_lst_2_what_is_gone_is_told_and_mapped(
    call: Call, session: Session, connection: Connection, stray: tuple[Entry, Entry]
) -> None:
    gone, new = stray

    (told,) = call("GET", "/lists/remap")[1]["strays"]
    done = call("POST", "/lists/remap", {"mapping": [{"from": told["entry"]["id"], "to": told["suggested"]["id"]}]})

    assert (told["list"], told["entry"]["id"], told["suggested"]["code"]) == ("categories", gone.id, 4711)
    assert told["uses"] == {"rules": 0, "items": 0, "settings": 1}
    assert done == (200, {"entries": 1, "rules": 0, "items": 0})
    assert defaults_of(session, connection.id, Kind.COST).category_id == new.id
    assert call("GET", "/lists/remap") == (200, {"strays": []})


def test_an_entry_is_not_mapped_to_one_of_another_connection(call: Call, stray: tuple[Entry, Entry]) -> None:
    theirs = EntryFactory.create(category=True)

    assert call("POST", "/lists/remap", {"mapping": [{"from": stray[0].id, "to": theirs.id}]})[0] == 404


@pytest.mark.parametrize(
    "mapping", [None, [], 5, "1", [1], [{"from": 1}], [{"from": 1, "to": "2"}], [{"from": [], "to": 2}]]
)
def test_a_mapping_that_is_none_is_told(call: Call, mapping: object) -> None:
    status, said = call("POST", "/lists/remap", {"mapping": mapping})

    assert (status, said["error"]["fields"]) == (422, ["mapping"])


def test_d2_only_who_may_change_rules_maps(standard_call: Call) -> None:
    assert standard_call("GET", "/lists/remap")[0] == 200
    assert standard_call("POST", "/lists/remap", {"mapping": [{"from": 1, "to": 2}]})[0] == 403
