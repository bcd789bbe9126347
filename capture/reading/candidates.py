"""Candidates for a field, and the choice among them.

A candidate's score is the logarithm of its odds: pieces of evidence add up, and the shares of the values that compete
follow from them. So the confidence of the winner already counts how good the others are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from capture.reading.layout import Span
from capture.reading.model import Anchor


@dataclass(frozen=True)
class Candidate:
    """One value that a field may have: where it stands, how good it is, why, and what remembered it."""

    value: str
    score: float
    why: str
    span: Span | None = None
    anchor: Anchor | None = None


@dataclass(frozen=True)
class Choice:
    """The winner of a field with its share of the odds, and all candidates, best first."""

    winner: Candidate
    share: float
    field: tuple[Candidate, ...]


def choose(candidates: Iterable[Candidate], *, nothing: float = 0.0) -> Choice | None:
    """Choose the value with the best odds; None when "it is not shown" (odds ``nothing``) is likelier.

    The same value found again makes it likelier, by less each time.
    """
    ranked = sorted(candidates, key=lambda each: -each.score)
    scores: dict[str, float] = {}
    repeats: dict[str, int] = {}
    for each in ranked:
        count = repeats[each.value] = repeats.get(each.value, 0) + 1
        if count == 1:
            scores[each.value] = each.score
        elif each.score > 0:
            scores[each.value] += min(each.score, 1.0) / count**2
    if not scores:
        return None
    value = max(scores, key=lambda name: scores[name])
    if scores[value] <= nothing:
        return None
    total = math.exp(nothing - scores[value]) + sum(math.exp(score - scores[value]) for score in scores.values())
    winner = next(each for each in ranked if each.value == value)
    choice = Choice(winner, 1 / total, tuple(ranked))
    return choice if winner.anchor is None else _credit(choice, nothing)


def _credit(choice: Choice, nothing: float) -> Choice:
    """Leave a value to what the page itself says where that would have chosen it without what was remembered."""
    own = choose((each for each in choice.field if each.anchor is None), nothing=nothing)
    return replace(choice, winner=own.winner) if own and own.winner.value == choice.winner.value else choice
