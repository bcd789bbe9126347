"""Why a file cannot be read."""

from __future__ import annotations

from core.errors import CounterfoilError

LOCKED_PDF = "The PDF needs a password to open. Enter it, or save the file without one and send that."


class Unreadable(CounterfoilError):
    """The file cannot be opened, or not to its end; the text says why, for the person who sent it.

    ``code`` is CAP-1 (a type or size we do not take) or CAP-2 (damaged, or locked with a password).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, str]]:
        """Let it travel from the reading process."""
        return Unreadable, (self.code, str(self))


class EngineMissing(CounterfoilError):
    """The OCR engine that was asked for is not installed; the text says how to get it."""

    code = "engine"
