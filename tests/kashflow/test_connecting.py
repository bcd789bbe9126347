"""Connecting and reconnecting: what is kept, what is refused, what is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from auth.models import AuditEntry
from core.db import now
from core.errors import Incomplete
from kashflow.connecting import (
    AnotherOrganisation,
    check_connection,
    connect,
    hold,
    is_same_organisation,
    usable_login,
)
from kashflow.errors import AddressRefused, LoginRefused, SecretsLost, Unavailable
from kashflow.ledger import Company
from kashflow.models import Connection, ConnectionState
from kashflow.service import (
    Login,
    NameTaken,
    NotConnected,
    disable,
    enable,
    list_connections,
    make_connection,
    rename,
    saved_login,
)
from tests.factories.auth import OrganisationFactory
from tests.fakes import KEY, FakeLedger

LOGIN = Login("demo", "pa55-w0rd")


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def connection(session: Session) -> Connection:
    connection = list_connections(session, OrganisationFactory.create().id)[0]
    session.commit()
    return connection


def reach(session: Session, connection: Connection, ledger: FakeLedger, login: Login = LOGIN) -> Company:
    try:
        return connect(connection.organisation_id, connection.id, login, lambda _: ledger, who="Jo")
    finally:
        session.expire_all()


def test_h6_c15_a_login_that_works_is_kept_sealed(session: Session, connection: Connection, ledger: FakeLedger) -> None:
    reach(session, connection, ledger)

    assert (connection.state, connection.company) == (ConnectionState.CONNECTED, "Calder & Birch Ltd")
    assert saved_login(connection) == LOGIN
    assert LOGIN.password not in (connection.sealed_password or "")
    assert session.query(AuditEntry).filter_by(what="connection connected").one().actor == "Jo"


def test_g8_an_autoauth_key_puts_our_address_on_the_list_first(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger, Login("demo", "pa55-w0rd", KEY))

    assert ledger.calls[:2] == ["authorise_address", "company"]


def test_h9_without_a_key_nothing_is_authorised(session: Session, connection: Connection, ledger: FakeLedger) -> None:
    reach(session, connection, ledger)

    assert "authorise_address" not in ledger.calls


@pytest.mark.parametrize("registered", [True, False])
def test_g10_vat_is_published_from_the_start_where_the_account_is_registered(
    session: Session, connection: Connection, ledger: FakeLedger, *, registered: bool
) -> None:
    ledger.vat_registered = registered
    reach(session, connection, ledger)
    assert connection.publishes_vat is registered

    connection.publishes_vat = not registered
    session.commit()
    reach(session, connection, ledger)
    assert connection.publishes_vat is not registered


def test_con_1_a_refused_login_leaves_everything_as_it_was(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger)
    ledger.refuses_login = True

    with pytest.raises(LoginRefused, match=r"did not accept the login for KashFlow.*The connection stays as it was"):
        reach(session, connection, ledger, Login("demo", "wrong"))

    assert (connection.state, saved_login(connection)) == (ConnectionState.CONNECTED, LOGIN)


def test_con_7_a_server_that_cannot_be_reached_holds_nothing(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger)
    ledger.is_unreachable = True

    with pytest.raises(Unavailable):
        check_connection(connection.organisation_id, connection.id, lambda _: ledger)

    session.expire_all()
    assert connection.state is ConnectionState.CONNECTED


def test_con_3_the_address_that_was_refused_is_named(session: Session, connection: Connection) -> None:
    session.commit()
    hold(connection.id, AddressRefused("no", words="The IP address of 192.0.2.1 is not ...", address="192.0.2.1"))

    session.expire_all()
    assert "This server's address (192.0.2.1) is not on the access list" in (connection.problem or "")
    assert "KashFlow's words: “The IP address of 192.0.2.1 is not ...”" in (connection.problem or "")


def test_d53_a_login_has_no_term_of_its_own(session: Session, connection: Connection, ledger: FakeLedger) -> None:
    reach(session, connection, ledger)
    connection.connected_at = now() - timedelta(days=800)  # KashFlow tells no date; a refusal is the notice (CON-1)

    assert usable_login(connection) == LOGIN


def test_d17_reconnecting_ends_what_held_the_connection(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger)
    hold(connection.id, LoginRefused("no"))
    session.expire_all()
    assert connection.problem_code == "CON-1"
    with pytest.raises(NotConnected):
        usable_login(connection)

    reach(session, connection, ledger, Login("demo", "the new one"))

    assert (connection.state, connection.problem) == (ConnectionState.CONNECTED, None)


def test_con_5_a_test_that_is_refused_holds_the_connection(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger)
    ledger.refuses_login = True

    with pytest.raises(LoginRefused):
        check_connection(connection.organisation_id, connection.id, lambda _: ledger)

    session.expire_all()
    assert connection.state is ConnectionState.NEEDS_RECONNECT


def test_con_8_another_organisation_is_noticed_and_nothing_changes(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger)
    ledger.name = "Alder Mill Ltd"

    with pytest.raises(AnotherOrganisation, match="belong to Alder Mill Ltd, this connection to Calder & Birch Ltd"):
        reach(session, connection, ledger, Login("other", "pa55-w0rd"))

    assert (connection.company, connection.username, connection.era) == ("Calder & Birch Ltd", "demo", 0)


def test_con_8_leaving_the_old_organisation_is_one_step(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger)
    ledger.name = "Alder Mill Ltd"
    left: list[str | None] = []

    connect(
        connection.organisation_id,
        connection.id,
        LOGIN,
        lambda _: ledger,
        leave_old=lambda _, old: left.append(old.company),
    )

    session.expire_all()
    assert (left, connection.company, connection.era) == (["Calder & Birch Ltd"], "Alder Mill Ltd", 1)


@pytest.mark.parametrize(
    ("name", "number", "same"),
    [
        ("Calder & Birch Ltd", "GB1", True),
        ("CALDER & BIRCH LTD", None, True),
        ("Calder & Birch Ltd", "GB2", False),
        ("Alder Mill Ltd", "GB1", False),
    ],
)
def test_con_8_an_organisation_is_known_by_name_and_vat_number(name: str, number: str | None, *, same: bool) -> None:
    connection = Connection(company="Calder & Birch Ltd", company_vat_number="GB1")

    company = Company(name, vat_registered=True, vat_number=number, currency="GBP")
    assert is_same_organisation(connection, company) is same


def test_con_10_a_login_that_cannot_be_opened_holds_like_a_refusal(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger)
    connection.sealed_password = "gone"

    with pytest.raises(SecretsLost) as lost:
        usable_login(connection)
    hold(connection.id, lost.value)

    session.expire_all()
    assert "Items and rules are safe. Enter it again." in (connection.problem or "")


def test_c34_c35_a_disabled_connection_keeps_its_login_and_goes_on_as_it_was(
    session: Session, connection: Connection, ledger: FakeLedger
) -> None:
    reach(session, connection, ledger)
    disable(connection)
    session.commit()

    asked = list(ledger.calls)
    with pytest.raises(NotConnected):
        usable_login(connection)
    with pytest.raises(NotConnected):
        reach(session, connection, ledger)
    assert ledger.calls == asked
    enable(connection)
    assert usable_login(connection) == LOGIN


def test_a_fault_of_a_disabled_connection_waits_until_it_is_enabled(session: Session, connection: Connection) -> None:
    connection.state = ConnectionState.CONNECTED
    disable(connection)
    session.commit()
    hold(connection.id, LoginRefused("no"))
    session.expire_all()
    states = [connection.state]
    enable(connection)

    assert [*states, connection.state] == [ConnectionState.DISABLED, ConnectionState.NEEDS_RECONNECT]


def test_h4_h5_connections_of_an_organisation_have_names_of_their_own(session: Session, connection: Connection) -> None:
    further = make_connection(session, connection.organisation_id, name=" Shop ")

    assert further.name == "Shop"
    with pytest.raises(NameTaken):
        rename(session, further, connection.name)
    with pytest.raises(Incomplete):
        make_connection(session, connection.organisation_id, name="  ")
