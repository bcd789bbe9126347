"""Which rules to propose: what a person corrected in the same way three times for one supplier or customer. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

NEEDED = 3
LEARNED = ("category", "vat_rate", "vat_treatment", "payment_method", "bank_account", "project", "product")


@dataclass(frozen=True)
class Correction:
    """That a person set a field of a document of this supplier or customer, in the place of something else."""

    party_id: int
    side: str
    field: str
    value: int | str  # an entry's id, or the text
    item_id: int


@dataclass(frozen=True)
class Suggestion:
    """A rule to propose: ``sets`` as rules have it, and the items whose corrections speak for it."""

    party_id: int
    side: str
    sets: dict[str, int | str]
    item_ids: tuple[int, ...]


def suggest(corrections: Iterable[Correction]) -> list[Suggestion]:
    """Propose for each party what its last three corrections of a field agree on.

    ``corrections`` are in the order in which the items came; one item counts once for each field.
    """

    def key(each: Correction) -> tuple[str, int]:
        return each.side, each.party_id

    proposed = []
    for (side, party_id), of_party in groupby(sorted(corrections, key=key), key=key):
        sets: dict[str, int | str] = {}
        items: set[int] = set()
        rows = list(of_party)
        for name in LEARNED:
            last = [each for each in rows if each.field == name][-NEEDED:]
            if len(last) == NEEDED and len({each.value for each in last}) == 1:
                sets[name] = last[0].value
                items.update(each.item_id for each in last)
        if sets:
            proposed.append(Suggestion(party_id, side, sets, tuple(sorted(items))))
    return proposed
