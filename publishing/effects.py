"""The remote effects of publishing, each with its own watermark, its own look-up and its own way to be read back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from core.errors import Conflict
from kashflow.errors import LedgerError, Rejected, Unclear
from kashflow.ledger import Kind, Ledger, LedgerDocument
from lists.matching import plain
from lists.service import PARTY_LISTS
from publishing.mapping import to_contact, to_payment


@dataclass(frozen=True)
class Others:
    """Ids of documents that other items are linked to, and of those that may be theirs: a person is asked."""

    linked: frozenset[int] = frozenset()
    disputed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Target:
    """What a step works on: its frozen payload, and what the steps before it gave.

    ``contact_id`` of the supplier or customer; ``number`` and ``remote_id`` of the document; ``watermark`` the ids that
    were there before the last send, None when it was never sent, or a restored backup no longer knows; ``others`` tells
    of some documents' ids what they are to other items.
    """

    payload: Mapping[str, Any]
    kind: Kind
    contact_id: int = 0
    number: int = 0
    remote_id: int = 0
    watermark: frozenset[int] | None = None
    others: Callable[[Collection[int]], Others] = lambda _: Others()


@dataclass(frozen=True)
class Done:
    """The effect is there: its number (documents) and its id (0 where KashFlow gives none)."""

    number: int = 0
    remote_id: int = 0


@dataclass(frozen=True)
class Doubtful:
    """Something is there that a person has to look at; the text says what, ``found`` which documents."""

    problem: str
    code: str = "PUB-11"
    found: tuple[LedgerDocument, ...] = ()


class NotToBeSent(Conflict):
    """What KashFlow has now speaks against sending; nothing was sent, and a person decides."""

    def __init__(self, message: str, *, code: str, found: tuple[LedgerDocument, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.found = found


class Effect(Protocol):
    """One kind of remote effect."""

    def prepare(self, ledger: Ledger, target: Target) -> Done | Doubtful | frozenset[int]:
        """Get everything ready and ask what is there before the send; Done when the effect itself is there already.

        Raises:
            NotToBeSent: a person has to decide first.
        """

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Send once and read back."""

    def look_up(self, ledger: Ledger, target: Target) -> Done | Doubtful | None:
        """Find out whether an unanswered send took effect; None proves, once it is quiet, that it did not."""


class ContactEffect:
    """A supplier or customer is created, known again by the code of our own making."""

    def prepare(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Find the contact by our code, or by its very name: somebody may have made it since the last refresh."""
        found = self.look_up(ledger, target)
        if found is not None:
            return found
        name = plain(target.payload["name"])
        named = [each for each in ledger.entries(PARTY_LISTS[target.kind]) if each.active and plain(each.name) == name]
        if len(named) > 1:
            text = f"KashFlow has {len(named)} called “{named[0].name}”. Nothing was sent. Refresh and choose one."
            raise NotToBeSent(text, code="PUB-6")
        return Done(remote_id=int(named[0].remote_id)) if named else frozenset()

    def send(self, ledger: Ledger, target: Target) -> Done:
        """Create it; a refusal because our code is there means that it was created before."""
        try:
            return Done(remote_id=ledger.insert_contact(target.kind, to_contact(target.payload)))
        except Rejected as refusal:
            with reading_back(f"KashFlow refused the contact ({refusal.words})"):
                found = self.look_up(ledger, target)
            if found is None:
                raise
            return found

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """Find it by our code."""
        found = ledger.find_contact(target.kind, target.payload["code"])
        return Done(remote_id=found.remote_id) if found else None


class PaymentEffect:
    """The document is marked as paid; our mark stands in the payment's note."""

    def prepare(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Take the payments that are there."""
        there = ledger.payments(target.kind, target.number)
        ours = next((each for each in there if each.note.strip() == target.payload["note"]), None)
        return Done(remote_id=ours.remote_id) if ours else frozenset(each.remote_id for each in there)

    def send(self, ledger: Ledger, target: Target) -> Done:
        """Enter it."""
        return Done(remote_id=ledger.insert_payment(target.kind, to_payment(target.payload, target.number)))

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """Look for a payment with our mark, or a new one that is the same in all else."""
        wanted = to_payment(target.payload, target.number)
        facts = (wanted.paid_on, wanted.amount, wanted.method_id, wanted.account_id)
        for each in ledger.payments(target.kind, target.number):
            theirs = (each.paid_on, each.amount, each.method_id, each.account_id)
            is_new = target.watermark is not None and each.remote_id not in target.watermark
            if each.note.strip() == wanted.note or (is_new and not each.note and theirs == facts):
                return Done(remote_id=each.remote_id)
        return None


class NoteEffect:
    """The item's note is written beside the document; our mark stands in it."""

    def prepare(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Find the note when it is there already."""
        return self.look_up(ledger, target) or frozenset()

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Write it and see that it is there."""
        written_on = date.fromisoformat(target.payload["written_on"])
        ledger.insert_note(target.kind, target.remote_id, target.payload["text"], written_on)
        with reading_back("The note was sent"):
            found = self.look_up(ledger, target)
        text = "The document is in KashFlow; its note was taken, but is not there. Only that is tried again."
        return found or Doubtful(text, code="PUB-12")

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """Find it by its mark."""
        there = ledger.notes(target.kind, target.remote_id)
        return Done() if any(target.payload["mark"] in each for each in there) else None


class reading_back:  # noqa: N801 - read as a verb: with reading_back(...)
    """Reading back what was sent: a question that fails leaves the send unclear, never "not sent"."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Begin to ask."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Turn what goes wrong with the question into doubt about the send."""
        del kind, trace
        if isinstance(error, LedgerError):
            raise Unclear(f"{self._what}, but could not be read back yet.") from error


def noun(kind: Kind) -> str:
    """Say what an item becomes in the ledger."""
    return "Purchase" if kind is Kind.COST else "Sales invoice"
