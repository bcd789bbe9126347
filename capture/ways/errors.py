"""Why a mailbox or folder cannot be looked into (CAP-7); nothing in it was changed."""

from __future__ import annotations

from core.errors import CounterfoilError


class ChannelFault(CounterfoilError):
    """A mailbox or folder cannot be looked into. ``heals``: it may do so by itself, and is soon tried again."""

    code = "CAP-7"
    heals = True


class LoginRefused(ChannelFault):
    """The mail server does not take this user name and password."""

    heals = False


class FolderMissing(ChannelFault):
    """There is no such folder, or it may not be used."""

    heals = False
