"""Several people at the same thing at once, with a database of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from auth.models import LoginAttempt
from auth.service import add_organisation
from auth.tries import TRIES_PER_ACCOUNT, TooManyTries, count_try
from capture.history.events import Who
from capture.history.models import Actor
from capture.intake.service import Batch, File, get_channel, receive
from capture.submissions.models import SubmissionState
from capture.ways.models import ChannelKind
from core import db
from core.config import Config, current, set_current
from kashflow.ledger import Kind
from kashflow.service import make_connection
from lists.service import make_party
from tests.documents.papers import COFFEE
from tests.documents.pictures import draw_picture

pytestmark = pytest.mark.processes
PEOPLE = 6
T = TypeVar("T")


@pytest.fixture(params=["sqlite", "postgres"])
def organisation(request: pytest.FixtureRequest, app: Flask, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """An organisation and its connection in a database to which this process is bound."""
    del app  # what it bound is bound again afterwards
    engine, config = db.engine(), current()
    env = {"DATA_DIR": str(tmp_path)}
    if request.param == "postgres":
        env["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    create_app(Config.from_env(env))
    db.Base.metadata.create_all(db.engine())
    with db.transaction() as session:
        organisation_id = add_organisation(session, "Calder & Birch").id
        connection_id = make_connection(session, organisation_id).id
    yield organisation_id, connection_id
    db.engine().dispose()
    db.bind(engine)
    set_current(config)


def at_once(do: Callable[[], T]) -> list[T]:
    """Let everybody do it, all having begun before anybody has ended."""
    meeting = Barrier(PEOPLE)

    def one(_: int) -> T:
        meeting.wait()
        return do()

    with ThreadPoolExecutor(PEOPLE) as people:
        return list(people.map(one, range(PEOPLE)))


def test_tries_of_a_password_at_once_count_as_one_after_the_other(organisation: tuple[int, int]) -> None:
    del organisation

    def count() -> None:
        with suppress(TooManyTries), db.transaction() as session:
            count_try(session, "jo@business.example", "192.0.2.1")

    for _ in range(3):
        at_once(count)

    with db.snapshot() as session:
        assert session.scalar(select(func.count(LoginAttempt.id))) == TRIES_PER_ACCOUNT


def test_a_supplier_that_several_people_name_at_once_is_made_once(organisation: tuple[int, int]) -> None:
    def name_it() -> int:
        with db.transaction() as session:
            return make_party(session, organisation[1], Kind.COST, "New & Co").id

    assert len(set(at_once(name_it))) == 1


def test_a_file_that_arrives_several_times_at_once_is_read_once(organisation: tuple[int, int]) -> None:
    picture = draw_picture(COFFEE)

    def send() -> SubmissionState:
        with db.transaction() as session:
            channel_id = get_channel(session, organisation[0], ChannelKind.API).id
        who = Who(Actor.PERSON, "Ann")
        batch = Batch(organisation_id=organisation[0], connection_id=organisation[1], channel_id=channel_id, who=who)
        return receive([File("a.jpg", picture)], batch)[0].state

    states = at_once(send)

    assert sorted(states) == [SubmissionState.DUPLICATE] * (PEOPLE - 1) + [SubmissionState.RECEIVED]
