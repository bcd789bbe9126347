"""Channels: listed, added and set up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from auth.trail import record
from capture.intake.service import get_channel
from capture.ways.models import Channel, ChannelChoice, ChannelKind
from capture.ways.secret import seal_password
from capture.ways.settings import FolderSettings, MailboxSettings
from core.db import LARGEST_ID, now
from core.errors import Incomplete, NotFound

SILENT = timedelta(minutes=10)  # what heals by itself within it is no news
ALWAYS_THERE = (ChannelKind.WEB, ChannelKind.PHONE, ChannelKind.API, ChannelKind.COMMAND)


def list_channels(session: Session, organisation_id: int, connection_id: int) -> list[Channel]:
    """Give the channels that bring documents to a connection; those that are always there are made on the way."""
    _make_first(session, organisation_id)
    wanted = select(Channel).where(*_brings_to(organisation_id, connection_id))
    order = list(ChannelKind)
    return sorted(session.scalars(wanted), key=lambda each: (order.index(each.kind), each.id))


def _brings_to(organisation_id: int, connection_id: int) -> tuple[ColumnElement[bool], ...]:
    """Say which channels bring documents to a connection: those of it alone, and those of its whole organisation."""
    return Channel.organisation_id == organisation_id, func.coalesce(
        Channel.connection_id, connection_id
    ) == connection_id


def _make_first(session: Session, organisation_id: int) -> None:
    for kind in ALWAYS_THERE:
        get_channel(session, organisation_id, kind)


def silent_channels(session: Session, connection_id: int) -> list[Channel]:
    """Give the mailboxes and folders of a connection that could not be looked into for some time."""
    wanted = select(Channel).where(
        Channel.connection_id == connection_id,
        Channel.enabled,
        Channel.problem.is_not(None),
        or_(Channel.checked_at.is_(None), Channel.checked_at < now() - SILENT),
    )
    return list(session.scalars(wanted.order_by(Channel.id)))


def choices_of(session: Session, connection_id: int) -> dict[int, ChannelChoice]:
    """Give what was chosen for a connection, by channel."""
    rows = session.scalars(select(ChannelChoice).where(ChannelChoice.connection_id == connection_id))
    return {row.channel_id: row for row in rows}


def get_own_channel(session: Session, organisation_id: int, connection_id: int, channel_id: int) -> Channel:
    """Give one of the channels that bring documents to a connection.

    Raises:
        NotFound: it has no such channel.
    """
    wanted = select(Channel).where(Channel.id == channel_id, *_brings_to(organisation_id, connection_id))
    found = session.scalar(wanted.with_for_update()) if channel_id <= LARGEST_ID else None
    if found is None:
        raise NotFound("There is no such channel.")
    return found


def add_channel(session: Session, connection_id: int, organisation_id: int, kind: ChannelKind, name: str) -> Channel:
    """Make a channel; a mailbox or folder is off until it is set up, and brings documents to this connection.

    Raises:
        Incomplete: it has no name, or another channel's.
    """
    _make_first(session, organisation_id)  # files that name none come by the first of their kind
    looks = kind in {ChannelKind.MAILBOX, ChannelKind.FOLDER}
    channel = Channel(organisation_id=organisation_id, kind=kind, name=clean_name(name), enabled=not looks)
    channel.connection_id = connection_id if looks else None
    check_names(session, organisation_id, {0: channel.name})
    session.add(channel)
    session.flush()
    return channel


def is_set_up(channel: Channel) -> bool:
    """Tell whether a channel can be used: a mailbox or folder is told where to look first."""
    return channel.kind not in {ChannelKind.MAILBOX, ChannelKind.FOLDER} or bool(channel.settings)


def set_up(
    session: Session, channel: Channel, settings: MailboxSettings | FolderSettings, password: str | None, *, by: str
) -> None:
    """Keep where a mailbox or folder is, and switch it on; it is looked into at once.

    Raises:
        Incomplete: a password is needed: there is none yet, or it was entered for another server or user.
    """
    if isinstance(settings, MailboxSettings):
        _keep_password(channel, settings, password)
    where = settings.server if isinstance(settings, MailboxSettings) else settings.path
    if not channel.settings:
        channel.enabled = True
    channel.settings = settings.as_row()
    channel.looked = {}
    channel.due_at, channel.failures = None, 0
    channel.problem_code = channel.problem = None
    record(session, channel.organisation_id, by, "channel set up", f"{channel.name}: {where}")
    session.flush()


def _keep_password(channel: Channel, settings: MailboxSettings, password: str | None) -> None:
    if password:
        seal_password(channel, password)
        return
    if channel.sealed_password is None:
        raise Incomplete("Enter the password.", field="password")
    if MailboxSettings.from_row(channel.settings).login() != settings.login():
        text = "Enter the password again: the saved one is sent to no other server or user than it was entered for."
        raise Incomplete(text, field="password")


def clean_name(name: str) -> str:
    """Give a name as it is kept."""
    return " ".join(name.split())[:100]


def check_names(session: Session, organisation_id: int, names: Mapping[int, str]) -> None:
    """Insist that each channel has a name of its own; keys are channel ids.

    Raises:
        Incomplete: one has none, or two have the same.
    """
    wanted = select(Channel.id, Channel.name).where(Channel.organisation_id == organisation_id)
    all_names = {row.id: row.name for row in session.execute(wanted)} | dict(names)
    taken = [name.casefold() for name in all_names.values()]
    for channel_id, name in names.items():
        if not name:
            raise Incomplete("A channel needs a name.", field=f"name-{channel_id}")
        if taken.count(name.casefold()) > 1:
            raise Incomplete(f"There are two channels called “{name}”.", field=f"name-{channel_id}")
