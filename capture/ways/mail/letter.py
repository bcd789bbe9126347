"""A mail's own text as a PDF: who, when, about what, and the words. Nothing else of a mail is taken in."""

from __future__ import annotations

import textwrap
from itertools import chain, islice

from capture.exports.pdf import HEIGHT, Pdf
from capture.ways.mail.parsing import Mail

MARGIN, SIZE, STEP = 40, 9, 12  # points
LETTERS = 85  # of a line; even capitals fit the page
LINES = (HEIGHT - 2 * MARGIN) // STEP


def write_letter(mail: Mail, *, pages: int) -> bytes:
    """Give a PDF of a mail, the same for the same mail; what does not fit on so many pages is left out."""
    pdf = Pdf()
    told = [f"From: {mail.head.sender}", f"Date: {mail.head.date}", f"Subject: {mail.head.subject}", ""]
    text = mail.text[: pages * LINES * LETTERS].splitlines()
    wrapped = (textwrap.wrap(line, LETTERS, break_on_hyphens=False) or [""] for line in [*told, *text])
    rest = islice(chain.from_iterable(wrapped), pages * LINES)
    while page := list(islice(rest, LINES)):
        sheet = pdf.add_sheet()
        for number, line in enumerate(page):
            sheet.write(MARGIN, MARGIN + number * STEP, line, size=SIZE)
    return pdf.finish()
