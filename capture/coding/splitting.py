"""An item's lines under the rules: split by one, or those that were read; a person's lines are left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from capture.amounts.totals import Amounts, Line, SumsDisagree, TaxLine, adds_up, spread
from capture.history.events import Who, record
from capture.history.models import Actor
from capture.models import Item, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, put_lines, put_value, tax_lines_of
from core.errors import Incomplete
from rules.conditions import Facts
from rules.matching import Setting
from rules.splits import Part, SplitUnfit, split_total

LINES = "lines"  # the name under which it stands among an item's values who wrote its lines


def keep_read_lines(item: Item, lines: Sequence[Line]) -> None:
    """Write the lines that were read, and keep them, so that they can be brought back."""
    item.read_lines = [
        {name: str(value) if isinstance(value, Decimal) else value for name, value in vars(line).items()}
        for line in lines
    ]
    put_lines(item, lines, Layer.READING)


def restore_lines(item: Item) -> None:
    """Bring back the lines that were read, unless a person wrote other ones."""
    split = any(line.layer in {Layer.RULE, Layer.PARTY} for line in item.lines)
    if (split or item.read_lines) and not _are_a_persons(item):
        put_lines(item, as_lines(item.read_lines), Layer.READING)


def put_split(session: Session, item: Item, split: Setting, facts: Facts) -> bool:
    """Split an item into a rule's lines; tell whether that was done. Where it does not fit, the history says so."""
    if item.total is None or _are_a_persons(item):
        return False
    layer = Layer.PARTY if split.rule_id is None else Layer.RULE
    amounts = Amounts(item.net, item.tax, item.total, item.vat_rate)
    try:
        lines = split_lines(Whole(amounts, tax_lines_of(item)), split.value, facts)
    except (SplitUnfit, RatesUnknown) as error:
        record(session, item, Who(Actor.RULE, split.reason), "not split", detail={"problem": str(error)})
        return False
    put_lines(item, lines, layer)
    evidence = Evidence(layer, Origin.RULE, rule_id=split.rule_id, reason=split.reason)
    put_value(session, item, LINES, Edit("split"), evidence)
    return True


def _are_a_persons(item: Item) -> bool:
    marked = any(value.field == LINES and value.layer is Layer.PERSON for value in item.values)
    return marked or any(line.layer is Layer.PERSON for line in item.lines)


def as_lines(kept: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Give lines that were kept as plain values."""
    return [_as_line(line) for line in kept]


def _as_line(kept: Mapping[str, Any]) -> Line:
    numbers = {name: Decimal(kept[name]) for name in ("quantity", "unit_price") if kept.get(name) is not None}
    return Line(**{**kept, **numbers})


class RatesUnknown(Incomplete):
    """A split by which nobody can tell how much VAT is on each line."""

    code = "PUB-2"


@dataclass(frozen=True)
class Whole:
    """What is split: the amounts, and of a document with several VAT rates those of each."""

    amounts: Amounts
    tax_lines: Sequence[TaxLine]


def split_lines(whole: Whole, parts: Sequence[Mapping[str, Any]], facts: Facts) -> list[Line]:
    """Give the lines that a split comes to; shares are taken of each VAT rate by itself, fixed amounts of the total.

    Raises:
        SplitUnfit: the fixed amounts are more than the total, or the parts leave some of it.
        RatesUnknown: the VAT on the lines would not be that of the document.
    """
    amounts, total = whole.amounts, whole.amounts.total or 0
    has_amounts = any("amount" in part for part in parts)
    pieces = [(None, total)] if has_amounts else _by_rate(whole) or [(None, total)]
    lines = [_line(part, rate) for rate, gross in pieces for part in split_total(gross, parts, facts)]
    if None not in {amounts.net, amounts.tax} and not adds_up(amounts, lines, whole.tax_lines):
        text = "How much VAT is on each line cannot be told: the document shows several rates, or another one."
        raise RatesUnknown(f"{text} The item was not split.", field="split")
    return lines


def _by_rate(whole: Whole) -> list[tuple[str | None, int]]:
    """Give the gross of each VAT rate of a document with several; nothing where its amounts do not tell it."""
    amounts = whole.amounts
    if amounts.vat_rate is not None or None in {amounts.net, amounts.tax, amounts.total}:
        return []
    try:
        return [(line.vat_rate, line.net + line.tax) for line in spread(amounts, (), whole.tax_lines)]
    except SumsDisagree:
        return []


def _line(part: Part, rate: str | None) -> Line:
    return Line(
        description=part.description,
        amount=part.amount,
        vat_rate=rate or part.vat_rate,
        category_id=part.category_id,
        project_id=part.project_id,
        product_id=part.product_id,
    )
