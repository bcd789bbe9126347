"""The protocol on both databases: what is queued is sent once, and a held lane keeps others out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from sqlalchemy import func, select

from capture.models import Item, ItemState
from capture.service import get_item
from core import db
from core.config import Config, current, set_current
from core.db import LockTaken, now, process_lock
from publishing.due import due_connections, due_steps
from publishing.jobs import effects
from publishing.models import Step, StepKind, StepState
from publishing.notes import StoreNote
from publishing.rows import SqlRows, sql_rows
from publishing.sending import Office, send
from publishing.service import queue_item, withdraw
from tests.benchmarks.stock import stock
from tests.fakes import FakeLedger
from tests.publishing.conftest import PERSON

MANY = 6


@pytest.fixture(params=["sqlite", "postgres"])
def items(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[int]]:
    address = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    kept, kept_engine = current(), db.engine()
    set_current(Config.from_env({"DATA_DIR": str(tmp_path), "DATABASE_URL": address}))
    (tmp_path / "run").mkdir()
    yield stock(MANY)
    db.engine().dispose()
    set_current(kept)
    db.bind(kept_engine)


def test_what_is_queued_is_sent_once(app: object, items: list[int]) -> None:
    del app
    ledger = FakeLedger()
    office = Office(sql_rows, process_lock, lambda _: ledger, effects, StoreNote(), now)
    for item_id in items:
        with db.transaction() as session:
            queue_item(session, 1, item_id, PERSON)

    for _ in range(3):
        with db.snapshot() as session:
            steps = due_steps(session, 1, most=50) if due_connections(session) else []
        for step_id in steps:
            send(office, step_id)

    with db.snapshot() as session:
        states = set(session.scalars(select(Item.state)))
        ended = session.scalar(select(func.count()).where(Step.state == StepState.PUBLISHED))
    assert (states, len(ledger.purchases)) == ({ItemState.PUBLISHED}, MANY)
    assert ended == MANY + MANY // 2 + MANY  # documents, every second paid, files


def test_a_lane_that_is_held_keeps_every_other_sender_out(app: object, items: list[int]) -> None:
    del app
    with db.transaction() as session:
        queue_item(session, 1, items[0], PERSON)
        step_id = session.scalars(select(Step.id).where(Step.kind == StepKind.DOCUMENT)).one()
        lane = SqlRows(session).lane(step_id)
    office = Office(sql_rows, process_lock, lambda _: FakeLedger(), effects, StoreNote(), now)

    with process_lock(lane) as lock:
        with pytest.raises(LockTaken):
            send(office, step_id)
        assert lock.still_held()


def test_an_edit_while_a_step_is_settled_waits_for_it_and_loses_nothing(app: object, items: list[int]) -> None:
    del app
    with db.transaction() as session:
        queue_item(session, 1, items[0], PERSON)
        step_id = session.scalars(select(Step.id).where(Step.kind == StepKind.DOCUMENT)).one()

    with ThreadPoolExecutor(1) as elsewhere:
        with db.transaction() as session:
            rows = SqlRows(session)
            step = rows.step(step_id)
            assert rows.is_wanted(step)
            edit = elsewhere.submit(_note, items[0])
            wait([edit], timeout=0.5)
            rows.tell(step, "looked at")
        edit.result(timeout=10)

    with db.snapshot() as session:
        item = session.get_one(Item, items[0])
        assert (item.note, item.state) == ("Written meanwhile", ItemState.QUEUED)


def test_a_person_and_the_worker_take_item_and_step_in_the_same_order(app: object, items: list[int]) -> None:
    del app
    with db.transaction() as session:
        queue_item(session, 1, items[0], PERSON)
        step_id = session.scalars(select(Step.id).where(Step.kind == StepKind.DOCUMENT)).one()

    with ThreadPoolExecutor(1) as worker:
        with db.transaction() as session:
            item = get_item(session, 1, items[0])
            taken = worker.submit(_take, step_id)
            wait([taken], timeout=0.5)
            withdraw(session, item)
        assert taken.result(timeout=10) is StepState.WITHDRAWN


def _take(step_id: int) -> StepState:
    with db.transaction() as session:
        return SqlRows(session).step(step_id).state


def _note(item_id: int) -> None:
    with db.transaction() as session:
        get_item(session, 1, item_id).note = "Written meanwhile"
