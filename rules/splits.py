"""Splits of an item into fixed lines: how they are written, and what they come to. Pure but for names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.errors import Incomplete
from core.money import share, to_pounds
from rules.conditions import Facts
from rules.entries import PART_LISTS
from rules.lookup import Lookup
from rules.settings import fill
from rules.values import read_money, read_rate, read_template

WHOLE = 100  # per cent


@dataclass(frozen=True)
class Part:
    """One line of a split, with its amount in pence."""

    amount: int
    description: str = ""
    category_id: int | None = None
    project_id: int | None = None
    product_id: int | None = None
    vat_rate: str | None = None


class SplitUnfit(Incomplete):
    """A split whose fixed amounts are more than this total."""

    code = "PUB-2"


def parse_split(value: object, lookup: Lookup, place: str) -> list[dict[str, Any]]:
    """Read a split: shares that come to 100 per cent, or any parts beside one that takes the rest.

    Raises:
        Incomplete: it cannot add up, or a part cannot be used.
    """
    if not isinstance(value, list) or len(value) < 2:  # noqa: PLR2004 - one part is no split
        raise Incomplete("A split is a list of two parts or more.", field=place)
    parts = [_parse_part(part, lookup, place) for part in value]
    shared = sum(Decimal(part["share"]) for part in parts if "share" in part)
    rests = sum("share" not in part and "amount" not in part for part in parts)
    all_shares = all("share" in part for part in parts) and shared == WHOLE
    if not all_shares and (rests != 1 or shared > WHOLE):
        text = "The shares come to 100 per cent, or one part has neither share nor amount: it takes the rest."
        raise Incomplete(text, field=place)
    return parts


def _parse_part(given: object, lookup: Lookup, place: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise Incomplete("Each part of a split is an object.", field=place)
    unknown = sorted(str(name) for name in given if name not in _READERS and name not in PART_LISTS)
    if unknown:
        raise Incomplete(f"A part of a split has no “{unknown[0]}”.", field=place)
    if "share" in given and "amount" in given:
        raise Incomplete("A part of a split has a share or an amount, not both.", field=place)
    entries = {name: lookup.entry(PART_LISTS[name], given[name], place) for name in PART_LISTS if name in given}
    return entries | {name: read(given[name], place) for name, read in _READERS.items() if name in given}


def _read_share(value: object, place: str) -> str:
    hundredths = read_money(str(value).removesuffix("%"), place)
    if not 0 < hundredths <= WHOLE * 100:
        raise Incomplete("A share is more than 0 and at most 100 per cent, with two decimals.", field=place)
    return format((Decimal(hundredths) / 100).normalize(), "f")


def _read_amount(value: object, place: str) -> int:
    amount = read_money(value, place)
    if amount <= 0:
        raise Incomplete("An amount of a split is above nought.", field=place)
    return amount


_READERS: dict[str, Callable[[object, str], Any]] = {
    "share": _read_share,
    "amount": _read_amount,
    "vat_rate": read_rate,
    "description": lambda value, place: read_template(value, place, 500),
}


def split_total(total: int, parts: Sequence[Mapping[str, Any]], facts: Facts) -> tuple[Part, ...]:
    """Give the lines of a split; they add up to the total (pence) to the penny.

    Fixed amounts (pence) are taken as they are, on a credit with its sign; shares are percent of the total, rounded so
    that the shares up to each are right; a part with neither takes what is left.

    Raises:
        SplitUnfit: the fixed amounts are more than the total, or the parts leave some of it.
    """
    sign = -1 if total < 0 else 1
    amounts: list[int] = []
    shared = Decimal(0)
    for part in parts:
        before = share(total, shared)
        shared += Decimal(part.get("share", "0"))
        amounts.append(sign * part["amount"] if "amount" in part else share(total, shared) - before)
    rest = next((at for at, part in enumerate(parts) if "amount" not in part and "share" not in part), None)
    if rest is not None:
        amounts[rest] = total - sum(amounts)
    if sum(amounts) != total or any(amount * sign < 0 for amount in amounts):
        text = f"The split's fixed amounts are more than the total, {to_pounds(total)}. The item was not split."
        raise SplitUnfit(text, field="split")
    return tuple(_part(part, amount, facts) for part, amount in zip(parts, amounts, strict=True))


def _part(part: Mapping[str, Any], amount: int, facts: Facts) -> Part:
    return Part(
        amount=amount,
        description=fill(str(part.get("description", "")), facts),
        category_id=part.get("category"),
        project_id=part.get("project"),
        product_id=part.get("product"),
        vat_rate=part.get("vat_rate"),
    )
