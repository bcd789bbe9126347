"""What a person is told about a connection's fault: what happened, whether anything was sent, what to do. Pure."""

from __future__ import annotations

from kashflow.errors import ConnectionFault

_PAUSED = "Nothing was sent. Publishing is paused, items wait."
_TRIED = "Nothing was sent. The connection stays as it was."
_ADVICE = {
    "CON-1": "KashFlow did not accept the login for {name}. "
    "{now} If the account has a separate API password, that is the one to use; the user name is the one on the "
    "API Settings page. Enter the right login.",
    "CON-2": "The SOAP API is not enabled in the account of {name}. {now} In KashFlow, open Apps, API Settings, "
    "tick Enable SOAP API and save; then test again.",
    "CON-3": "This server's address{address} is not on the access list of {name}. {now} Add it in KashFlow "
    "under Apps, API Settings, with a comment, or enter an AutoAuth key, which adds it for you. A restriction with an "
    "empty list shuts everybody out.",
    "CON-4": "KashFlow refused the AutoAuth key of {name}. {now} In KashFlow, open Apps, API Settings, tick "
    "Enable AutoAuth and copy the key again (eight characters, a hyphen, four characters).",
    "CON-5": "KashFlow locked the account of {name} after failed logins. {now} We stopped trying. Unlock it in "
    "KashFlow, then test once.",
    "CON-6": "The KashFlow user of {name} may not use the API, or its subscription ended. {now} Ask whoever "
    "manages the KashFlow account, then test again.",
    "CON-10": "The server's key changed, so the saved password of {name} cannot be opened. {now} Items and "
    "rules are safe. Enter it again.",
}


def explain(name: str, fault: ConnectionFault, *, tried: bool = False) -> ConnectionFault:
    """Give the same fault of the connection of this name in words a person can act on, KashFlow's own behind ours.

    ``tried``: a login was that is not kept, so that whatever the connection does goes on.
    """
    address = f" ({fault.address})" if fault.address else ""
    advice = _ADVICE[fault.code].format(name=name, address=address, now=_TRIED if tried else _PAUSED)
    text = f"{advice} KashFlow's words: “{fault.words}”" if fault.words else advice
    return type(fault)(text, words=fault.words, address=fault.address)
