"""Amounts of money: how they are written, and where they stand with which words beside and above them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from capture.reading.folding import fold
from capture.reading.layout import Line, Sheet, Span
from capture.reading.roles import Role, role_of

MOST = 1_000_000_000_00  # pence; more is no amount but a number
_SYMBOL = r"£|€|\$|us\$|gbp|eur|usd|myr|rm|chf|inr|rs\.?|euro"
_NUMBER = r"\d{1,3}(?:[,.' ]\d{3})+[.,]\d{2}|\d+\s?[.,]\s?\d{2}|[.,]\d{2}"
_WHOLE = r"\d{1,3}(?:[,.']\d{3})+|\d{1,6}"
_MONEY = re.compile(
    rf"(?P<open>\()?(?P<minus>[-+]\s?)?(?:(?<![a-z])(?P<before>{_SYMBOL})\s?)?(?P<inner>-\s?)?"
    rf"(?<![\d.,:/])(?P<number>{_NUMBER})(?![\d%:/]|[.,]\d|\s?%|\s?p(?:/|\b))(?P<close>\))?"
    rf"(?:\s?(?P<after>{_SYMBOL})(?![a-z]))?(?P<tail>\s?-(?=\s|$)|\s?cr\b)?"
)
_ROUND = re.compile(
    rf"(?P<open>\()?(?P<minus>-\s?)?(?<![a-z])(?P<before>{_SYMBOL})\s?(?P<inner>-\s?)?"
    rf"(?P<number>{_WHOLE})(?![\d%:/]|[.,]\d|\s?[a-z]{{2}})(?P<close>\))?(?P<after>$^)?(?P<tail>\s?-(?=\s|$)|\s?cr\b)?"
    rf"|(?<![\d.,:/a-z-])(?P<number2>{_WHOLE})\s?(?P<after2>€|eur\b|euro\b)(?P<tail2>$^)?"
)
_MIXED_UP = re.compile(
    r"(?<![a-z0-9])[£$]?[\dol]*\d[\dol]*[.,][\dolsbc]{2}(?![a-z0-9])|(?<![a-z0-9])[ol]\.\d{2}(?![a-z0-9])"
)
_MIXUPS = str.maketrans({"o": "0", "l": "1", "s": "5", "b": "8", "c": "0"})
_NO_WORDS = re.compile(r"gbp|eur|usd|myr|gst|vat|mwst|tva|btw")
_FILLER = re.compile(r"\b(?:rm|gbp|eur|usd|myr)\b")


@dataclass(frozen=True)
class Amount:
    """An amount on the page, in pence, with the words that say what it is.

    ``label`` stands before it on the same line, ``header`` above it; ``symbol`` is the currency's as printed.
    """

    pence: int
    span: Span
    line: Line
    label: str
    header: str = ""
    symbol: str = ""
    column: int = 0
    tail: str = ""

    @property
    def role(self) -> Role:
        """Give what it is: by its own line, otherwise by the head of its column, unless the line is an item's."""
        if self.label or not self.bare_line:
            return role_of(self.label)
        return role_of(self.header)

    @property
    def bare_line(self) -> bool:
        """Tell whether its line has no words of its own (but for codes and rates), so that heads of columns count."""
        return not re.search(r"[a-z]{3}", _NO_WORDS.sub("", fold(self.line.text)))


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

    >>> parse_number("1.234,56"), parse_number("1,234"), parse_number("7.5")
    (123456, 123400, None)
    """
    digits = re.sub(r"\s", "", text)
    match = re.fullmatch(r"(\d{1,3}(?:([,.'])\d{3})(?:\2\d{3})*|\d*)(?:[.,](\d{2}))?", digits)
    if not match or not re.search(r"\d", digits):
        return None
    whole = re.sub(r"\D", "", match[1])
    return int(whole or 0) * 100 + int(match[3] or 0)


def find_amounts(sheet: Sheet) -> tuple[Amount, ...]:
    """Give every amount of the document with what it is called."""
    found: list[Amount] = []
    heads: list[Line] = []
    for line in sheet.lines:
        amounts = list(_line_amounts(line))
        if amounts:
            found += [_under(amount, heads, sheet) for amount in amounts]
        heads = _next_heads(heads, line, amounts=bool(amounts))
    return tuple(found)


def _next_heads(heads: list[Line], line: Line, *, amounts: bool) -> list[Line]:
    """Keep the last lines without amounts as possible heads of columns; rows of the table stand between."""
    if amounts:
        return heads
    near = [head for head in heads if head.page == line.page and line.number - head.number < 60]
    return [line, *near][:40]


def _under(amount: Amount, heads: list[Line], sheet: Sheet) -> Amount:
    """Add the head of its column: the nearest cell of letters above it on a line of several cells."""
    del sheet
    for head in heads:
        if head.page != amount.line.page or len(head.cells) < 2:
            continue
        for cell in head.cells:
            if _above(cell, amount.span) and re.search(r"[a-z]{2}|%", fold(cell.text)):
                text = _part_above(cell, amount.span)
                return Amount(
                    amount.pence,
                    amount.span,
                    amount.line,
                    amount.label,
                    text,
                    amount.symbol,
                    amount.column,
                    amount.tail,
                )
    return amount


def _above(cell: Span, span: Span) -> bool:
    shared = min(cell.right, span.right) - max(cell.left, span.left)
    return shared > 0.3 * min(span.right - span.left, cell.right - cell.left)


def _part_above(cell: Span, span: Span) -> str:
    """Give the words of a head that stand above the amount (several heads may have run into one cell)."""
    reach = 0.5 * (span.right - span.left) + span.height
    kept = [token.text for token in cell.tokens if token.right > span.left - reach and token.left < span.right + reach]
    return " ".join(kept) if len(cell.tokens) > 3 else cell.text


def _line_amounts(line: Line) -> Iterator[Amount]:
    label = ""
    column = 0
    for cell in line.cells:
        done = 0
        for money in find_money(cell.text):
            before = cell.text[done : money.start]
            if re.search(r"[a-z]{2}", _FILLER.sub("", fold(before))):
                label = before.strip(" :=-")
            span = cell.part(money.start, money.end)
            tail = cell.text[money.end :].strip()
            yield Amount(money.pence, span, line, label, "", money.symbol, column, tail[:12])
            column += 1
            done = money.end
            label = ""
        rest = cell.text[done:]
        if re.search(r"[a-z]{2}", _FILLER.sub("", fold(rest))) and (done == 0 or len(rest.strip()) > 3):
            label = rest.strip(" :=-")
