"""A mailbox's password, sealed and bound to its row."""

from __future__ import annotations

from capture.ways.models import Channel
from core.config import current
from core.secrets import make_vault


def seal_password(channel: Channel, password: str) -> None:
    """Keep a password with the channel it belongs to."""
    channel.sealed_password = make_vault(current()).seal(_row(channel), password)


def open_password(channel: Channel) -> str:
    """Give the password of a channel; empty where it has none.

    Raises:
        SecretUnreadable: the server's key changed (CON-10).
    """
    sealed = channel.sealed_password
    return make_vault(current()).open(_row(channel), sealed) if sealed else ""


def _row(channel: Channel) -> str:
    return f"channel:{channel.id}:password"
