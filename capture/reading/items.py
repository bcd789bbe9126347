"""Line items: the goods between the head of the page and its sums; those whose amounts add up are the right ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

from capture.reading.amounts import Amount
from capture.reading.folding import any_of, fold
from capture.reading.layout import Line, Sheet, Span
from capture.reading.roles import Role, has_letters

_HEADS = any_of(
    r"""
    description|item|items|product|details|goods|qty|quantity|price|amount|each|net|total|unit|rate|disc|hours|charge
    bezeichnung|beschreibung|artikel|menge|preis|betrag|gesamtbetrag|produkt|designation|quantite|montant|omschrijving
    aantal|\w*prijs|bedrag|hoeveelheid|nombre|pos|vat|ust|sale|u/p|amt|totaal|gesamt|summe|anz|qte|\w*preis|prix
    """,
    before=r"(?<![a-z])",
    after=r"(?![a-z])",
)
_GOODS_HEAD = any_of(r"""
    description|\bitem|product|details|particulars|service|bezeichnung|beschreibung|artikel|designation|omschrijving
    qty|quantity|menge|quantite|aantal|unit price|\beach\b|\bprice\b
""")
_QUANTITY_HEAD = re.compile(r"\b(?:qty|quantity|menge|qte|quantite|aantal|nombre|hours|hoeveelheid|units|no of)\b")
_RATE_HEAD = re.compile(r"\b(?:vat|gst|tax|ust|tva|btw|mwst|steuer\w*)\b|%")
_UNIT_HEAD = re.compile(r"\b(?:price|each|unit|rate|preis|p\.?u\.?|prix|prijs|cost|einzelpreis|u/p)\b")
_UNIT_LINE = re.compile(r"^\W*(\d+(?:[.,]\d+)?)\s?(?:kg|g|l|m|pcs?|st)?\s?[x×@]\s?£?\s?\d+[.,]\d{2}(?:/\w+)?\W*$")
_TIMES = re.compile(r"(?<![\w.])(\d{1,4}(?:[.,]\d{1,3})?)\s?(?:kg|l|litres?)?\s?[x×@]\s?£?(\d+[.,]\d{2,3})")
_LEADING = re.compile(r"^\W*(?:(\d{1,3})\s?[x×]?\s+(?=[a-z])|\d{6,14}\s+)")
_PERCENT = re.compile(r"\((\d{1,2}(?:[.,]\d)?)\s?%\)")
_CARRIED = re.compile(r"carried|brought|forward|ubertrag|report\b|page total|continued")
_SUMS = {Role.TOTAL, Role.DUE, Role.SUBTOTAL, Role.NET, Role.TAX, Role.CARD, Role.CASH, Role.PAID, Role.CHANGE}
_ON_TOP = {Role.DISCOUNT, Role.SERVICE, Role.OTHER}
MOST_ENDS = 8  # places where the goods may end that are tried
MOST_EXTRAS = 5  # charges and discounts between goods and total that are tried


@dataclass(frozen=True)
class Item:
    """One line of goods, amounts in pence; what is not printed is None."""

    description: str
    span: Span
    amount: int | None
    quantity: str | None = None
    unit_price: int | None = None
    percent: str | None = None


@dataclass(frozen=True)
class _Row:
    line: Line
    amounts: tuple[Amount, ...]
    before: tuple[Line, ...]  # lines without amounts since the last row

    @property
    def role(self) -> Role:
        """Give what the row is called."""
        return next((each.role for each in self.amounts if each.label), Role.NONE)

    def taken(self, pick: int) -> Amount:
        """Give the amount at this place from the right, or the first where there are fewer."""
        return self.amounts[max(pick, -len(self.amounts))]


def find_items(sheet: Sheet, amounts: tuple[Amount, ...], targets: tuple[int, ...]) -> tuple[tuple[Item, ...], bool]:
    """Give the goods, and whether they add up to one of the targets (net or total, in pence, the likelier first)."""
    heads = [line for line in sheet.lines if _is_head(line, amounts)]
    rows = list(_rows(sheet, amounts, heads))
    if not rows:
        return tuple(_counted(sheet, heads)), False
    bought = [row for row in rows if row.role is not Role.DEPOSIT]  # without what was paid or owed before
    found = _goods(bought or rows, heads, targets)
    return found if found[1] or len(bought) == len(rows) else _goods(rows, heads, targets)


def _goods(rows: list[_Row], heads: list[Line], targets: tuple[int, ...]) -> tuple[tuple[Item, ...], bool]:
    ends = [index for index, row in enumerate(rows) if row.role in _SUMS][:MOST_ENDS] or [len(rows)]
    for target, end, pick in product(targets, ends, (-1, -2, -3)):
        some = _making(target - sum(row.taken(pick).pence for row in rows[:end]), rows[end:])
        if end and some is not None:
            goods = tuple(_item(row, pick, heads) for row in rows[:end])
            return goods + tuple(Item(each.label, each.span, _on_top(each)) for each in some), True
    return tuple(_item(row, -1, heads) for row in rows[: ends[0]]), False


def names_columns(line: Line) -> bool:
    """Tell whether the line has the heads of a table of goods."""
    return len(line.cells) > 1 and sum(bool(_HEADS.search(fold(cell.text))) for cell in line.cells) > 1


def _is_head(line: Line, amounts: tuple[Amount, ...]) -> bool:
    found = {match for cell in line.cells for match in _HEADS.findall(fold(cell.text))}
    short = len(line.text) < 110 and len(line.cells) > 1
    goods = _GOODS_HEAD.search(fold(line.text))
    return len(found) > 1 and short and bool(goods) and not any(amount.line is line for amount in amounts)


def _rows(sheet: Sheet, amounts: tuple[Amount, ...], heads: list[Line]) -> Iterator[_Row]:
    by_line: dict[int, list[Amount]] = {}
    for amount in amounts:
        by_line.setdefault(amount.line.number, []).append(amount)
    start = heads[0].number if heads else -1
    before: list[Line] = []
    for line in sheet.lines[start + 1 :]:
        here = by_line.get(line.number, [])
        if not here or line in heads or (len(here) == 1 and _UNIT_LINE.match(fold(line.text))):
            before.append(line)
        elif not _CARRIED.search(fold(line.text)):
            yield _Row(line, tuple(here), tuple(before))
            before = []


def _making(rest: int, rows: list[_Row]) -> tuple[Amount, ...] | None:
    """Give the fewest charges and discounts behind the goods that make up the rest to the target."""
    extras = [each for row in rows for each in row.amounts if each.label and each.role in _ON_TOP][:MOST_EXTRAS]
    for size in range(len(extras) + 1):
        for some in combinations(extras, size):
            if sum(_on_top(each) for each in some) == rest:
                return some
    return None


def _on_top(amount: Amount) -> int:
    return -abs(amount.pence) if amount.role is Role.DISCOUNT else amount.pence


def _item(row: _Row, pick: int, heads: list[Line]) -> Item:
    text = _description(row)
    times = next(
        (match for line in (row.line, *row.before[-2:]) for match in [_TIMES.search(fold(line.text))] if match), None
    )
    leading = _LEADING.match(fold(text))
    head = next(
        (head for head in reversed(heads) if head.number < row.line.number and head.page == row.line.page), None
    )
    quantity = times[1] if times else _under(row.line, head, _QUANTITY_HEAD, r"-?\d+(?:[.,]\d+)?")
    quantity = quantity or (leading[1] if leading else None)
    rate = _PERCENT.search(row.line.text)
    percent = rate[1] if rate else _under(row.line, head, _RATE_HEAD, r"\d{1,2}(?:[.,]\d{1,2})?(?=\s?%?$)")
    unit = _unit_price(row, head, pick)
    description = text[leading.end() :] if leading else text
    return Item(
        description.strip(" -·:|") or text,
        row.line.span,
        row.taken(pick).pence,
        _plain(quantity),
        unit,
        _plain(percent),
    )


def _unit_price(row: _Row, head: Line | None, pick: int) -> int | None:
    if len(row.amounts) < 2:
        return None
    taken = row.taken(pick)
    for amount in row.amounts:
        if amount is not taken and (_UNIT_HEAD.search(fold(amount.header)) or head is None):
            return amount.pence
    return None


def _description(row: _Row) -> str:
    """Give the words of the row, or those of the lines before it where it has none of its own."""
    first = row.amounts[0].span
    own = [cell.text for cell in row.line.cells if cell.left < first.left - 0.001 and has_letters(cell.text)]
    text = " ".join(own) if own else ""
    if row.amounts[0].span.text in text:
        text = text.split(row.amounts[0].span.text, maxsplit=1)[0]
    if has_letters(re.sub(r"[x×@]|\d", "", text)) and not _TIMES.match(fold(text)):
        return text
    above = [line.text for line in row.before if has_letters(line.text) and not _UNIT_LINE.match(fold(line.text))]
    return above[-1] if above else row.line.text


def _under(line: Line, head: Line | None, name: re.Pattern[str], shape: str) -> str | None:
    """Give what stands in this line under the head of that name, if it has the shape."""
    if head is None:
        return None
    for column in head.cells:
        if not name.search(fold(column.text)):
            continue
        for cell in line.cells:
            near = min(cell.right, column.right) - max(cell.left, column.left) > -column.height
            match = re.match(shape, cell.text)
            if near and match and len(match[0]) == len(cell.text.strip(" %")):
                return match[0]
    return None


def _counted(sheet: Sheet, heads: list[Line]) -> Iterator[Item]:
    """Give the goods of a paper without amounts (a delivery note): what has a number under the head of quantities."""
    for head in heads:
        if not any(_QUANTITY_HEAD.search(fold(cell.text)) for cell in head.cells):
            continue
        for line in sheet.lines[head.number + 1 :]:
            quantity = _under(line, head, _QUANTITY_HEAD, r"-?\d+(?:[.,]\d+)?")
            if quantity and has_letters(line.cells[0].text):
                yield Item(line.cells[0].text, line.span, None, _plain(quantity))
        return


def _plain(number: str | None) -> str | None:
    return number.replace(",", ".") if number else None
