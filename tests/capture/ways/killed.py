"""A process that looks into one channel and kills itself at a chosen moment, as a power cut would.

Arguments: the channel's number, and the moment: "fetched" (the second mail was fetched, nothing of it is written),
"entered" (its rows are committed, it is not marked), or "marked" (it is marked, and that is not written).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capture.ways.files import collect_files
from capture.ways.folder import Seen, put_away
from capture.ways.mail.mailbox import Mailbox, open_mailbox
from capture.ways.mail.taking import collect_mails
from capture.ways.models import Channel
from capture.ways.settings import MailboxSettings
from core import db
from core.config import Config, set_current

WHEN = sys.argv[2]


def die(moment: str) -> None:
    if moment == WHEN:
        os.kill(os.getpid(), signal.SIGKILL)


class Mortal(Mailbox):
    """A mailbox at whose second mail the process may die."""

    taken = 0

    def fetch(self, uid: str, most: int) -> bytes:
        raw = super().fetch(uid, most)
        self.taken += 1
        if self.taken > 1:
            die("fetched")
        return raw

    def mark(self, uid: str, *, as_read: bool = False) -> None:
        if self.taken > 1:
            die("entered")
        super().mark(uid, as_read=as_read)
        if self.taken > 1:
            die("marked")


@contextmanager
def opened(settings: MailboxSettings, password: str) -> Iterator[Mailbox]:
    with open_mailbox(settings, password) as box:
        yield Mortal(box.box, box.validity)


def moved(folder: Path, seen: Seen, into: str) -> bool:
    die("entered")
    is_gone = put_away(folder, seen, into)
    die("marked")
    return is_gone


if __name__ == "__main__":
    config = Config.from_env()
    set_current(config)
    db.bind(db.make_engine(config.database_url))
    with db.transaction() as session:
        channel = session.get_one(Channel, int(sys.argv[1]))
        channel.due_at = None
    if channel.kind == "mailbox":
        collect_mails(channel.id, lambda _: None, opened)
    else:
        collect_files(channel.id, lambda _: None, moved)
