"""A page to show for an e-invoice that has none: drawn from what was read in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from capture.reading.model import Box, Origin, Page, Reading, ReadLine, Word
from capture.reading.pictures import encode

WIDTH, SHORTEST = 1240, 1754  # pixels; A4 at 150 dots an inch
MARGIN, STEP, SIZE = 90, 38, 24
FONT = Path(__file__).parents[2] / "static" / "vendor" / "inter" / "inter-latin-wght-normal.woff2"
MOST_LINES = 300  # of the invoice that are drawn; the page stays a picture that can be shown
COLUMNS = (MARGIN, 700, 830, 980, 1150)  # left edge of the text, right edges of the numbers
HEADINGS = ("Description", "Quantity", "Price", "VAT %", "Amount")
LABELS = (
    ("supplier_address", ""),
    ("vat_number", "VAT number"),
    ("customer", "To"),
    ("customer_address", ""),
    ("reference", "Number"),
    ("date", "Date"),
    ("due_date", "Due"),
    ("order_number", "Order"),
)
SUMS = (("net", "Net"), ("tax", "VAT"), ("total", "Total"), ("amount_due", "Amount due"))


class _Sheet:
    """A page in the making: rows of text, and where each word went."""

    def __init__(self, rows: int) -> None:
        self.height = max(SHORTEST, 2 * MARGIN + STEP * rows)
        self.picture = Image.new("RGB", (WIDTH, self.height), "white")
        self.words: list[Word] = []
        self.row = 0
        self._draw = ImageDraw.Draw(self.picture)
        self._font = _font()

    def write(self, text: str, left: float) -> None:
        """Write from this place to the right, on the present row."""
        top = MARGIN + STEP * self.row
        for word in text.split():
            wide = self._font.getlength(word)
            if left + wide > WIDTH - MARGIN / 2:
                return
            self._draw.text((left, top), word, fill="black", font=self._font)
            self.words.append(Word(word, Box(left / WIDTH, top / self.height, wide / WIDTH, SIZE / self.height)))
            left += wide + SIZE / 3

    def write_left_of(self, text: str, right: float) -> None:
        """Write so that it ends at this place."""
        self.write(text, right - self._font.getlength(text))


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, SIZE)


def draw_einvoice(reading: Reading) -> tuple[Page, bytes]:
    """Give the page with its words, and its picture (JPEG)."""
    lines = reading.lines[:MOST_LINES]
    sheet = _Sheet(len(LABELS) + len(lines) + len(SUMS) + 8)
    values = {name: found.value for name, found in reading.fields.items()}
    sheet.write(values.get("supplier", ""), MARGIN)
    for name, label in LABELS:
        if name in values:
            sheet.row += 1
            sheet.write(f"{label} {values[name]}", MARGIN)
    sheet.row += 2
    _write_row(sheet, HEADINGS)
    for line in lines:
        sheet.row += 1
        _write_row(sheet, _cells(line))
    if len(reading.lines) > MOST_LINES:
        sheet.row += 1
        sheet.write(f"and {len(reading.lines) - MOST_LINES} lines more", MARGIN)
    sheet.row += 1
    for name, label in SUMS:
        if name in values:
            sheet.row += 1
            sheet.write(label, COLUMNS[1])
            sheet.write_left_of(f"{values.get('currency', '')} {values[name]}".strip(), COLUMNS[-1])
    sheet.row += 2
    sheet.write("Drawn from an e-invoice, which has no page of its own.", MARGIN)
    page = Page(1, WIDTH, sheet.height, tuple(sheet.words), Origin.E_INVOICE)
    return page, encode(np.asarray(sheet.picture))


def _cells(line: ReadLine) -> tuple[str, ...]:
    numbers = (line.quantity, line.unit_price, line.percent, line.amount)
    return (line.description[:44], *(number or "" for number in numbers))


def _write_row(sheet: _Sheet, cells: tuple[str, ...]) -> None:
    sheet.write(cells[0], COLUMNS[0])
    for cell, right in zip(cells[1:], COLUMNS[1:], strict=True):
        sheet.write_left_of(cell, right)
