"""The page of all channels, and one to set up."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import needs
from auth.service import list_members
from auth.trail import record
from capture.views import pages
from capture.ways.errors import ChannelFault
from capture.ways.forms import ADDED, read_added, read_password, read_rows, read_settings
from capture.ways.jobs import check_channel
from capture.ways.looking import next_try, note_fault, note_good
from capture.ways.models import Channel, ChannelKind
from capture.ways.rows import LISTS, save_rows
from capture.ways.service import (
    add_channel,
    choices_of,
    get_own_channel,
    is_set_up,
    list_channels,
    set_up,
    silent_channels,
)
from capture.ways.trying import try_channel
from core.db import now, snapshot, transaction
from core.errors import Incomplete
from core.secrets import SecretUnreadable
from lists.jobs import recode_open_items
from lists.service import list_entries
from worker import enqueue

KIND_NAMES = {
    ChannelKind.WEB: "Web page",
    ChannelKind.PHONE: "Phone",
    ChannelKind.API: "HTTP interface",
    ChannelKind.COMMAND: "Command line",
    ChannelKind.MAILBOX: "Mailbox",
    ChannelKind.FOLDER: "Watched folder",
}


@pages.get("/channels")
@needs("settings")
def show_channels() -> ResponseReturnValue:
    """Show every way in with what is chosen for it in this connection."""
    return _channels_page()


def _channels_page(error: Incomplete | None = None) -> ResponseReturnValue:
    with transaction() as session:
        page = render_template(
            "capture/ways/channels.html",
            channels=list_channels(session, g.organisation_id, g.connection_id),
            choices=choices_of(session, g.connection_id),
            entries={name: list_entries(session, g.connection_id, kind) for name, kind in LISTS.items()},
            people=list_members(session, g.organisation_id),
            kinds=KIND_NAMES,
            added=[(kind.value, KIND_NAMES[kind]) for kind in ADDED],
            is_set_up=is_set_up,
            error=error,
        )
    return page, 422 if error else 200


@pages.post("/channels")
@needs("settings")
def save_channels() -> ResponseReturnValue:
    """Save all rows together."""
    try:
        with transaction() as session:
            save_rows(session, g.organisation_id, g.connection_id, read_rows(request.form), by=g.user.email)
    except Incomplete as error:
        return _channels_page(error)
    enqueue(recode_open_items, g.connection_id)
    flash("Saved. Items that are not published yet follow.")
    return redirect(url_for("capture.show_channels"))


@pages.post("/channels/new")
@needs("settings")
def add_new_channel() -> ResponseReturnValue:
    """Make a channel, and go on to setting it up."""
    try:
        with transaction() as session:
            kind, name = read_added(request.form), request.form.get("name", "")
            channel = add_channel(session, g.connection_id, g.organisation_id, kind, name)
            record(session, g.organisation_id, g.user.email, "channel added", f"{channel.name} ({kind})")
    except Incomplete as error:
        return _channels_page(error)
    return redirect(url_for("capture.show_channel", channel_id=channel.id))


@pages.get("/channels/<int:channel_id>")
@needs("settings")
def show_channel(channel_id: int) -> ResponseReturnValue:
    """Show one channel: how it is used, or where it looks and how that went."""
    return _channel_page(channel_id)


def _channel_page(channel_id: int, error: Incomplete | None = None) -> ResponseReturnValue:
    with snapshot() as session:
        channel = get_own_channel(session, g.organisation_id, g.connection_id, channel_id)
        page = render_template(
            "capture/ways/channel.html",
            channel=channel,
            kind=KIND_NAMES[channel.kind],
            given=request.form if error else channel.settings,
            today=now().date(),
            next_try=next_try(channel),
            wrong={error.field or "": str(error)} if error else {},
        )
    return page, 422 if error else 200


@pages.post("/channels/<int:channel_id>")
@needs("settings")
def save_channel(channel_id: int) -> ResponseReturnValue:
    """Keep where a mailbox or folder is; it is looked into at once."""
    try:
        with transaction() as session:
            channel = get_own_channel(session, g.organisation_id, g.connection_id, channel_id)
            settings = read_settings(channel.kind, request.form)
            set_up(session, channel, settings, read_password(request.form), by=g.user.email)
    except Incomplete as error:
        return _channel_page(channel_id, error)
    return test_channel(channel_id)


@pages.post("/channels/<int:channel_id>/test")
@needs("settings")
def test_channel(channel_id: int) -> ResponseReturnValue:
    """Look into a mailbox or folder once; when that works, what waits in it is taken."""
    with snapshot() as session:
        channel = get_own_channel(session, g.organisation_id, g.connection_id, channel_id)
    if not channel.settings:
        flash("Set it up first.", "danger")
        return redirect(url_for("capture.show_channel", channel_id=channel_id))
    try:
        told = try_channel(channel)
    except (ChannelFault, SecretUnreadable) as fault:
        note_fault(channel_id, fault)
        flash("The test failed.", "danger")  # the page itself says why
    else:
        note_good(channel_id, more=True)
        enqueue(check_channel, channel_id)
        flash(told)
    return redirect(url_for("capture.show_channel", channel_id=channel_id))


@pages.app_template_global("silent_channels")
def find_silent_channels() -> list[Channel]:
    """Give the mailboxes and folders that bring nothing, for the banner."""
    with snapshot() as session:
        return silent_channels(session, g.connection_id)
