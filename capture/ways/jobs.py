"""What workers run for the ways in: looking into mailboxes and folders."""

from __future__ import annotations

from collections.abc import Iterable

from capture.jobs import read_submission
from capture.ways.files import collect_files
from capture.ways.looking import due_channels
from capture.ways.mail.taking import collect_mails
from capture.ways.models import Channel, ChannelKind
from core.db import snapshot
from worker import Due, enqueue


def check_channel(channel_id: int) -> None:
    """Take in what is new in one mailbox or folder."""
    with snapshot() as session:
        channel = session.get(Channel, channel_id)
    if channel is not None:
        collect = collect_mails if channel.kind is ChannelKind.MAILBOX else collect_files
        collect(channel_id, lambda submission_id: enqueue(read_submission, submission_id))


def find_due() -> Iterable[Due]:
    """Find the mailboxes and folders that are to be looked into."""
    return [Due("capture.ways.jobs.check_channel", (channel_id,)) for channel_id in due_channels()]
