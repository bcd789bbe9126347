"""``flask refresh``, over the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import current, set_current
from kashflow.connecting import connect
from kashflow.sandbox.faults import Fault, plan
from kashflow.sandbox.seed import USERNAME
from kashflow.sandbox.server import Sandbox, start
from kashflow.service import Login, list_connections
from lists.models import Refresh
from tests.factories.auth import OrganisationFactory


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    config = current()
    with start(tmp_path) as sandbox:
        set_current(replace(config, kashflow_url=sandbox.url))
        yield sandbox
    set_current(config)


@pytest.fixture
def connected(session: Session, sandbox: Sandbox) -> int:
    del sandbox
    connection = list_connections(session, OrganisationFactory.create().id)[0]
    session.commit()
    connect(connection.organisation_id, connection.id, Login(USERNAME, "demo-password"))
    return connection.id


def test_refresh_waits_and_tells_what_came(app: Flask, connected: int) -> None:
    del connected
    result = app.test_cli_runner().invoke(args=["refresh", "--wait"])

    assert result.exit_code == 0
    assert "categories: 43 added, 0 changed, 0 inactive" in result.output.splitlines()


def test_refresh_joins_the_one_that_is_running(app: Flask, session: Session, connected: int) -> None:
    running = Refresh(connection_id=connected, asked_by="Jo")
    session.add(running)
    session.commit()

    result = app.test_cli_runner().invoke(args=["refresh"])

    assert result.output == f"Refresh {running.id} is under way.\n"
    assert session.query(Refresh).count() == 1


def test_lst_1_a_refresh_that_came_in_part_ends_with_1(app: Flask, connected: int, sandbox: Sandbox) -> None:
    del connected
    plan(sandbox.store, Fault("html_503", "GetSuppliers"))

    result = app.test_cli_runner().invoke(args=["refresh", "--wait"])

    assert result.exit_code == 1
    assert "suppliers: LST-1" in result.stderr


def test_an_unknown_connection_is_told(app: Flask, connected: int) -> None:
    del connected
    result = app.test_cli_runner().invoke(args=["refresh", "--connection", "Nowhere"])

    assert (result.exit_code, "There is no connection called “Nowhere”." in result.output) == (1, True)
