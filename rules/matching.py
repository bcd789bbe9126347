"""Which rule sets what: pure; facts in, settings with their reasons out.

Precedence between layers (a person, then rules, the reading ...) is capture's; here the first rule in the user's order
that fits and names a field wins that field, so two rules can each add theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rules.conditions import Facts, Test, compile_when, party_keys, pieces_of, text_needles
from rules.saying import because

LONGEST_REASON = 500
MOST_WORDS = 200_000  # that a rulebook remembers to speak for no rule


@dataclass(frozen=True)
class Coding:
    """A rule as it is evaluated: ``when``, ``sets`` and ``guards`` of rules.models.Rule."""

    id: int
    name: str
    when: Mapping[str, Any]
    sets: Mapping[str, Any]
    auto_publish: bool = False
    guards: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def test(self) -> Test:
        """The test that all its conditions hold."""
        return compile_when(self.when)

    def fits(self, facts: Facts) -> bool:
        """Tell whether all conditions hold; a rule without any fits nothing."""
        return bool(self.when) and self.test(facts)


@dataclass(frozen=True)
class Setting:
    """What a field is set to, by which rule (None: by a default), and why."""

    field: str
    value: Any
    rule_id: int | None
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What the rules make of an item: settings by field, and the first that fits and may publish by itself."""

    settings: Mapping[str, Setting]
    publisher: Coding | None = None

    @property
    def rule_ids(self) -> set[int]:
        """The rules that had a part in it."""
        ids = {setting.rule_id for setting in self.settings.values() if setting.rule_id is not None}
        return ids | ({self.publisher.id} if self.publisher else set())


class Rulebook:
    """A connection's rules in the user's order, each looked at only where it may fit.

    A rule for suppliers or customers is looked at for theirs, one for texts where a piece of its text occurs.
    """

    def __init__(self, rules: Iterable[Coding]) -> None:
        self.rules: Sequence[Coding] = tuple(rules)
        self._general: list[int] = []
        self._of_party: dict[tuple[str, int | str], list[int]] = {}
        self._of_piece: dict[str, list[int]] = {}
        self._of_word: dict[str, list[int]] = {}  # what was found out about words so far
        self._silent: set[str] = set()  # words that speak for no rule
        needles = [text_needles(rule.when) for rule in self.rules]
        common = Counter(piece for each in needles if each for needle in each for piece in pieces_of(needle))
        for place, rule in enumerate(self.rules):
            parties, texts = party_keys(rule.when), needles[place]
            if parties is not None:
                for key in parties:
                    self._of_party.setdefault(key, []).append(place)
            elif texts is not None:
                for needle in texts:
                    rarest = min(pieces_of(needle), key=lambda piece: (common[piece], piece))
                    self._of_piece.setdefault(rarest, []).append(place)
            else:
                self._general.append(place)

    def fitting(self, facts: Facts) -> Iterator[Coding]:
        """Give the rules that fit, in order."""
        own = {place for key in facts.party_keys for place in self._of_party.get(key, ())}
        if self._of_piece:
            for word in facts.words - self._silent:
                own.update(self._places_of(word))
        places = sorted(own.union(self._general)) if own else self._general
        return (self.rules[place] for place in places if self.rules[place].fits(facts))

    def _places_of(self, word: str) -> list[int]:
        """Give the rules that a word of a document may speak for; most words come again on other documents."""
        if word not in self._of_word:
            pieces = self._of_piece.keys() & pieces_of(word)
            if not pieces:
                if len(self._silent) >= MOST_WORDS:
                    self._silent.clear()
                self._silent.add(word)
                return []
            self._of_word[word] = [place for piece in pieces for place in self._of_piece[piece]]
        return self._of_word[word]

    def evaluate(self, facts: Facts) -> Verdict:
        """Give for each field the setting of the first rule that fits and names it."""
        settings: dict[str, Setting] = {}
        publisher = None
        for rule in self.fitting(facts):
            if rule.auto_publish and publisher is None:
                publisher = rule
            named = [name for name in rule.sets if name not in settings]
            reason = reason_of(rule, facts) if named else ""
            settings.update({name: Setting(name, rule.sets[name], rule.id, reason) for name in named})
        return Verdict(settings, publisher)


def reason_of(rule: Coding, facts: Facts) -> str:
    """Say why a rule set something: rule “Fuel”, because the supplier is Shell."""
    return f"rule “{rule.name}”, because {because(rule.when, facts)}"[:LONGEST_REASON]
