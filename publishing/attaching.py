"""The effect of attaching a file; its name is unique to the item. Files of sales invoices cannot be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import CounterfoilError
from kashflow.ledger import Kind, Ledger, NewAttachment
from publishing.effects import Done, Doubtful, Target, reading_back


@dataclass(frozen=True)
class Attachable:
    """A file as KashFlow takes it."""

    content: bytes
    media_type: str


class CannotAttach(CounterfoilError):
    """The file cannot be attached; the document stays published without it."""

    code = "PUB-15"


Fetch = Callable[[Mapping[str, Any]], Attachable]  # the file that a payload asks for


class AttachmentEffect:
    """The document's file is attached."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._file: Attachable | None = None

    def prepare(self, ledger: Ledger, target: Target) -> Done | Doubtful | frozenset[int]:
        """Find the file when it is there already; else get it ready, before it is said to be sent."""
        there = self.look_up(ledger, target)
        if there is not None:
            return there
        try:
            self._file = self._fetch(target.payload)
        except CannotAttach as problem:
            return Doubtful(str(problem), code=problem.code)
        return frozenset()

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Send the file and see whether KashFlow keeps it."""
        file = self._file or self._fetch(target.payload)
        name = target.payload["filename"]
        ledger.attach(target.kind, NewAttachment(target.number, name, file.media_type, file.content))
        if target.kind is Kind.SALE:
            return Done()
        with reading_back("The file was sent"):
            found = self.look_up(ledger, target)
        return found or Doubtful(
            "The document is in KashFlow, but its file is not: KashFlow took it and did not keep it. Connect a file "
            "store (Dropbox) in KashFlow, then send the file again.",
            code="PUB-15",
        )

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """Find the file by its name; of a sales invoice nothing can be known, so it is sent once."""
        if target.kind is Kind.SALE:
            return None
        there = ledger.attachments(target.remote_id)
        found = next((each for each in there if each.filename == target.payload["filename"]), None)
        return Done(remote_id=found.remote_id) if found else None
