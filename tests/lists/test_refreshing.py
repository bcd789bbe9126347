"""Refreshing a connection's lists against a ledger in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.db import now, process_lock
from kashflow.errors import ApiDisabled, LoginRefused, Unavailable
from kashflow.ledger import Kind, Listed, ListKind
from kashflow.models import Connection, ConnectionState, Schedule
from kashflow.service import Login, keep_login
from lists.jobs import find_due
from lists.models import Entry, Refresh, RefreshedList, RefreshState
from lists.refreshing import MOST_TRIES, RefreshRunning, request_refresh, run_refresh
from lists.service import leave_entries
from tests.factories.capture import ConnectionFactory
from tests.fakes import FakeLedger

LOGIN = Login("demo", "demo-password")
SUPPLIERS = [Listed(str(n), f"Supplier {n}", kinds=frozenset({Kind.COST})) for n in range(1, 6)]


@dataclass
class Breaking(FakeLedger):
    """A ledger whose answer for one list breaks off after its first entry, in this way; ``meanwhile`` comes before."""

    breaks: dict[ListKind, BaseException] = field(default_factory=dict)
    meanwhile: Callable[[], None] = lambda: None

    def entries(self, kind: ListKind) -> Iterator[Listed]:
        if kind not in self.breaks:
            yield from super().entries(kind)
            return
        yield SUPPLIERS[0]
        self.meanwhile()
        raise self.breaks.pop(kind)


@pytest.fixture
def ledger() -> Breaking:
    return Breaking(lists={ListKind.SUPPLIERS: list(SUPPLIERS), ListKind.CATEGORIES: [Listed("9", "Rent", "7100")]})


@pytest.fixture
def connection(session: Session, ledger: Breaking) -> Connection:
    connection: Connection = ConnectionFactory.create()
    keep_login(connection, LOGIN, ledger.company())
    session.flush()
    return connection


def refresh(session: Session, connection: Connection, ledger: Breaking, *wanted: ListKind, **more: bool) -> Refresh:
    asked = request_refresh(session, connection.id, who="Jo", wanted=wanted, **more)
    session.commit()
    run_refresh(asked.id, lambda _: ledger)
    session.expire_all()
    return asked


def result(session: Session, asked: Refresh, kind: ListKind) -> RefreshedList:
    wanted = select(RefreshedList).where(RefreshedList.refresh_id == asked.id, RefreshedList.list_kind == kind)
    return session.scalars(wanted).one()


def names(session: Session, *, active: bool = True) -> set[str]:
    wanted = select(Entry.name).where(Entry.list_kind == ListKind.SUPPLIERS, Entry.active == active)
    return set(session.scalars(wanted))


def test_c1_g14_the_first_refresh_brings_every_list(session: Session, connection: Connection, ledger: Breaking) -> None:
    asked = refresh(session, connection, ledger)

    assert asked.state is RefreshState.DONE
    assert [call for call in ledger.calls if call.startswith("entries")] == [f"entries {kind}" for kind in ListKind]
    assert names(session) == {f"Supplier {n}" for n in range(1, 6)}
    assert connection.refreshed_at == asked.ended_at


def test_d22_a_refresh_deletes_nothing(session: Session, connection: Connection, ledger: Breaking) -> None:
    refresh(session, connection, ledger)
    ledger.lists[ListKind.SUPPLIERS] = [replace(SUPPLIERS[0], name="Renamed"), *SUPPLIERS[2:]]

    row = result(session, refresh(session, connection, ledger), ListKind.SUPPLIERS)

    assert (row.added, row.changed, row.inactive) == (0, 1, 1)
    assert names(session, active=False) == {"Supplier 2"}
    assert len(session.scalars(select(Entry).where(Entry.list_kind == ListKind.SUPPLIERS)).all()) == 5


def test_lst_1_one_list_fails_and_the_others_come(session: Session, connection: Connection, ledger: Breaking) -> None:
    refresh(session, connection, ledger)
    ledger.breaks[ListKind.SUPPLIERS] = Unavailable("the answer broke off")
    ledger.lists[ListKind.CATEGORIES] = [Listed("9", "Rent and rates", "7100")]

    asked = refresh(session, connection, ledger)

    assert asked.state is RefreshState.PARTIAL
    assert result(session, asked, ListKind.SUPPLIERS).problem_code == "LST-1"
    assert result(session, asked, ListKind.CATEGORIES).changed == 1
    assert len(names(session)) == 5


def test_lst_3_two_refreshes_of_a_connection_never_run_at_once(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    first = request_refresh(session, connection.id, who="Jo")
    with pytest.raises(RefreshRunning) as refused:
        request_refresh(session, connection.id, who="Sam")
    session.commit()
    with process_lock(f"refresh:{connection.id}"):
        run_refresh(first.id, lambda _: ledger)

    assert (refused.value.refresh_id, ledger.calls) == (first.id, ["company"])


def test_lst_3_the_database_itself_refuses_a_second_open_refresh(session: Session, connection: Connection) -> None:
    session.add_all(Refresh(connection_id=connection.id) for _ in range(2))

    with pytest.raises(IntegrityError):
        session.flush()


def test_lst_4_an_empty_answer_changes_nothing_until_it_is_accepted(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    refresh(session, connection, ledger)
    ledger.lists[ListKind.SUPPLIERS] = []

    row = result(session, refresh(session, connection, ledger), ListKind.SUPPLIERS)
    assert (row.problem_code, len(names(session))) == ("LST-4", 5)
    assert "returned none where 5 were known" in (row.problem or "")

    row = result(
        session, refresh(session, connection, ledger, ListKind.SUPPLIERS, accepts_empty=True), ListKind.SUPPLIERS
    )
    assert (row.inactive, names(session)) == (5, set())


def test_lst_6_sub_products_without_a_product_are_told(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    ledger.lists[ListKind.PRODUCTS] = [Listed("1", "Timber"), Listed("7", "Oak", parent_id="99")]

    row = result(session, refresh(session, connection, ledger), ListKind.PRODUCTS)

    assert (row.state, row.added, row.problem_code) == (RefreshState.DONE, 1, "LST-6")


def test_h26_a_sub_product_belongs_to_its_product(session: Session, connection: Connection, ledger: Breaking) -> None:
    ledger.lists[ListKind.PRODUCTS] = [Listed("1", "Timber"), Listed("7", "Oak", parent_id="1")]
    refresh(session, connection, ledger)

    oak = session.scalars(select(Entry).where(Entry.name == "Oak")).one()
    assert session.get_one(Entry, oak.parent_id).name == "Timber"


def test_con_8_ids_of_another_organisation_never_meet_those_of_the_old_one(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    refresh(session, connection, ledger)
    leave_entries(session, connection.id)
    connection.era += 1
    session.commit()
    ledger.lists[ListKind.SUPPLIERS] = [Listed("1", "Somebody else", kinds=frozenset({Kind.COST}))]

    row = result(session, refresh(session, connection, ledger), ListKind.SUPPLIERS)

    assert (row.added, row.changed, row.inactive) == (1, 0, 0)
    assert (names(session), len(names(session, active=False))) == ({"Somebody else"}, 5)


def test_a_list_can_be_reloaded_alone(session: Session, connection: Connection, ledger: Breaking) -> None:
    asked = refresh(session, connection, ledger, ListKind.CATEGORIES)

    assert (asked.state, asked.is_whole) == (RefreshState.DONE, False)
    assert ledger.calls[-1] == "entries categories"
    assert names(session) == set()


def test_a_refresh_whose_process_died_goes_on_with_the_lists_that_are_left(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    asked = request_refresh(session, connection.id, who="Jo")
    session.commit()
    ledger.breaks[ListKind.SUPPLIERS] = SystemExit()
    with pytest.raises(SystemExit):
        run_refresh(asked.id, lambda _: ledger)
    session.expire_all()
    assert asked.state is RefreshState.RUNNING
    assert [due.ids for due in find_due()] == [(asked.id,)]

    run_refresh(asked.id, lambda _: ledger)
    session.expire_all()
    assert (asked.state, len(names(session))) == (RefreshState.DONE, 5)
    assert ledger.calls.count("entries categories") == 1


def test_a_refresh_that_kills_its_process_again_and_again_is_given_up(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    asked = request_refresh(session, connection.id, who="Jo")
    asked.tries = MOST_TRIES
    session.commit()

    run_refresh(asked.id, lambda _: ledger)

    session.expire_all()
    assert (asked.state, ledger.calls) == (RefreshState.FAILED, ["company"])


def test_con_1_a_refused_login_holds_the_connection_and_is_not_tried_again(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    ledger.refuses_login = True
    asked = refresh(session, connection, ledger)
    tried = list(ledger.calls)
    again = refresh(session, connection, ledger)

    assert (asked.state, again.state) == (RefreshState.FAILED, RefreshState.FAILED)
    assert (connection.state, connection.problem_code) == (ConnectionState.NEEDS_RECONNECT, "CON-1")
    assert ledger.calls == tried == ["company", "entries categories"]
    assert result(session, again, ListKind.SUPPLIERS).problem_code == "CON-1"


def test_a_login_that_was_refused_after_somebody_reconnected_holds_nothing(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    def reconnect() -> None:
        keep_login(connection, Login("demo", "another"), ledger.company())
        session.commit()

    ledger.breaks[ListKind.CATEGORIES], ledger.meanwhile = LoginRefused("Incorrect username or password"), reconnect
    refresh(session, connection, ledger)

    assert connection.state is ConnectionState.CONNECTED


def test_con_2_half_a_refresh_keeps_what_came(session: Session, connection: Connection, ledger: Breaking) -> None:
    fault = ApiDisabled("off", words="The SOAP API is not enabled for this account")
    ledger.breaks[ListKind.SOURCES] = fault
    asked = refresh(session, connection, ledger)

    assert (asked.state, len(names(session))) == (RefreshState.PARTIAL, 5)
    assert "not enabled for this account" in (connection.problem or "")


@pytest.mark.parametrize(
    ("schedule", "hours", "due"),
    [
        (Schedule.TWO_HOURLY, 2, 1),
        (Schedule.TWO_HOURLY, 1, 0),
        (Schedule.DAILY, 24, 1),
        (Schedule.DAILY, 23, 0),
        (Schedule.OFF, 999, 0),
    ],
)
def test_h14_h15_c17_a_schedule_asks_for_a_refresh(
    session: Session, connection: Connection, ledger: Breaking, schedule: Schedule, hours: int, due: int
) -> None:
    asked = refresh(session, connection, ledger)
    connection.schedule, asked.asked_at = schedule, now() - timedelta(hours=hours)
    refresh(session, connection, ledger, ListKind.CATEGORIES)  # one list alone puts nothing off
    session.commit()

    assert len(list(find_due())) == due


@pytest.mark.parametrize(("hours", "due"), [(23, 0), (24, 1)])
def test_h15_the_schedule_brings_the_first_lists_where_nobody_asked_for_them(
    session: Session, connection: Connection, hours: int, due: int
) -> None:
    connection.connected_at = now() - timedelta(hours=hours)
    session.commit()

    assert len(list(find_due())) == due


def test_a_connection_that_is_held_is_not_refreshed_by_schedule(
    session: Session, connection: Connection, ledger: Breaking
) -> None:
    asked = refresh(session, connection, ledger)
    asked.asked_at, connection.state = now() - timedelta(days=9), ConnectionState.NEEDS_RECONNECT
    session.commit()

    assert list(find_due()) == []
