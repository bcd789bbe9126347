"""What a mailbox or folder channel is told: where to look, and what to do with what was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from capture.submissions.models import Mode


class Security(StrEnum):
    """How the way to a mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Afterwards(StrEnum):
    """What happens to a mail that was taken, besides the mark that it was."""

    NOTHING = "nothing"
    READ = "read"
    MOVE = "move"


class Body(StrEnum):
    """When the text of a mail becomes a document of its own."""

    NEVER = "never"
    ALONE = "alone"  # where no file is attached
    ALWAYS = "always"


@dataclass(frozen=True)
class MailboxSettings:
    """Where a mailbox is, and what is done with its mails. ``since`` is the day from which they are taken.

    ``mode`` is for the files of each mail.
    """

    server: str
    username: str
    port: int = 993
    security: Security = Security.TLS
    folder: str = "INBOX"
    afterwards: Afterwards = Afterwards.NOTHING
    moves_to: str = ""
    body: Body = Body.NEVER
    mode: Mode = Mode.EACH
    since: date | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> MailboxSettings:
        """Give what a channel's row keeps."""
        return cls(
            server=row["server"],
            username=row["username"],
            port=row["port"],
            security=Security(row["security"]),
            folder=row["folder"],
            afterwards=Afterwards(row["afterwards"]),
            moves_to=row["moves_to"],
            body=Body(row["body"]),
            mode=Mode(row.get("mode", Mode.EACH)),
            since=date.fromisoformat(row["since"]) if row["since"] else None,
        )

    def as_row(self) -> dict[str, Any]:
        """Give what a channel's row keeps."""
        return asdict(self) | {"since": self.since.isoformat() if self.since else None}

    def login(self) -> tuple[object, ...]:
        """Give what the password was entered for."""
        return self.server, self.port, self.security, self.username


@dataclass(frozen=True)
class FolderSettings:
    """Which folder is watched; a file is taken once it has not changed for so many seconds."""

    path: str
    settles: int = 10
    mode: Mode = Mode.EACH

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> FolderSettings:
        """Give what a channel's row keeps."""
        return cls(row["path"], row["settles"], Mode(row.get("mode", Mode.EACH)))

    def as_row(self) -> dict[str, Any]:
        """Give what a channel's row keeps."""
        return asdict(self)
