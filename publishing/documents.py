"""The effects on a document as a whole: entering it, sending its changes, and deleting it again."""

from __future__ import annotations

from collections.abc import Iterable

from core.money import format_money
from kashflow.ledger import Ledger, LedgerDocument, NewDocument
from publishing.effects import Done, Doubtful, NotToBeSent, Target, noun, reading_back
from publishing.mapping import has_facts, is_alike, is_same, is_unreferenced_twin, to_document


class DocumentEffect:
    """A purchase or sales invoice is entered with all its lines in one insert."""

    def prepare(self, ledger: Ledger, target: Target) -> Done | Doubtful | frozenset[int]:
        """Take the ids that are there, which is at the same time the look for the same document.

        One that was sent before may have come in after all: it is looked for first.
        """
        there = ledger.documents(target.kind, target.contact_id)
        if target.watermark is not None:
            late = _match(there, target)
            if late is not None:
                return late
        elif not target.payload.get("anyway"):
            _refuse_twin(there, target)
        return frozenset(each.remote_id for each in there)

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Enter it and read it back by its number."""
        wanted = to_document(target.payload, target.contact_id)
        number = ledger.insert_document(target.kind, wanted)
        name = f"{noun(target.kind)} {number}"
        with reading_back(f"{name} was entered"):
            entered = ledger.find_document(target.kind, number)
            is_new = entered is not None and entered.remote_id not in (target.watermark or ())
            if entered is None or not is_new or entered.contact_id != target.contact_id:
                text = f"KashFlow gave the number {number}, but has no such document of this item. Look for it there."
                return self.look_up(ledger, target) or Doubtful(text)
        if (entered.net, entered.tax) != (wanted.net, wanted.tax):
            return Doubtful(f"{name} was entered, but KashFlow shows other amounts. Look at it.", found=(entered,))
        return Done(number, entered.remote_id)

    def look_up(self, ledger: Ledger, target: Target) -> Done | Doubtful | None:
        """Look for a document that was not there before, is nobody else's, and has our facts."""
        return _match(ledger.documents(target.kind, target.contact_id), target)


class UpdateEffect:
    """Changes of a published item are sent to its document: by number, once that is known to be the same document."""

    def prepare(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """Compare number and id, and what is there with what we sent last (PUB-18)."""
        there = _get_same(ledger, target)
        if has_facts(there, _wanted(target)):
            return Done(there.number, there.remote_id)
        last = to_document(target.payload["last"], target.contact_id)
        if not target.payload.get("anyway") and (there.net, there.tax) != (last.net, last.tax):
            changed = f"from {format_money(last.net + last.tax)} to {format_money(there.net + there.tax)}"
            raise NotToBeSent(
                f"{noun(target.kind)} {there.number} was changed in KashFlow since it was published: its total went "
                f"{changed}. Nothing was sent. Accept theirs, or send ours.",
                code="PUB-18",
                found=(there,),
            )
        return frozenset()

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Send it whole and read it back."""
        ledger.update_document(target.kind, target.number, _wanted(target))
        with reading_back("The changes were sent"):
            done = self.look_up(ledger, target)
        text = "KashFlow took the changes but shows other amounts or lines. Look at it."
        return done or Doubtful(text, code="PUB-18")

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """See whether it has our facts; if not, the changes may be sent again without harm."""
        there = ledger.find_document(target.kind, target.number)
        is_ours = there is not None and there.remote_id == target.remote_id and has_facts(there, _wanted(target))
        return Done(target.number, target.remote_id) if is_ours else None


class DeletionEffect:
    """A published document is deleted again, by its id, and seen to be gone."""

    def prepare(self, ledger: Ledger, target: Target) -> Done | frozenset[int]:
        """See whether it is there."""
        return self.look_up(ledger, target) or frozenset()

    def send(self, ledger: Ledger, target: Target) -> Done | Doubtful:
        """Delete it; the answer proves nothing, so look."""
        ledger.delete_document(target.kind, target.remote_id)
        with reading_back("The deletion was sent"):
            gone = self.look_up(ledger, target)
        name = f"{noun(target.kind).lower()} {target.number}"
        text = f"KashFlow did not delete {name}; it is still there. Delete it in KashFlow, then undo again."
        return gone or Doubtful(text, code="PUB-20")

    def look_up(self, ledger: Ledger, target: Target) -> Done | None:
        """See whether it is gone; if not, it may be deleted again by its id without harm."""
        there = ledger.documents(target.kind, target.contact_id)
        if any(each.remote_id == target.remote_id for each in there):
            return None
        found = ledger.find_document(target.kind, target.number)  # it may be with another supplier by now
        return None if found is not None and found.remote_id == target.remote_id else Done()


def _wanted(target: Target) -> NewDocument:
    return to_document(target.payload["document"], target.contact_id)


def _get_same(ledger: Ledger, target: Target) -> LedgerDocument:
    there = ledger.find_document(target.kind, target.number)
    if there is None or there.remote_id != target.remote_id:
        raise NotToBeSent(
            f"{noun(target.kind)} {target.number} was deleted or renumbered in KashFlow since it was published. "
            "Nothing was sent. Undo the publish here to publish it anew.",
            code="PUB-18",
        )
    return there


def _match(there: Iterable[LedgerDocument], target: Target) -> Done | Doubtful | None:
    wanted = to_document(target.payload, target.contact_id)
    new = [each for each in there if each.remote_id not in (target.watermark or ())]
    others = target.others([each.remote_id for each in new])
    free = [each for each in new if each.remote_id not in others.linked]
    same = [each for each in free if is_same(each, wanted)]
    sure = target.watermark is not None or not target.payload.get("anyway")  # else it may be the twin from before
    if len(same) == 1 and sure and same[0].remote_id not in others.disputed:
        return Done(same[0].number, same[0].remote_id)
    if same:
        numbers = ", ".join(str(each.number) for each in same)
        text = f"In KashFlow, {numbers} could be this one. Say which it is, or that it is not there."
        return Doubtful(text, found=tuple(same))
    alike = tuple(each for each in free if is_alike(each, wanted))
    if alike:
        theirs, ours = (format_money(each.net + each.tax) for each in (alike[0], wanted))
        differs = (
            f"its total is {theirs}, not {ours}" if theirs != ours else "its reference is missing or its lines differ"
        )
        text = (
            f"{noun(target.kind)} {alike[0].number} in KashFlow could be this one, but {differs}. Nothing is sent "
            "again. Look at it there, then link this item to it, or say that it is not there."
        )
        return Doubtful(text, found=alike)
    return None


def _refuse_twin(there: Iterable[LedgerDocument], target: Target) -> None:
    wanted = to_document(target.payload, target.contact_id)
    same = [each for each in there if is_same(each, wanted)]
    if target.payload.get("marked"):
        marked = [each for each in there if is_unreferenced_twin(each, wanted)]
        linked = target.others([each.remote_id for each in marked]).linked
        same += [each for each in marked if each.remote_id not in linked]
    if same:
        raise NotToBeSent(
            f"{noun(target.kind)} {same[0].number} in KashFlow has the same reference, date and total. Nothing was "
            "sent. Link this item to it, publish it anyway with a reason, or cancel.",
            code="PUB-9",
            found=tuple(same),
        )
