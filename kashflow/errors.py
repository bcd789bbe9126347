"""What can go wrong when KashFlow is asked, one class a cause.

Three families matter to callers:

* ``ConnectionFault``: the login or the account's settings are at fault, so nothing else will work either.
* ``Rejected``: a well-formed no to this request; nothing was created.
* ``Unavailable`` and ``Unclear``: no answer. ``Unavailable`` is raised for questions, and for sends of which not a byte
  left (``NotSent``); ``Unclear`` for a send that may have taken effect.
"""

from __future__ import annotations

from core.errors import CounterfoilError


class LedgerError(CounterfoilError):
    """KashFlow was asked and something went wrong."""

    code = "ledger"


class ConnectionFault(LedgerError):
    """The connection is at fault, not the request: nothing is tried again until a person acts. Nothing was created.

    ``words`` are KashFlow's own; ``address`` is ours as KashFlow named it, where it did.
    """

    code = "CON-1"

    def __init__(self, message: str, *, words: str = "", address: str | None = None) -> None:
        super().__init__(message)
        self.words = words
        self.address = address


class LoginRefused(ConnectionFault):
    """User name or password were refused."""

    code = "CON-1"


class ApiDisabled(ConnectionFault):
    """The SOAP API is switched off in the account."""

    code = "CON-2"


class AddressRefused(ConnectionFault):
    """Our address is not on the account's access list."""

    code = "CON-3"


class KeyRefused(ConnectionFault):
    """The AutoAuth key was refused."""

    code = "CON-4"


class AccountLocked(ConnectionFault):
    """KashFlow locked the account after failed logins."""

    code = "CON-5"


class RightsLacking(ConnectionFault):
    """The subscription or the user's rights do not allow the API."""

    code = "CON-6"


class SecretsLost(ConnectionFault):
    """The saved login cannot be opened with this server's key."""

    code = "CON-10"


class Rejected(LedgerError):
    """KashFlow answered no; ``words`` are its own. Nothing was created."""

    code = "PUB-16"

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Unavailable(LedgerError):
    """A question was not answered, or KashFlow could not be reached."""

    code = "CON-7"


class NotSent(Unavailable):
    """No connection was made, so not a byte of the request left."""


class Unclear(LedgerError):
    """A request left and no usable answer came: it may have taken effect. It is never simply repeated."""

    code = "PUB-11"
