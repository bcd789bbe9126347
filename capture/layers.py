"""Which layer's value wins a field; precedence stands here, once.

A person, then rules, the supplier's or customer's own defaults, the channel, the reading, what was learned, and last
the connection's default, which only fills what the document leaves open. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from capture.models import Layer

ORDER = tuple(Layer)
SURE = frozenset({Layer.PERSON, Layer.RULE, Layer.PARTY})  # decided by somebody, not found on the page


class Layered(Protocol):
    """Anything that says what one layer thinks a field is."""

    @property
    def field(self) -> str:
        """The field's name."""

    @property
    def layer(self) -> Layer:
        """Who says so."""


Value = TypeVar("Value", bound=Layered)


def winners(values: Iterable[Value]) -> dict[str, Value]:
    """Give the winning value of each field."""
    best: dict[str, Value] = {}
    for value in values:
        kept = best.get(value.field)
        if kept is None or ORDER.index(value.layer) < ORDER.index(kept.layer):
            best[value.field] = value
    return best


def is_treated(best: Mapping[str, Layered]) -> bool:
    """Tell whether the item's VAT treatment holds: a stronger layer's own rate or amount of VAT outdoes it."""
    treatment = best.get("vat_treatment")
    stronger = (best[name] for name in ("vat_rate", "tax", "net") if name in best)
    return treatment is not None and all(ORDER.index(each.layer) >= ORDER.index(treatment.layer) for each in stronger)


def runners_up(values: Iterable[Value], field: str) -> list[Value]:
    """Give what the other layers say of a field, the strongest first: what it would have been otherwise."""
    ranked = sorted((value for value in values if value.field == field), key=lambda each: ORDER.index(each.layer))
    return ranked[1:]
