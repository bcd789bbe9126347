"""The status page and the doctor: every part, how it is, and what to do where something is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.pulses import SWEEP, beat
from capture.ways.models import Channel, ChannelKind
from core.config import current, set_current
from core.db import now
from kashflow.models import ConnectionState
from kashflow.service import get_connection
from publishing.operating import examining
from tests.pages import PageClient, parse
from tests.servers import Valkey


@pytest.fixture(autouse=True)
def settings(valkey: Valkey, tmp_path: Path) -> Iterator[None]:
    """A queue and a store of the test's own."""
    before = current()
    set_current(replace(before, redis_url=valkey.url, document_store=str(tmp_path / "documents"), data_dir=tmp_path))
    yield
    set_current(before)


def problems(client: PageClient, **how: object) -> dict[str, str]:
    """Give what the page says is wrong, by part."""
    page = parse(client.get("/status", **how))
    rows = page.xpath("//li[@data-wrong='yes']")
    return {row.get("data-part"): " ".join(row.text_content().split()) for row in rows}


def test_every_part_is_named_and_what_is_missing_says_what_to_do(signed_in: PageClient) -> None:
    parts = parse(signed_in.get("/status")).xpath("//li/@data-part")
    wrong = problems(signed_in)

    named = "database, document store, disk, queue, workers, OCR engine, sweep, reading, connection KashFlow, this page"
    assert ", ".join(parts) == named
    assert "None is running for publishing and reading" in wrong["workers"]
    assert "Start bin/run" in wrong["sweep"]


def test_a_sweep_that_was_seen_works_and_one_that_was_not_for_long_does_not(
    signed_in: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(SWEEP, every=timedelta())
    assert "sweep" not in problems(signed_in)

    monkeypatch.setattr(examining, "now", lambda: now() + timedelta(minutes=5))

    assert "last seen 5 minutes ago" in problems(signed_in)["sweep"]


def test_a_dead_queue_is_said_and_nothing_hangs(signed_in: PageClient, valkey: Valkey) -> None:
    valkey.kill()

    wrong = problems(signed_in)

    assert "does not answer" in wrong["queue"]
    assert "cannot be asked" in wrong["workers"]


class Usage(NamedTuple):
    free: int


def test_a_disk_that_is_nearly_full_is_said(signed_in: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(400_000_000))

    assert "0.4 GB free. Make room" in problems(signed_in)["disk"]


def test_a_store_without_room_is_said_cap_10(signed_in: PageClient, tmp_path: Path) -> None:
    set_current(replace(current(), document_store=str(tmp_path / "other")))
    assert "document store" not in problems(signed_in)
    shutil.rmtree(tmp_path / "other")
    (tmp_path / "other").touch()

    assert "takes no files" in problems(signed_in)["document store"]


def test_connections_and_channels_of_ones_own_are_shown_with_their_problem(
    signed_in: PageClient, session: Session, membership: Membership
) -> None:
    connection = get_connection(session, membership.organisation_id)
    connection.state, connection.problem = ConnectionState.NEEDS_RECONNECT, "KashFlow did not accept the login."
    failing = {"problem_code": "CAP-7", "problem": "Login refused."}
    session.add(Channel(organisation_id=membership.organisation_id, name="Post", kind=ChannelKind.MAILBOX, **failing))
    session.commit()

    wrong = problems(signed_in)

    assert "did not accept the login" in wrong[f"connection {connection.name}"]
    assert "CAP-7: Login refused." in wrong["channel Post"]


def test_plain_http_from_elsewhere_is_said(signed_in: PageClient) -> None:
    assert "this page" not in problems(signed_in)

    assert "plain HTTP" in problems(signed_in, environ_base={"REMOTE_ADDR": "192.0.2.7"})["this page"]


def test_strangers_see_nothing_of_it(client: PageClient) -> None:
    assert client.get("/status").status_code == 302


@pytest.mark.usefixtures("membership")
def test_the_doctor_says_the_same_and_fails_while_something_is_wrong(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["doctor"])

    assert result.exit_code == 1
    assert "ok    database: answers" in result.output
    assert "WRONG workers: none is running" in result.output
    assert "WRONG connection KashFlow: it is not connected" in result.output
