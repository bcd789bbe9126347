"""Connections: made, tested, held and released; and the open ledger behind one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import current
from core.db import now
from core.errors import Conflict, Incomplete, NotFound
from core.secrets import SecretUnreadable, make_vault
from kashflow.advice import explain
from kashflow.errors import ConnectionFault
from kashflow.ledger import Company, Ledger
from kashflow.models import Connection, ConnectionState


class NotConnected(Conflict):
    """The connection is not connected, or is disabled or held."""

    code = "CON-1"


class NameTaken(Incomplete):
    """Another connection has this name."""

    code = "name"


@dataclass(frozen=True)
class Login:
    """What KashFlow is entered with. ``key`` is the AutoAuth key."""

    username: str
    password: str
    key: str | None = None


Opener = Callable[[Login], Ledger]
NAME_LENGTH = 100


def make_connection(session: Session, organisation_id: int, *, name: str = "KashFlow") -> Connection:
    """Make a connection that is not connected yet, so that documents can come in before KashFlow is there.

    Raises:
        Incomplete: the name is empty, or another connection has it.
    """
    connection = Connection(organisation_id=organisation_id)
    rename(session, connection, name)
    session.add(connection)
    session.flush()
    return connection


def list_connections(session: Session, organisation_id: int) -> list[Connection]:
    """Give an organisation's connections, the first one first."""
    wanted = select(Connection).where(Connection.organisation_id == organisation_id).order_by(Connection.id)
    return list(session.scalars(wanted))


def get_connection(session: Session, organisation_id: int, connection_id: int | None = None) -> Connection:
    """Give one connection of an organisation, the first where none is named.

    Raises:
        NotFound: there is no such connection in this organisation.
    """
    wanted = select(Connection).where(Connection.organisation_id == organisation_id).order_by(Connection.id)
    if connection_id is not None:
        wanted = wanted.where(Connection.id == connection_id)
    connection = session.scalars(wanted.limit(1)).first()
    if connection is None:
        raise NotFound("There is no such connection.")
    return connection


def find_connection(session: Session, organisation_id: int, name: str) -> Connection | None:
    """Find a connection of an organisation by its name."""
    return session.scalar(
        select(Connection).where(Connection.organisation_id == organisation_id, Connection.name == name)
    )


def keep_login(connection: Connection, login: Login, company: Company) -> None:
    """Write down a login that was tried and works; whatever held the connection is over."""
    vault = make_vault(current())
    connection.username = login.username
    connection.sealed_password = vault.seal(_row(connection, "password"), login.password)
    connection.sealed_key = vault.seal(_row(connection, "key"), login.key) if login.key else None
    if connection.connected_at is None:
        connection.publishes_vat = company.vat_registered
        connection.connected_at = now()
    elif connection.is_vat_registered is not company.vat_registered:
        connection.vat_changed = connection.publishes_vat is not company.vat_registered
    connection.company = company.name
    connection.company_vat_number = company.vat_number
    connection.is_vat_registered = company.vat_registered
    connection.currency = company.currency
    connection.state = ConnectionState.CONNECTED
    connection.problem_code = connection.problem = connection.problem_at = None


def saved_login(connection: Connection) -> Login:
    """Give the login that was written down.

    Raises:
        NotConnected: there is none yet.
        SecretUnreadable: the server's key changed (CON-10).
    """
    if connection.username is None or connection.sealed_password is None:
        raise NotConnected("KashFlow is not connected yet. Nothing was sent. Connect it under Connections.")
    vault = make_vault(current())
    return Login(
        username=connection.username,
        password=vault.open(_row(connection, "password"), connection.sealed_password),
        key=vault.open(_row(connection, "key"), connection.sealed_key) if connection.sealed_key else None,
    )


def kept_login(connection: Connection) -> Login | None:
    """Give the login that was written down; None where there is none, or where it cannot be opened."""
    try:
        return saved_login(connection)
    except (NotConnected, SecretUnreadable):
        return None


def hold_connection(connection: Connection, fault: ConnectionFault) -> None:
    """Turn a connection to "needs reconnect": its queue waits and nothing is tried again until a person reconnects."""
    if connection.state is ConnectionState.DISABLED:
        connection.state_before = ConnectionState.NEEDS_RECONNECT
    else:
        connection.state = ConnectionState.NEEDS_RECONNECT
    connection.problem_code = fault.code
    connection.problem = str(explain(connection.name, fault))
    connection.problem_at = now()


def disable(connection: Connection) -> None:
    """Let nothing be published or fetched by a connection; its items, lists and rules stay (C34, C35)."""
    if connection.state is not ConnectionState.DISABLED:
        connection.state_before, connection.state = connection.state, ConnectionState.DISABLED


def enable(connection: Connection) -> None:
    """Let a disabled connection go on as it was."""
    if connection.state is ConnectionState.DISABLED:
        connection.state = connection.state_before or ConnectionState.NOT_CONNECTED
        connection.state_before = None


def rename(session: Session, connection: Connection, name: str) -> None:
    """Give a connection another name.

    Raises:
        Incomplete: the name is empty.
        NameTaken: another connection of the organisation has it.
    """
    name = name.strip()[:NAME_LENGTH]
    if not name:
        raise Incomplete("A connection needs a name.", field="name")
    taken = find_connection(session, connection.organisation_id, name)
    if taken is not None and taken.id != connection.id:
        raise NameTaken(f"There is another connection called “{name}”.", field="name")
    connection.name = name


def _row(connection: Connection, secret: str) -> str:
    return f"connection:{connection.id}:{secret}"
