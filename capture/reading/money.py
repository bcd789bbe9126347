"""How amounts of money are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from capture.reading.folding import fold

MOST = 1_000_000_000_00  # pence; more is no amount but a number
_SYMBOL = r"£|€|\$|us\$|gbp|eur|usd|myr|rm|chf|inr|rs\.?|euro"
_NUMBER = r"\d{1,3}(?:[,.' ]\d{3})+[.,]\d{2}|\d+\s?[.,]\s?\d{2}|(?<![a-z])[.,]\d{2}"
_WHOLE = r"\d{1,3}(?:[,.']\d{3})+|\d{1,6}"
_UNIT = r"\s?(?:lit|ltr|kg|kwh|miles?\b|mi\b|km\b|hours?\b|hrs?\b|cm\b|mm\b|days?\b)"
_MONEY = re.compile(
    rf"(?P<open>\()?(?P<minus>[-+]\s?)?(?:(?<![a-z])(?P<before>{_SYMBOL})\s?)?(?P<inner>-\s?)?"
    rf"(?<![\d.,:/])(?P<number>{_NUMBER})(?![\d%:/]|[.,]\d|\s?%|\s?p(?:/|\b)|{_UNIT})(?P<close>\))?"
    rf"(?:\s?(?P<after>{_SYMBOL})(?![a-z]))?(?P<tail>\s?-(?=\s|$)|\s?cr\b)?"
)
_ROUND = re.compile(
    rf"(?P<open>\()?(?P<minus>-\s?)?(?<![a-z])(?P<before>{_SYMBOL})\s?(?P<inner>-\s?)?"
    rf"(?P<number>(?:{_WHOLE})(?:\.\d)?)(?![\d%:/]|[.,]\d|\s?[a-z]{{2}})(?P<close>\))?(?P<after>$^)?(?P<tail>\s?-(?=\s|$)|\s?cr\b)?"
    rf"|(?<![\d.,:/a-z-])(?P<number2>{_WHOLE})\s?(?P<after2>€|eur\b|euro\b)(?P<tail2>$^)?"
)
_MIXED_UP = re.compile(
    r"(?<![a-z0-9])[£$]?[\dol]*\d[\dol]*[.,][\dolsbc]{2}(?![a-z0-9])|(?<![a-z0-9])[ol]\.\d{2}(?![a-z0-9])"
)
_MIXUPS = str.maketrans({"o": "0", "l": "1", "s": "5", "b": "8", "c": "0"})


@dataclass(frozen=True)
class Money:
    """An amount in a text: its place there, in pence, and its currency's symbol (folded)."""

    start: int
    end: int
    pence: int
    symbol: str = ""


def find_money(text: str) -> Iterator[Money]:
    """Give the amounts in a text: with two decimals, or whole beside a currency."""
    folded = _MIXED_UP.sub(lambda match: match[0].translate(_MIXUPS), fold(text))
    taken: list[tuple[int, int]] = []
    found: list[Money] = []
    for pattern in (_MONEY, _ROUND):
        for match in pattern.finditer(folded):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            money = _money(match)
            if money:
                taken.append((match.start(), match.end()))
                found.append(money)
    yield from sorted(found, key=lambda each: each.start)


def _money(match: re.Match[str]) -> Money | None:
    groups = match.groupdict()
    number = groups["number"] or groups["number2"]
    pence = parse_number(number)
    if pence is None or pence > MOST:
        return None
    minus = "-" in ((groups["minus"] or "") + (groups["inner"] or "")) or groups["tail"]
    bracketed = groups["open"] and groups["close"]
    symbol = groups["before"] or groups["after"] or groups.get("after2") or ""
    start = match.start() + (1 if groups["open"] and not groups["close"] else 0)
    return Money(start, match.end(), -pence if minus or bracketed else pence, symbol.strip("."))


def parse_number(text: str) -> int | None:
    """Give the number in hundredths: the last separator before two digits is the decimal one.

    >>> parse_number("1.234,56"), parse_number("1,234"), parse_number("7.5"), parse_number("7.555")
    (123456, 123400, 750, 755500)
    """
    digits = re.sub(r"\s", "", text)
    match = re.fullmatch(r"(\d{1,3}(?:([,.'])\d{3})(?:\2\d{3})*|\d*)(?:[.,](\d{1,2}))?", digits)
    if not match or not re.search(r"\d", digits):
        return None
    whole = re.sub(r"\D", "", match[1])
    return int(whole or 0) * 100 + int((match[3] or "").ljust(2, "0"))


def pence(text: str) -> int:
    """Give a decimal string in pence."""
    return int(Decimal(text) * 100)


def pounds(pence: int) -> str:
    """Give pence as a decimal string."""
    sign = "-" if pence < 0 else ""
    return f"{sign}{abs(pence) // 100}.{abs(pence) % 100:02d}"
