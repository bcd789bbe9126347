"""Killed between any two steps of taking something in: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth.models import Organisation
from capture.submissions.models import Submission, SubmissionState
from capture.ways.files import collect_files
from capture.ways.mail.taking import collect_mails
from capture.ways.models import Channel, ChannelKind
from capture.ways.service import add_channel, set_up
from capture.ways.settings import FolderSettings
from core import db
from core.config import ROOT, Config, current, set_current
from kashflow.service import make_connection
from tests.capture.ways.mails import pdf, with_files
from tests.imap import MAIL_PASSWORD, ImapServer

pytestmark = pytest.mark.processes


@pytest.fixture
def place(app: object, tmp_path: Path) -> Iterator[Path]:
    """A data folder with a database of its own."""
    del app
    engine, config = db.engine(), current()
    set_current(Config.from_env({"DATA_DIR": str(tmp_path / "data")}))
    current().data_dir.mkdir()
    db.bind(db.make_engine(current().database_url))
    db.Base.metadata.create_all(db.engine())
    yield current().data_dir
    db.bind(engine)
    set_current(config)


def make_channel(kind: ChannelKind) -> Channel:
    with db.transaction() as session:
        organisation = Organisation(name="Calder")
        session.add(organisation)
        session.flush()
        connection = make_connection(session, organisation.id)
        return add_channel(session, connection.id, organisation.id, kind, "Post")


def look(channel: Channel) -> None:
    """Look into a channel."""
    with db.transaction() as session:
        session.get_one(Channel, channel.id).due_at = None
    collect = collect_mails if channel.kind is ChannelKind.MAILBOX else collect_files
    collect(channel.id, lambda _: None)


def die_looking(place: Path, channel: Channel, moment: str) -> None:
    """Look into a channel in a process of its own, which kills itself at this moment."""
    command = [sys.executable, "-m", "tests.capture.ways.killed", str(channel.id), moment]
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(place)}
    ended = subprocess.run(command, check=False, env=env, cwd=ROOT, stderr=subprocess.PIPE)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def what_came() -> list[tuple[str, SubmissionState]]:
    with db.snapshot() as session:
        return [(row.filename, row.state) for row in session.query(Submission).order_by(Submission.id)]


def test_a_mailbox_killed_at_every_step_brings_each_file_once(place: Path, imap: ImapServer) -> None:
    channel = make_channel(ChannelKind.MAILBOX)
    with db.transaction() as session:
        set_up(session, session.get_one(Channel, channel.id), imap.settings(), MAIL_PASSWORD, by="Jo")
    imap.deliver(with_files(1, 2, 3), with_files(4, 5, 6), with_files(7), with_files(8), with_files(9))

    for moment in ("fetched", "entered", "marked"):
        die_looking(place, channel, moment)
    look(channel)

    assert what_came() == [(f"invoice-{number}.pdf", SubmissionState.RECEIVED) for number in range(1, 10)]
    assert imap.flags() == ["CounterfoilTaken"] * 5


def test_a_folder_killed_between_rows_and_move_brings_each_file_once(place: Path, tmp_path: Path) -> None:
    channel, folder = make_channel(ChannelKind.FOLDER), tmp_path / "scans"
    folder.mkdir()
    with db.transaction() as session:
        settings = FolderSettings(str(folder), settles=0)
        set_up(session, session.get_one(Channel, channel.id), settings, None, by="Jo")
    for number in (1, 2):
        (folder / f"{number}.pdf").write_bytes(pdf(number))

    look(channel)
    for moment in ("entered", "marked"):
        die_looking(place, channel, moment)
    look(channel)
    look(channel)

    assert what_came() == [("1.pdf", SubmissionState.RECEIVED), ("2.pdf", SubmissionState.RECEIVED)]
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["1.pdf", "2.pdf"]
