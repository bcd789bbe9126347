"""A mailbox channel on a real IMAP server, a folder channel, and looking into them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.submissions.models import Submission
from capture.ways.files import collect_files
from capture.ways.mail.taking import collect_mails
from capture.ways.models import Channel, ChannelKind
from capture.ways.service import add_channel, set_up
from capture.ways.settings import FolderSettings, MailboxSettings
from kashflow.service import get_connection
from tests.capture.test_api import api, connection  # noqa: F401 - fixtures
from tests.imap import MAIL_PASSWORD, ImapServer, imap, imap_server  # noqa: F401 - fixtures

Collect = Callable[[int, Callable[[int], None]], None]


class Way:
    """A mailbox or folder channel and what came by it."""

    def __init__(self, session: Session, channel: Channel, collect: Collect) -> None:
        self.session, self.channel, self.collect = session, channel, collect
        self.woken: list[int] = []

    def look(self) -> None:
        """Look into it, whenever it is due."""
        self.channel.due_at = None
        self.session.commit()
        self.collect(self.channel.id, self.woken.append)
        self.session.expire_all()

    def change(self, **settings: object) -> None:
        kept = MailboxSettings.from_row(self.channel.settings)
        self.channel.settings = replace(kept, **settings).as_row()  # type: ignore[arg-type]

    def rows(self) -> list[Submission]:
        return self.session.query(Submission).filter_by(channel_id=self.channel.id).order_by(Submission.id).all()

    def names(self) -> list[str]:
        return [row.filename for row in self.rows()]

    def states(self) -> list[str]:
        return [row.state.value for row in self.rows()]


@pytest.fixture
def mailbox(session: Session, membership: Membership, imap: ImapServer) -> Way:  # noqa: F811
    whose = membership.organisation_id
    channel = add_channel(session, get_connection(session, whose).id, whose, ChannelKind.MAILBOX, "Bills by mail")
    set_up(session, channel, imap.settings(), MAIL_PASSWORD, by="Jo")
    return Way(session, channel, collect_mails)


@pytest.fixture
def folder(session: Session, membership: Membership, tmp_path: Path) -> Way:
    whose = membership.organisation_id
    channel = add_channel(session, get_connection(session, whose).id, whose, ChannelKind.FOLDER, "Scanner")
    set_up(session, channel, FolderSettings(str(tmp_path), settles=0), None, by="Jo")
    return Way(session, channel, collect_files)
