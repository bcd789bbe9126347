"""The remote effects of publishing, each with its own watermark, its own look-up and its own way to be read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from core.errors import Conflict
from kashflow.errors import LedgerError, Unclear
from kashflow.ledger import Kind, Ledger, NewAttachment
from publishing.mapping import is_alike, is_same, to_contact, to_document, to_payment
from publishing.models import StepKind

Fetch = Callable[[str], bytes]  # a document's bytes by its hash


class AlreadyThere(Conflict):
    """The same document is in KashFlow already; nothing was sent (PUB-9)."""

    code = "PUB-9"


@dataclass(frozen=True)
class Target:
    """What a step works on: its frozen payload, and what the steps before it gave.

    ``contact_id`` of the supplier or customer; ``number`` and ``remote_id`` of the document; ``taken`` are ids of
    documents that other items are linked to, ``watermark`` the ids that were there before the send.
    """

    payload: Mapping[str, Any]
    kind: Kind
    contact_id: int = 0
    number: int = 0
    remote_id: int = 0
    taken: frozenset[int] = frozenset()
    watermark: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Done:
    """The effect is there: its number (documents) and its id (0 where KashFlow gives none)."""

    number: int
    remote_id: int


@dataclass(frozen=True)
class Doubtful:
    """Something is there that a person has to look at; the text says what."""

    problem: str


class Effect(Protocol):
    """One kind of remote effect."""

    def watermark(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Ask what is there before the send; Done when the effect itself is there already.

        Raises:
            AlreadyThere: the same document is in KashFlow and was not entered by us.
        """

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Send once and read back."""

    def look_up(self, ledger: Ledger, target: Target) -> Done | Doubtful | None:
        """Find out whether an unanswered send took effect; None proves that it did not."""


class ContactEffect:
    """A supplier or customer is created, known again by the code of our own making."""

    def watermark(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Find the contact by our code."""
        return self.look_up(ledger, target) or frozenset()

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Create it."""
        return Done(0, ledger.insert_contact(target.kind, to_contact(target.payload)))

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """Find it by our code."""
        found = ledger.find_contact(target.kind, target.payload["code"])
        return Done(0, found.remote_id) if found else None


class DocumentEffect:
    """A purchase or sales invoice is entered with all its lines in one insert."""

    def watermark(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Take the ids that are there, which is at the same time the look for the same document."""
        wanted = to_document(target.payload, target.contact_id)
        there = ledger.documents(target.kind, target.contact_id)
        twin = next((each for each in there if is_same(each, wanted)), None)
        if twin is not None and not target.payload.get("anyway"):
            raise AlreadyThere(
                f"{_noun(target.kind)} {twin.number} in KashFlow has the same reference, date and total. Nothing was "
                "sent. Link this item to it, publish it anyway with a reason, or leave it."
            )
        return frozenset(each.remote_id for each in there)

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Enter it and read it back by its number."""
        wanted = to_document(target.payload, target.contact_id)
        number = ledger.insert_document(target.kind, wanted)
        try:
            entered = ledger.find_document(target.kind, number)
        except LedgerError as error:
            raise Unclear(f"{_noun(target.kind)} {number} was entered, but could not be read back yet.") from error
        if entered is None:
            raise Unclear(f"{_noun(target.kind)} {number} was entered, but cannot be found yet.")
        if (entered.net, entered.tax) != (wanted.net, wanted.tax):
            return Doubtful(f"{_noun(target.kind)} {number} was entered, but KashFlow shows other amounts. Look at it.")
        return Done(number, entered.remote_id)

    def look_up(self, ledger: Ledger, target: Target) -> Done | Doubtful | None:
        """Look for a document that was not there before, is nobody else's, and has our facts."""
        wanted = to_document(target.payload, target.contact_id)
        there = ledger.documents(target.kind, target.contact_id)
        new = [each for each in there if each.remote_id not in target.watermark | target.taken]
        same = [each for each in new if is_same(each, wanted)]
        if len(same) == 1:
            return Done(same[0].number, same[0].remote_id)
        if same:
            numbers = ", ".join(str(each.number) for each in same)
            return Doubtful(f"Several documents in KashFlow could be this one: {numbers}. Say which it is.")
        alike = next((each for each in new if is_alike(each, wanted)), None)
        if alike is not None:
            return Doubtful(
                f"{_noun(target.kind)} {alike.number} could be this one, but its amounts differ. Look at it."
            )
        return None


class PaymentEffect:
    """The document is marked as paid; our mark stands in the payment's note."""

    def watermark(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Take the payments that are there."""
        payments = ledger.payments(target.kind, target.number)
        ours = next((each for each in payments if each.note == target.payload["note"]), None)
        return Done(0, ours.remote_id) if ours else frozenset(each.remote_id for each in payments)

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Enter it."""
        return Done(0, ledger.insert_payment(target.kind, to_payment(target.payload, target.number)))

    def look_up(self, ledger: Ledger, target: Target) -> Done | Doubtful | None:
        """Look for a payment with our mark that was not there before."""
        found = self.watermark(ledger, target)
        return found if isinstance(found, Done) else None


class AttachmentEffect:
    """The document's file is attached; its name is unique to the item. Sales invoices cannot be asked for theirs."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def watermark(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Find the file when it is there already."""
        return self.look_up(ledger, target) or frozenset()

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Send the file and see whether KashFlow keeps it."""
        payload = target.payload
        content = self._fetch(payload["sha256"])
        ledger.attach(target.kind, NewAttachment(target.number, payload["filename"], payload["media_type"], content))
        if target.kind is Kind.SALE:
            return Done(0, 0)
        return self.look_up(ledger, target) or Doubtful(
            "KashFlow took the file but does not keep it: its account has no file store (Dropbox) connected."
        )

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """Find the file by its name; of a sales invoice nothing can be known, so it is sent once."""
        if target.kind is Kind.SALE:
            return None
        there = ledger.attachments(target.remote_id)
        found = next((each for each in there if each.filename == target.payload["filename"]), None)
        return Done(0, found.remote_id) if found else None


class NoteEffect:
    """The item's note is written beside the document."""

    def watermark(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Find the note when it is there already."""
        return self.look_up(ledger, target) or frozenset()

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Write it."""
        written_on = date.fromisoformat(target.payload["written_on"])
        ledger.insert_note(target.kind, target.remote_id, target.payload["text"], written_on)
        return Done(0, 0)

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """Find it by its text."""
        return Done(0, 0) if target.payload["text"] in ledger.notes(target.kind, target.remote_id) else None


def effects(fetch: Fetch) -> dict[StepKind, Effect]:
    """Give the effect of each kind of step."""
    return {
        StepKind.CONTACT: ContactEffect(),
        StepKind.DOCUMENT: DocumentEffect(),
        StepKind.PAYMENT: PaymentEffect(),
        StepKind.ATTACHMENT: AttachmentEffect(fetch),
        StepKind.NOTE: NoteEffect(),
    }


def _noun(kind: Kind) -> str:
    return "Purchase" if kind is Kind.COST else "Sales invoice"
