"""A reading in the making, with all its candidates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from capture.reading.amounts import Amount
from capture.reading.anchors import UNPROVEN, find_anchored, key_of
from capture.reading.candidates import Candidate, Choice, choose
from capture.reading.confidence import confidence_of
from capture.reading.items import Item
from capture.reading.layout import Sheet
from capture.reading.model import Anchor, Found, Origin
from capture.reading.parts import Part
from capture.reading.taxes import TaxRow


@dataclass
class Draft:
    """A reading in the making: its sheet, and for each field the winner and all its candidates."""

    sheet: Sheet
    part: Part
    amounts: tuple[Amount, ...]
    anchors: tuple[Anchor, ...] = ()
    rows: tuple[TaxRow, ...] = ()
    items: tuple[Item, ...] = ()
    fields: dict[str, Found] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)

    def put(self, name: str, candidates: Iterable[Candidate], *, nothing: float = 0.0) -> str | None:
        """Choose among the candidates, note the winner with its evidence, and give its value."""
        choice = choose((*candidates, *self.remembered(name)), nothing=nothing)
        if choice is None:
            return None
        self.choices[name] = choice
        winner = choice.winner
        self.fields[name] = self.found(winner, choice.share)
        return winner.value

    def remembered(self, name: str) -> tuple[Candidate, ...]:
        """Give the candidates that corrections to this supplier's papers add; to a sale's, this customer's."""
        if not self.anchors:
            return ()
        kind = self.fields.get("kind")
        named = ("customer",) if kind is not None and kind.value == "sale" else ("supplier", "vat_number")
        keys = {key_of(self.fields[each].value) for each in named if each in self.fields}
        own = (each for each in self.anchors if each.field == name and not keys.isdisjoint(each.known_as))
        return tuple(find_anchored(self.sheet, own))

    def found(self, winner: Candidate, share: float, *, origin: Origin | None = None) -> Found:
        """Give the value with its place and confidence; what one correction alone says is doubtful until proven."""
        span, anchor = winner.span, winner.anchor
        sure = confidence_of(share, span.confidence if span else 1.0, self.sheet.origin)
        if span is None:
            return Found(winner.value, sure, origin or Origin.COMPUTED, computed_from=("page",))
        found = Found(winner.value, sure, origin or self.sheet.origin, page=span.page, box=span.box)
        if anchor is None:
            return found
        sure = sure if anchor.is_proven else min(sure, UNPROVEN)
        return replace(found, confidence=sure, note=anchor.reason, anchor=anchor.number)


def explain(draft: Draft) -> str:
    """Give the candidates of each field with their scores, the winner first."""
    parts = []
    for name, choice in draft.choices.items():
        parts.append(f"{name}: {choice.winner.value!r} with {choice.share:.0%} of the odds")
        parts += [f"    {each.score:5.1f}  {each.value!r}: {each.why}" for each in choice.field[:8]]
    return "\n".join(parts)
