"""``flask connect``."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select, update

from auth.service import get_first_organisation
from core.config import current
from core.db import Base, transaction
from core.errors import Incomplete
from core.secrets import SecretUnreadable, Vault, add_key, drop_old_keys, make_vault
from kashflow.connecting import connect
from kashflow.forms import read_login
from kashflow.models import Connection, ConnectionState
from kashflow.service import find_connection, get_connection, kept_login, make_connection


@click.command("connect")
@click.option("--name", required=True, help="What this connection is called here.")
@click.option("--username", required=True, help="The user name on KashFlow's API Settings page.")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@click.option("--autoauth-key", help="Lets KashFlow put this server's address on its access list.")
def connect_command(name: str, username: str, autoauth_key: str | None, *, password_stdin: bool) -> None:
    """Connect a KashFlow account, or reconnect the one of that name, and test it."""
    del password_stdin  # the only way: a password in an argument would stand in the list of processes
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Incomplete("There was no password on standard input.", field="password")
    connection = _connection_called(name)
    given = {"username": username, "password": password, "autoauth_key": autoauth_key or ""}
    company = connect(connection.organisation_id, connection.id, read_login(given, kept_login(connection)))
    click.echo(f"{name} is connected to {company.name}.")


def _connection_called(name: str) -> Connection:
    """Give the connection of this name; the organisation's first one is filled while it was never connected."""
    with transaction() as session:
        organisation = get_first_organisation(session)
        found = find_connection(session, organisation.id, name)
        if found is not None:
            return found
        first = get_connection(session, organisation.id)
        if first.state is ConnectionState.NOT_CONNECTED and first.username is None:
            first.name = name[:100]
            return first
        return make_connection(session, organisation.id, name=name[:100])


@click.command("rotate-keys")
def rotate_keys_command() -> None:
    """Seal every saved secret with the newest key, so that older ones can go."""
    config = current()
    if not config.secret_keys:
        add_key(config)
    renewed, lost = _renew_secrets(make_vault(config))
    if lost:
        raise SecretUnreadable(f"{lost} of {renewed + lost} secrets fit none of the keys; no key was dropped.")
    if not config.secret_keys:
        drop_old_keys(config)
    click.echo(f"{renewed} secrets are sealed with the newest key.")


def _renew_secrets(vault: Vault) -> tuple[int, int]:
    """Renew whatever any table has sealed; count what was renewed and what no key fits."""
    renewed = lost = 0
    with transaction() as session:
        for table in Base.metadata.sorted_tables:
            for column in (each for each in table.columns if each.name.startswith("sealed_")):
                rows = session.execute(select(table.c.id, column).where(column.is_not(None)).with_for_update()).all()
                for row_id, sealed in rows:
                    try:
                        new = vault.renew(sealed)
                    except SecretUnreadable:
                        lost += 1
                        continue
                    session.execute(update(table).where(table.c.id == row_id).values({column: new}))
                    renewed += 1
    return renewed, lost


commands: list[click.Command] = [connect_command, rotate_keys_command]
