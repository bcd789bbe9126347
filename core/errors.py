"""The kinds of error every floor shares; a concrete error is a subclass beside the code that raises it."""

from __future__ import annotations


class CounterfoilError(Exception):
    """Something went wrong that a person can be told about.

    ``code`` is the code of PRODUCT terms (PUB-1, CAP-2 ...) or a plain word, ``status`` that of an HTTP answer; the
    text says what happened, whether anything reached the ledger, and what to do.
    """

    code = "error"
    status = 422


class NotFound(CounterfoilError):
    """There is no such thing, or it is somebody else's."""

    code = "not-found"
    status = 404


class Conflict(CounterfoilError):
    """Somebody else was faster, or the thing is in a state that does not allow this."""

    code = "conflict"
    status = 409


class Incomplete(CounterfoilError):
    """Something that was given is missing or wrong; ``field`` names where."""

    code = "incomplete"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Forbidden(CounterfoilError):
    """The user's role does not allow this."""

    code = "forbidden"
    status = 403


class SettingWrong(CounterfoilError):
    """A setting of the environment cannot be used; the text names it."""

    code = "setting"
