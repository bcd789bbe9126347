"""Files that no row names are removed from the store after a day, and no other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture import jobs
from capture.intake import leftovers
from capture.intake.service import Batch, File, get_channel, receive, store
from capture.ways.models import ChannelKind
from core.config import current, set_current
from core.db import now, snapshot
from kashflow.service import get_connection
from worker import Due


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A document store of the test's own."""
    settings = current()
    set_current(replace(settings, document_store=str(tmp_path / "documents")))
    yield tmp_path / "documents"
    set_current(settings)


def receive_one(session: Session, membership: Membership, data: bytes) -> str:
    connection = get_connection(session, membership.organisation_id)
    channel = get_channel(session, membership.organisation_id, ChannelKind.WEB)
    receive([File("a.pdf", data)], Batch(membership.organisation_id, connection.id, channel.id))
    return store().put(data)


def age(folder: Path, hours: float) -> None:
    moment = (now() - timedelta(hours=hours)).timestamp()
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment))


def keys() -> set[str]:
    return {kept.key for kept in store().files()}


def test_what_no_row_names_goes_after_a_day_and_what_one_names_stays(
    session: Session, membership: Membership, folder: Path
) -> None:
    named = receive_one(session, membership, b"%PDF-1.7 named")
    digest = named.rpartition("/")[2]
    kept = {named, store().put_made(f"pages/{digest[:2]}/{digest}-1.jpg", b"picture")}
    lost = store().put(b"%PDF-1.7 lost").rpartition("/")[2]
    store().put_made(f"words/{lost[:2]}/{lost}.json", b"[]")
    store().put_made("probe/1", b"probe")
    age(folder, 25)

    assert leftovers.remove_leftovers() == 3
    assert keys() == kept


@pytest.mark.usefixtures("session")
def test_what_is_younger_than_a_day_stays(folder: Path) -> None:
    key = store().put(b"%PDF-1.7 on its way")
    age(folder, 23)

    assert leftovers.remove_leftovers() == 0
    assert keys() == {key}


@pytest.mark.usefixtures("session")
def test_what_came_again_meanwhile_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = store().put(b"%PDF-1.7 twice")
    age(folder, 25)

    def comes_again() -> object:
        store().put(b"%PDF-1.7 twice")
        return snapshot()

    monkeypatch.setattr(leftovers, "snapshot", comes_again)

    assert leftovers.remove_leftovers() == 0
    assert keys() == {key}


@pytest.mark.usefixtures("session")
def test_what_others_keep_in_the_store_stays(folder: Path) -> None:
    store().put_made("publishing/epoch-1", b"7")
    store().put_as("notes.txt", b"somebody's")
    age(folder, 1000)

    assert leftovers.remove_leftovers() == 0
    assert keys() == {"made/publishing/epoch-1", "notes.txt"}


def test_on_s3_too(session: Session, membership: Membership, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = current()
    set_current(replace(settings, document_store=f"{s3}/leftovers"))
    named = receive_one(session, membership, b"%PDF-1.7 named")
    store().put(b"%PDF-1.7 lost")
    assert leftovers.remove_leftovers() == 0

    monkeypatch.setattr(leftovers, "now", lambda: now() + timedelta(hours=25))

    assert leftovers.remove_leftovers() == 1
    assert keys() == {named}
    set_current(settings)


@pytest.mark.usefixtures("session")
def test_it_is_due_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    due = Due("capture.jobs.remove_leftovers", ())
    assert due in list(jobs.find_due())
    assert due not in list(jobs.find_due())

    monkeypatch.setattr("capture.pulses.now", lambda: now() + timedelta(hours=24, seconds=1))

    assert due in list(jobs.find_due())
