"""Refreshing over SOAP against the sandbox, with databases and processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from auth.service import add_organisation
from core import db
from core.config import ROOT, Config, current, set_current
from kashflow.connecting import connect
from kashflow.ledger import ListKind
from kashflow.sandbox import faults
from kashflow.sandbox.faults import Fault
from kashflow.sandbox.seed import USERNAME
from kashflow.sandbox.server import Sandbox, start
from kashflow.service import Login, make_connection
from lists.models import Entry, Refresh, RefreshedList, RefreshState
from lists.refreshing import RefreshRunning, request_refresh, run_refresh
from tests.servers import wait_until

pytestmark = pytest.mark.processes
LOGIN = Login(USERNAME, "demo-password")
RUN = "import sys; from core import config, db; db.bind(db.make_engine(config.current().database_url)); "
RUN += "from lists.refreshing import run_refresh; run_refresh(int(sys.argv[1]))"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with start(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture(params=["sqlite", "postgres"])
def env(request: pytest.FixtureRequest, app: Flask, tmp_path: Path, sandbox: Sandbox) -> Iterator[dict[str, str]]:
    """The environment of a product with a database of its own, to which this process is bound."""
    del app  # what it bound is bound again afterwards
    engine, config = db.engine(), current()
    env = {"DATA_DIR": str(tmp_path / "data"), "KASHFLOW_URL": sandbox.url}
    if request.param == "postgres":
        env["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    (tmp_path / "data").mkdir()
    create_app(Config.from_env(env))
    db.Base.metadata.create_all(db.engine())
    yield env
    db.engine().dispose()
    db.bind(engine)
    set_current(config)


@pytest.fixture
def connection_id(env: dict[str, str]) -> int:
    del env
    with db.transaction() as session:
        organisation_id = add_organisation(session, "Calder & Birch").id
        connection_id = make_connection(session, organisation_id).id
    connect(organisation_id, connection_id, LOGIN)
    return connection_id


def ask(connection_id: int) -> int:
    with db.transaction() as session:
        return request_refresh(session, connection_id, who="Jo").id


def counts(refresh_id: int) -> dict[ListKind, tuple[int, int, int]]:
    with db.snapshot() as session:
        rows = session.scalars(select(RefreshedList).where(RefreshedList.refresh_id == refresh_id))
        return {row.list_kind: (row.added, row.changed, row.inactive) for row in rows}


def state(refresh_id: int) -> RefreshState:
    with db.snapshot() as session:
        return session.get_one(Refresh, refresh_id).state


def count_asked(sandbox: Sandbox, operation: str) -> int:
    rows = sandbox.store.execute("SELECT count(*) FROM requests WHERE operation = ?", operation)
    return int(rows[0][0])


def test_d22_counts_are_exact_and_nothing_is_deleted(connection_id: int, sandbox: Sandbox) -> None:
    run_refresh(first := ask(connection_id))
    store = sandbox.store
    renamed, removed, *_ = store.find(USERNAME, "supplier")
    archived = store.find(USERNAME, "nominal")[0]
    store.change(renamed.id, renamed.data | {"Name": "Renamed"})
    store.change(archived.id, archived.data | {"Archived": 1})
    store.remove(removed.id)
    for n in range(3):
        store.add(USERNAME, "supplier", {"Code": f"NEW{n}", "Name": f"New {n}"}, code=f"NEW{n}")
    run_refresh(second := ask(connection_id))

    found = counts(second)
    assert (state(first), state(second)) == (RefreshState.DONE, RefreshState.DONE)
    assert found[ListKind.SUPPLIERS] == (3, 1, 1)
    assert found[ListKind.CATEGORIES] == (0, 0, 1)
    assert {each for kind, each in found.items() if kind not in {ListKind.SUPPLIERS, ListKind.CATEGORIES}} == {
        (0, 0, 0)
    }
    with db.snapshot() as session:
        total = session.scalar(select(func.count()).where(Entry.list_kind == ListKind.SUPPLIERS))
    assert total == counts(first)[ListKind.SUPPLIERS][0] + 3


def test_lst_3_of_many_who_ask_at_once_one_is_let_in(connection_id: int) -> None:
    def try_to_ask(_: int) -> int | None:
        with suppress(RefreshRunning):
            return ask(connection_id)
        return None

    with ThreadPoolExecutor(8) as pool:
        asked = [refresh_id for refresh_id in pool.map(try_to_ask, range(24)) if refresh_id is not None]

    assert len(asked) == 1


def test_two_workers_fetch_each_list_once(connection_id: int, env: dict[str, str], sandbox: Sandbox) -> None:
    refresh_id = ask(connection_id)
    faults.plan(sandbox.store, Fault("delay", "GetNominalCodesExtended", seconds=1))
    workers = [subprocess.Popen([sys.executable, "-c", RUN, str(refresh_id)], cwd=ROOT, env=env) for _ in range(2)]

    assert [worker.wait() for worker in workers] == [0, 0]
    assert state(refresh_id) is RefreshState.DONE
    assert count_asked(sandbox, "GetSuppliers") == 1


def test_a_refresh_that_was_killed_goes_on(connection_id: int, env: dict[str, str], sandbox: Sandbox) -> None:
    refresh_id = ask(connection_id)
    faults.plan(sandbox.store, Fault("delay", "GetSuppliers", seconds=30))
    worker = subprocess.Popen([sys.executable, "-c", RUN, str(refresh_id)], cwd=ROOT, env=env)
    wait_until(lambda: count_asked(sandbox, "GetSuppliers") > 0)
    worker.kill()
    worker.wait()
    assert state(refresh_id) is RefreshState.RUNNING

    run_refresh(refresh_id)

    assert state(refresh_id) is RefreshState.DONE
    assert counts(refresh_id)[ListKind.CATEGORIES][0] == 43
    assert counts(refresh_id)[ListKind.SUPPLIERS][0] == 12


def test_lst_1_a_server_that_goes_away_in_the_middle_leaves_the_old_lists(connection_id: int, sandbox: Sandbox) -> None:
    run_refresh(ask(connection_id))
    for kind in ("GetSuppliers", "GetCustomers"):
        faults.plan(sandbox.store, Fault("truncated", kind))
    for kind in ("GetCustomerSources", "Get*PayMethods", "GetBankAccounts", "GetProd*", "GetProj*", "GetCurrencies"):
        faults.plan(sandbox.store, Fault("drop_before", kind))

    run_refresh(refresh_id := ask(connection_id))

    assert state(refresh_id) is RefreshState.PARTIAL
    with db.snapshot() as session:
        rows = list(session.scalars(select(RefreshedList).where(RefreshedList.refresh_id == refresh_id)))
        inactive = session.scalar(select(func.count()).where(Entry.inactive_since.is_not(None)))
    assert [row.problem_code for row in rows if row.state is RefreshState.FAILED] == ["LST-1"] * 8
    assert inactive == 3  # what the seed itself archives: two categories and a project
