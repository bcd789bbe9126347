"""``flask refresh``."""

from __future__ import annotations

import sys
import time

import click

from auth.service import get_first_organisation
from core.db import snapshot
from core.errors import NotFound
from kashflow.service import find_connection, get_connection
from lists.jobs import begin_refresh, refresh_lists
from lists.models import RefreshState
from lists.results import Progress, get_progress

LOOK_SECONDS = 0.3


@click.command("refresh")
@click.option("--wait", is_flag=True, help="Wait for the result and print it.")
@click.option("--connection", "name", help="The connection's name; without it the first one.")
def refresh_command(name: str | None, *, wait: bool) -> None:
    """Fetch the lists again, or join the refresh that is running."""
    with snapshot() as session:
        organisation = get_first_organisation(session)
        connection = (
            find_connection(session, organisation.id, name) if name else get_connection(session, organisation.id)
        )
        if connection is None:
            raise NotFound(f"There is no connection called “{name}”.")
    refresh_id = begin_refresh(connection.id, "command line")
    if not wait:
        click.echo(f"Refresh {refresh_id} is under way.")
        return
    progress = _await(connection.id, refresh_id)
    for row in progress.rows:
        name = row.list_kind.value.replace("_", " ")
        click.echo(f"{name}: {row.added} added, {row.changed} changed, {row.inactive} inactive")
        if row.problem:
            click.echo(f"{name}: {row.problem_code} {row.problem}", err=True)
    sys.exit(0 if progress.refresh.state is RefreshState.DONE else 1)


def _await(connection_id: int, refresh_id: int) -> Progress:
    """Wait for the end of a refresh, doing it here where nobody else does."""
    while True:
        refresh_lists(refresh_id)
        with snapshot() as session:
            progress = get_progress(session, connection_id, refresh_id)
        if not progress.is_open:
            return progress
        time.sleep(LOOK_SECONDS)  # another process is at it


commands: list[click.Command] = [refresh_command]
