"""Which entry takes the place of one that is gone: by code, by name, then by the nearest spelling. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from rapidfuzz import fuzz

from lists.matching import ALIKE, core_of, plain


class Named(Protocol):
    """Anything with a code and a name."""

    @property
    def code(self) -> str | None:
        """Its code, where it has one."""

    @property
    def name(self) -> str:
        """Its name."""


Candidate = TypeVar("Candidate", bound=Named)


def suggest(gone: Named, candidates: Sequence[Candidate]) -> Candidate | None:
    """Give the candidate that most likely took the place of the one that is gone, or None."""
    same_name = [each for each in candidates if plain(each.name) == plain(gone.name)]
    same_code = [each for each in candidates if gone.code and each.code == gone.code]
    for found in ([each for each in same_code if each in same_name], same_name, same_code):
        if len(found) == 1:
            return found[0]
    ranked = sorted(candidates, key=lambda each: -fuzz.ratio(core_of(gone.name), core_of(each.name)))
    likely = ranked[:1] if ranked and fuzz.ratio(core_of(gone.name), core_of(ranked[0].name)) >= ALIKE else []
    return likely[0] if likely else None
