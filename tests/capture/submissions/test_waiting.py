"""What waits is said, with an estimate; and when nothing moves, that it is safe (CAP-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.submissions.models import Submission, SubmissionState
from capture.submissions.waiting import Waiting, count_waiting
from capture.ways.models import Channel, ChannelKind
from core.db import now, process_lock
from kashflow.models import Connection
from kashflow.service import get_connection
from tests.pages import PageClient, text_of


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    return get_connection(session, membership.organisation_id)


def add(session: Session, connection: Connection, state: SubmissionState, **ago: int | None) -> Submission:
    """Add a file; the times are seconds ago."""
    whose = {"organisation_id": connection.organisation_id, "connection_id": connection.id}
    channel = Channel(organisation_id=connection.organisation_id, name=f"Web {len(session.new)}", kind=ChannelKind.WEB)
    channel = session.query(Channel).filter_by(organisation_id=connection.organisation_id).first() or channel
    times = {name: now() - timedelta(seconds=seconds) for name, seconds in ago.items() if seconds is not None}
    submission = Submission(**whose, channel=channel, filename="a.jpg", size=1, state=state, **times)
    session.add(submission)
    session.commit()
    return submission


def test_nothing_is_said_while_nothing_waits(signed_in: PageClient, session: Session, connection: Connection) -> None:
    add(session, connection, SubmissionState.READ, received_at=9000, ended_at=8000)

    assert count_waiting(session, connection.id) is None
    assert "CAP-9" not in text_of(signed_in.get("/costs"))


def test_what_waits_is_said_with_the_time_it_will_take(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    for _ in range(3):
        add(session, connection, SubmissionState.READ, received_at=300, started_at=40, ended_at=10)
    add(session, connection, SubmissionState.PROCESSING, received_at=200, started_at=5)
    for _ in range(7):
        add(session, connection, SubmissionState.RECEIVED, received_at=200)

    assert "8 documents are being read, about 4 minutes left." in text_of(signed_in.get("/costs"))


def test_when_nothing_moves_it_is_said_that_all_is_safe_cap_9(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    for _ in range(2):
        add(session, connection, SubmissionState.RECEIVED, received_at=120)

    for page in ("/costs", "/submissions", "/overview"):
        answer = signed_in.get(page)
        assert "CAP-9: 2 documents wait since " in text_of(answer)
        assert "; they are safe." in text_of(answer)
        assert 'href="/status"' in answer.text
    assert "nothing is being read, and 2 wait" in text_of(signed_in.get("/status")).replace("Nothing", "nothing")


def test_a_document_that_is_read_for_long_is_no_standstill(session: Session, connection: Connection) -> None:
    begun = add(session, connection, SubmissionState.PROCESSING, received_at=900, started_at=800)

    with process_lock(f"submission:{begun.id}"):
        waiting = count_waiting(session, connection.id)
    dead = count_waiting(session, connection.id)

    assert (waiting and waiting.is_stuck, dead and dead.is_stuck) == (False, True)


def test_what_came_just_now_is_no_standstill(session: Session, connection: Connection) -> None:
    add(session, connection, SubmissionState.RECEIVED, received_at=30)

    waiting = count_waiting(session, connection.id)

    assert waiting is not None
    assert not waiting.is_stuck


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (20, "less than a minute left"), (70, "about 1 minute left"), (100, "about 2 minutes left")],
)
def test_an_estimate_is_said_in_words(seconds: int | None, words: str) -> None:
    assert Waiting(1, now(), is_stuck=False, seconds=seconds).left == words
