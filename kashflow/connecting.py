"""Connecting and reconnecting: the login is tried before it is written down."""

from __future__ import annotations

from core.config import current
from core.db import snapshot, transaction
from kashflow.client import connect as connect_ledger
from kashflow.errors import ConnectionFault
from kashflow.ledger import Company, Ledger
from kashflow.models import Connection, ConnectionState
from kashflow.service import (
    Login,
    NotConnected,
    Opener,
    describe_fault,
    get_connection,
    hold_connection,
    keep_login,
    saved_login,
)


def open_ledger(login: Login) -> Ledger:
    """Give the account behind a login, at the configured address; nothing is asked yet."""
    return connect_ledger(current().kashflow_url, login.username, login.password, autoauth_key=login.key)


def try_login(login: Login, opener: Opener = open_ledger) -> Company:
    """Test a login: put our address on the list where a key is given, and ask who this is.

    Raises:
        ConnectionFault: KashFlow does not let this login in.
        Unavailable: KashFlow was not reached.
    """
    ledger = opener(login)
    if login.key:
        ledger.authorise_address(login.key)
    return ledger.company()


def connect(organisation_id: int, connection_id: int, login: Login, opener: Opener = open_ledger) -> Company:
    """Try a login and, when it works, let the connection use it from now on.

    Raises:
        ConnectionFault: refused; the connection stays as it was, and the text says what to do.
        Unavailable: KashFlow was not reached.
    """
    with snapshot() as session:
        connection = get_connection(session, organisation_id, connection_id)
    try:
        company = try_login(login, opener)
    except ConnectionFault as fault:
        raise type(fault)(describe_fault(connection, fault)) from fault
    with transaction() as session:
        keep_login(get_connection(session, organisation_id, connection_id), login, company)
    return company


def check_connection(organisation_id: int, connection_id: int, opener: Opener = open_ledger) -> Company:
    """Test the saved login once; a refusal holds the connection.

    Raises:
        NotConnected: there is no login, or it was refused before and nobody has reconnected.
        ConnectionFault: refused now.
        Unavailable: KashFlow was not reached.
    """
    with snapshot() as session:
        connection = get_connection(session, organisation_id, connection_id)
        login = saved_login(connection)
    try:
        company = try_login(login, opener)
    except ConnectionFault as fault:
        hold(connection_id, fault)
        raise type(fault)(describe_fault(connection, fault)) from fault
    with transaction() as session:
        keep_login(get_connection(session, organisation_id, connection_id), login, company)
    return company


def usable_login(connection: Connection) -> Login:
    """Give the login of a connection that may be used now.

    Raises:
        NotConnected: it is not connected, disabled, or held until a person reconnects.
    """
    if connection.state is not ConnectionState.CONNECTED:
        text = connection.problem or f"{connection.name} is not connected. Nothing was sent. Connect it first."
        raise NotConnected(text)
    return saved_login(connection)


def hold(connection_id: int, fault: ConnectionFault) -> None:
    """Hold a connection's queue because of this fault."""
    with transaction() as session:
        hold_connection(session.get_one(Connection, connection_id), fault)
