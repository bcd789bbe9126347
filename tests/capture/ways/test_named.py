"""Channels that a program names, over the HTTP interface and on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from capture.submissions.models import Submission
from capture.ways.models import Channel, ChannelKind
from capture.ways.service import add_channel
from kashflow.ledger import Kind
from kashflow.models import Connection
from kashflow.service import make_connection
from tests.capture.test_api import Interface
from tests.capture.ways.mails import pdf
from tests.factories.auth import MembershipFactory


@pytest.fixture
def till(session: Session, connection: Connection) -> Channel:
    made = add_channel(session, connection.id, connection.organisation_id, ChannelKind.API, "Till 2")
    session.commit()
    return made


def channels_of_rows(session: Session) -> list[str]:
    return [row.channel.name for row in session.query(Submission).order_by(Submission.id)]


def test_a_channel_is_named_by_name_or_number_and_without_one_it_is_the_interfaces_own(
    api: Interface,
    session: Session,
    till: Channel,
) -> None:
    for number, named in enumerate(({"channel": "Till 2"}, {"channel": str(till.id)}, {"channel": ""}, {})):
        assert api.post_files((f"{number}.pdf", pdf(number)), **named)[0] == 202

    assert channels_of_rows(session) == ["Till 2", "Till 2", "API", "API"]


def test_its_owner_and_kind_hold_where_the_request_says_none(
    api: Interface,
    session: Session,
    till: Channel,
) -> None:
    owner = MembershipFactory.create(organisation_id=till.organisation_id)
    till.owner_id, till.wanted_kind = owner.user_id, Kind.SALE
    session.commit()

    api.post_files(("1.pdf", pdf(1)), channel="Till 2")
    api.post_files(("2.pdf", pdf(2)), channel="Till 2", kind="cost")

    rows = session.query(Submission).order_by(Submission.id).all()
    assert [(row.owner_id, row.wanted_kind) for row in rows] == [
        (owner.user_id, Kind.SALE),
        (owner.user_id, Kind.COST),
    ]


def closed(session: Session, till: Channel, how: str) -> dict[str, Any]:
    """Close a channel in some way; give what the interface is to answer."""
    if how == "off":
        till.enabled = False
        return {"status": 409, "said": "“Till 2” is switched off. Nothing was taken."}
    till.connection_id = make_connection(session, till.organisation_id, name="Other").id
    return {"status": 409, "said": "“Till 2” is for another connection. Nothing was taken."}


@pytest.mark.parametrize("how", ["off", "elsewhere"])
def test_a_closed_channel_takes_nothing_and_says_so(
    api: Interface,
    session: Session,
    till: Channel,
    how: str,
) -> None:
    expected = closed(session, till, how)
    session.commit()

    status, answer = api.post_files(("1.pdf", pdf(1)), channel="Till 2")

    assert (status, session.query(Submission).count()) == (expected["status"], 0)
    assert expected["said"] in answer["error"]["message"]


@pytest.mark.parametrize("named", ["Pigeon", "999999999", "99999999999999999999"])
def test_an_unknown_channel_is_refused(api: Interface, named: str) -> None:
    status, answer = api.post_files(("1.pdf", pdf(1)), channel=named)

    assert (status, answer["error"]["fields"]) == (422, ["channel"])
    assert f"There is no channel called “{named}”." in answer["error"]["message"]


def test_the_channel_of_another_organisation_is_unknown(api: Interface, session: Session) -> None:
    other = MembershipFactory.create()
    theirs = add_channel(session, 0, other.organisation_id, ChannelKind.API, "Theirs")
    session.commit()

    assert [api.post_files(("1.pdf", pdf(1)), channel=each)[0] for each in ("Theirs", str(theirs.id))] == [422, 422]


def submit(app: Flask, path: Path, *options: str) -> Result:
    path.write_bytes(pdf(1))
    return app.test_cli_runner().invoke(args=["submit", *options, str(path)])


def test_flask_submit_takes_a_channel_by_name_or_number(
    app: Flask, session: Session, till: Channel, tmp_path: Path
) -> None:
    own, named = submit(app, tmp_path / "a.pdf"), submit(app, tmp_path / "b.pdf", "--channel", str(till.id))

    assert (own.exit_code, named.exit_code) == (0, 0)
    assert channels_of_rows(session) == ["Command line", "Till 2"]


def test_flask_submit_says_that_a_channel_is_unknown_or_off(
    app: Flask, session: Session, till: Channel, tmp_path: Path
) -> None:
    unknown = submit(app, tmp_path / "a.pdf", "--channel", "Pigeon")
    till.enabled = False
    session.commit()
    off = submit(app, tmp_path / "a.pdf", "--channel", "Till 2")

    assert (unknown.exit_code, off.exit_code, session.query(Submission).count()) == (1, 1, 0)
    assert "There is no channel called “Pigeon”" in unknown.stderr
    assert "is switched off" in off.stderr
