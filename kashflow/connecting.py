"""Connecting and reconnecting: the login is tried before it is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.orm import Session

from auth.trail import record
from core.config import current
from core.db import snapshot, transaction
from core.errors import CounterfoilError
from core.secrets import SecretUnreadable
from kashflow.advice import explain
from kashflow.client import connect as connect_ledger
from kashflow.errors import ConnectionFault, SecretsLost
from kashflow.ledger import Company, Ledger
from kashflow.models import Connection, ConnectionState
from kashflow.service import Login, NotConnected, Opener, get_connection, hold_connection, keep_login, saved_login

Prepare = Callable[[Session, Connection], None]


class AnotherOrganisation(CounterfoilError):
    """The login works, but belongs to another organisation than the connection (CON-8)."""

    code = "CON-8"
    field = "accept_organisation"  # what under /api/v1 accepts it

    def __init__(self, message: str, *, company: Company) -> None:
        super().__init__(message)
        self.company = company


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
    return replace(ledger.company(), vat_registered=ledger.is_vat_registered())


def connect(
    organisation_id: int,
    connection_id: int,
    login: Login,
    opener: Opener = open_ledger,
    *,
    who: str = "command line",
    leave_old: Prepare | None = None,
) -> Company:
    """Try a login and, when it works, let the connection use it from now on.

    ``leave_old`` lets it belong to another organisation than before: it is called in the same transaction and puts away
    what belongs to the old one.

    Raises:
        ConnectionFault: refused; the connection stays as it was, and the text says what to do.
        AnotherOrganisation: it works, but is not the organisation the connection was connected to (CON-8).
        NotConnected: the connection is disabled.
        Unavailable: KashFlow was not reached.
    """
    with snapshot() as session:
        connection = get_connection(session, organisation_id, connection_id)
        _refuse_disabled(connection)
    try:
        company = try_login(login, opener)
    except ConnectionFault as fault:
        raise explain(connection.name, fault, tried=True) from fault
    with transaction() as session:
        connection = get_connection(session, organisation_id, connection_id)
        _refuse_disabled(connection)
        if not is_same_organisation(connection, company):
            if leave_old is None:
                raise AnotherOrganisation(_other_words(connection, company), company=company)
            leave_old(session, connection)
            connection.era += 1
        again = connection.connected_at is not None
        keep_login(connection, login, company)
        what = "connection reconnected" if again else "connection connected"
        record(session, organisation_id, who, what, f"{connection.name} to {company.name}")
    return company


def is_same_organisation(connection: Connection, company: Company) -> bool:
    """Tell whether this is the organisation a connection was connected to, as far as name and VAT number tell."""
    if connection.company is None:
        return True
    numbers = {connection.company_vat_number, company.vat_number} - {None, ""}
    return connection.company.casefold() == company.name.casefold() and len(numbers) < 2  # noqa: PLR2004 - not two


def _other_words(connection: Connection, company: Company) -> str:
    return (
        f"These credentials belong to {company.name}, this connection to {connection.company}. "
        "Codes do not carry over. Nothing was changed or sent."
    )


def _refuse_disabled(connection: Connection) -> None:
    if connection.state is ConnectionState.DISABLED:
        raise NotConnected(f"{connection.name} is disabled. Nothing was sent. Enable it first.")


def check_connection(organisation_id: int, connection_id: int, opener: Opener = open_ledger) -> Company:
    """Test the saved login once; a refusal holds the connection.

    Raises:
        NotConnected: there is no login, or the connection is disabled.
        ConnectionFault: refused.
        AnotherOrganisation: the account belongs to another organisation now (CON-8).
        Unavailable: KashFlow was not reached.
    """
    with snapshot() as session:
        connection = get_connection(session, organisation_id, connection_id)
        _refuse_disabled(connection)
        login = _open_login(connection)
    try:
        company = try_login(login, opener)
    except ConnectionFault as fault:
        hold(connection_id, fault, login)
        raise explain(connection.name, fault) from fault
    with transaction() as session:
        connection = get_connection(session, organisation_id, connection_id)
        if not is_same_organisation(connection, company):
            raise AnotherOrganisation(_other_words(connection, company), company=company)
        if connection.state is not ConnectionState.DISABLED and saved_login(connection) == login:
            keep_login(connection, login, company)
    return company


def usable_login(connection: Connection) -> Login:
    """Give the login of a connection that may be used now.

    Raises:
        NotConnected: it is not connected, disabled, or held until a person reconnects.
        SecretsLost: its secrets cannot be opened (CON-10).
    """
    if connection.state is not ConnectionState.CONNECTED:
        text = connection.problem or f"{connection.name} is not connected. Nothing was sent. Connect it first."
        raise NotConnected(text)
    return _open_login(connection)


def _open_login(connection: Connection) -> Login:
    try:
        return saved_login(connection)
    except SecretUnreadable as error:
        raise SecretsLost(str(error)) from error


def hold(connection_id: int, fault: ConnectionFault, login: Login | None = None) -> None:
    """Hold a connection's queue because of this fault, unless it has another ``login`` than the refused one by now."""
    with transaction() as session:
        connection = session.get_one(Connection, connection_id)
        if login is None or saved_login(connection) == login:
            hold_connection(connection, fault)
