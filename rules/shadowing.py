"""Which rules never come to anything: those that earlier ones cover, and those that nothing has needed for a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rules.conditions import as_list
from rules.matching import Coding

UNUSED_AFTER = timedelta(days=365)


@dataclass(frozen=True)
class Shadow:
    """That a rule is covered by an earlier one, in all that it sets."""

    rule: Coding
    by: Coding


def implies(narrow: Mapping[str, Any], wide: Mapping[str, Any]) -> bool:
    """Tell whether whatever meets the narrow conditions surely meets the wide ones; in doubt it says no."""
    return all(_part_implies(narrow, name, wanted) for name, wanted in wide.items())


def shadows(rules: Sequence[Coding]) -> list[Shadow]:
    """Give the rules that an earlier one covers: it fits wherever they do, and sets and publishes all that they do."""
    found = []
    for place, rule in enumerate(rules):
        by = next((earlier for earlier in rules[:place] if covers(earlier, rule)), None)
        if by is not None:
            found.append(Shadow(rule, by))
    return found


def covers(earlier: Coding, later: Coding) -> bool:
    """Tell whether nothing of the later rule is left behind the earlier one."""
    if later.auto_publish and not earlier.auto_publish:
        return False
    return set(later.sets) <= set(earlier.sets) and bool(earlier.when) and implies(later.when, earlier.when)


def is_unused(moments: Iterable[datetime | None], now: datetime) -> bool:
    """Tell whether the latest of these moments (when it was made, when it last set something) is a year ago."""
    known = [moment for moment in moments if moment is not None]
    return bool(known) and max(known) + UNUSED_AFTER < now


def _part_implies(narrow: Mapping[str, Any], name: str, wanted: Any) -> bool:  # noqa: ANN401 - JSON
    if name == "all":
        return all(isinstance(each, Mapping) and implies(narrow, each) for each in as_list(wanted))
    if name == "any":
        same = narrow.get("any") == wanted
        return same or any(isinstance(each, Mapping) and implies(narrow, each) for each in as_list(wanted))
    if any(isinstance(each, Mapping) and implies(each, {name: wanted}) for each in as_list(narrow.get("all", []))):
        return True
    return name in narrow and _IMPLIES.get(name, _within)(narrow[name], wanted)


def _within(given: object, wanted: object) -> bool:
    return all(each in as_list(wanted) for each in as_list(given))


def _same(given: object, wanted: object) -> bool:
    return given == wanted


_IMPLIES: dict[str, Callable[[Any, Any], bool]] = {
    "total_min": lambda given, wanted: given >= wanted,
    "total_max": lambda given, wanted: given <= wanted,
    "text": lambda given, wanted: all(any(wide in each for wide in as_list(wanted)) for each in as_list(given)),
    "not": _same,
    "field_text": _same,
    "vat_present": _same,
}
