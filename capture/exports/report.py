"""A report of items as a PDF: sums by category, every item, and the pages of their documents as we rendered them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from capture.exports.pdf import HEIGHT, WIDTH, Pdf, Sheet
from capture.exports.tables import by_category
from capture.models import Item, ItemPage
from capture.paper.sheets import picture_of, sheet_of
from capture.store import FileLost
from core.money import format_money

EDGE, LINE = 40, 14
COLUMNS = (("Net", 375), ("VAT", 445), ("Total", 555))
MOST_PICTURES = 400
TITLE_LENGTH = 58


@dataclass(frozen=True)
class Row:
    """One line of a table; net, VAT and total in hundredths."""

    name: str
    day: str
    currency: str
    amounts: tuple[int, int, int]


def make_report(items: Sequence[Item], title: str, lead: str, *, most_pictures: int = MOST_PICTURES) -> bytes:
    """Give the report of these items."""
    pdf = Pdf()
    sheet = pdf.add_sheet()
    sheet.write(EDGE, 60, title, size=18, bold=True)
    sheet.write(EDGE, 80, lead, size=10)
    sums = [Row(each.name, "", each.currency, each.amounts) for each in by_category(items)]
    sheet, y = _table(pdf, sheet, 115, "By category", sums)
    rows = [
        Row(item.party_name or "Unknown", _day(item), item.currency, (item.net or 0, item.tax or 0, item.total or 0))
        for item in items
    ]
    _table(pdf, sheet, y + 20, "Items", rows)
    places = [(item, page) for item in items for page in item.pages]
    _add_pictures(pdf, places[:most_pictures])
    if len(places) > most_pictures:
        left = f"Pages that are left out here: {len(places) - most_pictures}. Export fewer items, or a ZIP."
        pdf.add_sheet().write(EDGE, 60, left, size=10)
    return pdf.finish()


def _day(item: Item) -> str:
    return item.issued_on.strftime("%d/%m/%Y") if item.issued_on else ""


def _table(pdf: Pdf, sheet: Sheet, y: float, title: str, rows: Sequence[Row]) -> tuple[Sheet, float]:
    """Write a table from here on, over as many pages as it takes; give where it ends."""
    head = True
    for row in rows:
        if y > HEIGHT - 60:
            sheet, y, head = pdf.add_sheet(), 60, True
        if head:
            y = _head(sheet, y, title)
            head = False
        sheet.write(EDGE, y, row.name[:TITLE_LENGTH])
        sheet.write(285, y, row.day)
        for (_, x), amount in zip(COLUMNS, row.amounts, strict=True):
            sheet.write(x, y, format_money(amount, row.currency).replace("\N{NO-BREAK SPACE}", " "), to_end=True)
        y += LINE
    return sheet, y


def _head(sheet: Sheet, y: float, title: str) -> float:
    sheet.write(EDGE, y, title, size=11, bold=True)
    for name, x in COLUMNS:
        sheet.write(x, y, name, bold=True, to_end=True)
    sheet.rule(EDGE, y + 5, WIDTH - 2 * EDGE)
    return y + 5 + LINE


def _add_pictures(pdf: Pdf, places: Iterable[tuple[Item, ItemPage]]) -> None:
    for item, page in places:
        try:
            picture = picture_of(sheet_of(page))
        except FileLost:
            continue
        amount = format_money(item.total or 0, item.currency).replace("\N{NO-BREAK SPACE}", " ")
        with Image.open(BytesIO(picture), formats=["JPEG"]) as opened:
            size, is_colour = opened.size, opened.mode == "RGB"
            if not is_colour:
                out = BytesIO()
                opened.convert("RGB").save(out, "JPEG")
                picture = out.getvalue()
        pdf.add_picture(picture, size, f"{item.party_name or 'Unknown'}, {_day(item) or 'undated'}, {amount}")
