"""Finding among all that arrived: filters, and pages that follow each other."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.submissions.finding import Ask, find_page, read_ask
from capture.submissions.models import Submission, SubmissionState
from capture.ways.models import Channel, ChannelKind
from core.db import now
from kashflow.models import Connection
from kashflow.service import get_connection
from tests.factories.auth import MembershipFactory
from tests.factories.capture import ItemFactory


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    return get_connection(session, membership.organisation_id)


def add(session: Session, connection: Connection, filename: str, **more: object) -> Submission:
    whose = {"organisation_id": connection.organisation_id, "connection_id": connection.id}
    if "channel_id" not in more:
        channel = session.query(Channel).filter_by(organisation_id=connection.organisation_id, name="Web").first()
        more["channel"] = channel or Channel(
            organisation_id=connection.organisation_id, name="Web", kind=ChannelKind.WEB
        )
    submission = Submission(**whose, filename=filename, size=1, **more)
    session.add(submission)
    session.flush()
    return submission


def names(session: Session, connection: Connection, **asked: str) -> list[str]:
    return [row.submission.filename for row in find_page(session, connection.id, read_ask(asked))[0]]


def test_a_part_of_the_file_name_finds_it_whatever_the_case_and_no_sign_means_more(
    session: Session, connection: Connection
) -> None:
    for name in ("Fuel_01.pdf", "fuel 100%.jpg", "rent.pdf"):
        add(session, connection, name)

    assert names(session, connection, text="FUEL") == ["fuel 100%.jpg", "Fuel_01.pdf"]
    assert names(session, connection, text="%") == ["fuel 100%.jpg"]
    assert names(session, connection, text="l_0") == ["Fuel_01.pdf"]


def test_files_are_found_by_what_became_of_them(session: Session, connection: Connection) -> None:
    for state in SubmissionState:
        add(session, connection, state.value, state=state)
    away = add(session, connection, "away", state=SubmissionState.READ)
    ItemFactory.create(connection=connection, submission_id=away.id, deleted_at=now())

    assert names(session, connection, fate="waiting") == ["processing", "received"]
    assert names(session, connection, fate="put_away") == ["away"]
    assert names(session, connection, fate="rejected") == ["rejected"]
    assert len(names(session, connection, fate="nonsense")) == len(SubmissionState) + 1


def test_files_are_found_by_owner_and_channel(session: Session, connection: Connection, membership: Membership) -> None:
    other = MembershipFactory.create(organisation=membership.organisation)
    phone = Channel(organisation_id=connection.organisation_id, name="Phone", kind=ChannelKind.PHONE)
    session.add(phone)
    session.flush()
    add(session, connection, "mine", owner_id=membership.user_id)
    add(session, connection, "theirs", owner_id=other.user_id, channel_id=phone.id)

    assert names(session, connection, owner=str(membership.user_id)) == ["mine"]
    assert names(session, connection, channel=str(phone.id)) == ["theirs"]


def test_a_day_begins_and_ends_as_clocks_in_the_united_kingdom_say(session: Session, connection: Connection) -> None:
    add(session, connection, "late on 30 June", received_at=datetime(2026, 6, 30, 22, 59, tzinfo=UTC))
    add(session, connection, "early on 1 July", received_at=datetime(2026, 6, 30, 23, 1, tzinfo=UTC))

    assert names(session, connection, since="2026-07-01") == ["early on 1 July"]
    assert names(session, connection, until="2026-06-30") == ["late on 30 June"]


def test_pages_follow_each_other_without_gap_or_double(session: Session, connection: Connection) -> None:
    for number in range(7):
        add(session, connection, str(number))
    seen: list[str] = []
    after: int | None = None
    while True:
        rows, after = find_page(session, connection.id, Ask(after=after), limit=3)
        seen += [row.submission.filename for row in rows]
        if after is None:
            break

    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_what_cannot_be_asked_is_as_if_it_was_not() -> None:
    given = {"channel": "٣", "owner": "9" * 30, "since": "2026-13-01", "after": "-1", "text": " \0 "}

    assert read_ask(given) == Ask()
    assert read_ask({"since": "2026-03-01"}) == Ask(since=date(2026, 3, 1))
