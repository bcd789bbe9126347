"""Trying a mailbox or folder out, when a person asks for it."""

from __future__ import annotations

import os
from pathlib import Path

from capture.ways.errors import FolderMissing
from capture.ways.folder import list_files
from capture.ways.mail.mailbox import open_mailbox
from capture.ways.models import Channel, ChannelKind
from capture.ways.secret import open_password
from capture.ways.settings import Afterwards, FolderSettings, MailboxSettings


def try_channel(channel: Channel) -> str:
    """Look into a mailbox or folder without taking anything, and say what is there.

    Raises:
        ChannelFault: it cannot be looked into, or what is taken could not be moved.
        SecretUnreadable: the saved password cannot be opened (CON-10).
    """
    if channel.kind is ChannelKind.FOLDER:
        return _try_folder(FolderSettings.from_row(channel.settings))
    return _try_mailbox(MailboxSettings.from_row(channel.settings), open_password(channel))


def _try_mailbox(settings: MailboxSettings, password: str) -> str:
    with open_mailbox(settings, password) as box:
        if settings.afterwards is Afterwards.MOVE:
            box.check_move(settings.moves_to)
        waiting = len(box.waiting(settings.since))
    found = f"{_counted(waiting, 'mail')} in “{settings.folder}” to look at."
    return f"{settings.server} let {settings.username} in. {found}"


def _try_folder(settings: FolderSettings) -> str:
    path = Path(settings.path)
    waiting = len(list_files(path))
    if not os.access(path, os.W_OK | os.X_OK):
        text = f"Counterfoil may read {path}, but not move what it took. Let its user write and enter it."
        raise FolderMissing(text)
    return f"{path} can be used. {_counted(waiting, 'file')} in it."


def _counted(number: int, word: str) -> str:
    return f"{number or 'No'} {word}{'' if number == 1 else 's'}"
