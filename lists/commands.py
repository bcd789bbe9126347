"""``flask refresh``."""

from __future__ import annotations

import sys
import time

import click
from sqlalchemy import select

from auth.service import first_organisation
from core.db import snapshot
from core.errors import NotFound
from kashflow.service import find_connection, get_connection
from lists.jobs import begin_refresh, refresh_lists
from lists.models import OPEN_STATES, Refresh, RefreshedList, RefreshState

LOOK_SECONDS = 0.3


@click.command("refresh")
@click.option("--wait", is_flag=True, help="Wait for the result and print it.")
@click.option("--connection", "name", help="The connection's name; without it the first one.")
def refresh_command(name: str | None, *, wait: bool) -> None:
    """Fetch the lists again, or join the refresh that is running."""
    with snapshot() as session:
        organisation = first_organisation(session)
        if organisation is None:
            raise NotFound("There is no organisation yet. Add the first user with: flask user add EMAIL --role admin")
        connection = (
            find_connection(session, organisation.id, name) if name else get_connection(session, organisation.id)
        )
        if connection is None:
            raise NotFound(f"There is no connection called “{name}”.")
    refresh_id = begin_refresh(connection.id, "command line")
    if not wait:
        click.echo(f"Refresh {refresh_id} is under way.")
        return
    sys.exit(0 if _await(refresh_id) is RefreshState.DONE else 1)


def _await(refresh_id: int) -> RefreshState:
    """Wait for a refresh, doing it here where nobody else does, and print what it altered."""
    while True:
        refresh_lists(refresh_id)
        with snapshot() as session:
            state = session.get_one(Refresh, refresh_id).state
            rows = list(session.scalars(select(RefreshedList).where(RefreshedList.refresh_id == refresh_id)))
        if state not in OPEN_STATES:
            break
        time.sleep(LOOK_SECONDS)  # another process is at it
    for row in rows:
        name = row.list_kind.value.replace("_", " ")
        click.echo(f"{name}: {row.added} added, {row.changed} changed, {row.inactive} inactive")
        if row.problem:
            click.echo(f"{name}: {row.problem_code} {row.problem}", err=True)
    return state


commands: list[click.Command] = [refresh_command]
