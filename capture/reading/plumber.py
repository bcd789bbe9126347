"""PDF by pdfplumber: the words of a page whose letters pdfium cannot tell, only after pdfium has accepted the file."""

from __future__ import annotations

import io
import unicodedata

import pdfplumber
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from capture.reading.model import Box, Word

UNKNOWN = "(cid:"  # how a letter is given that has no name in the font either


def plumb_words(data: bytes, number: int, password: str | None = None) -> tuple[Word, ...]:
    """Give the words of a page, counted from 1, in fractions of it; none where these cannot be told either.

    A font without a table of its letters (ToUnicode) may still hold them; pdfium takes its codes for letters, pdfminer
    looks into it.
    """
    try:
        with pdfplumber.open(io.BytesIO(data), pages=[number], password=password) as file:
            page = file.pages[0]
            found, (left, top, right, bottom) = page.extract_words(), page.cropbox
    except (MalformedPDFException, PdfminerException):
        return ()
    if any(UNKNOWN in each["text"] for each in found):
        return ()
    width, height = right - left, bottom - top
    boxes = (
        Box(
            float((each["x0"] - left) / width),
            float((each["top"] - top) / height),
            float((each["x1"] - each["x0"]) / width),
            float((each["bottom"] - each["top"]) / height),
        )
        for each in found
    )
    return tuple(
        Word(unicodedata.normalize("NFKC", each["text"]), box)
        for each, box in zip(found, boxes, strict=True)
        if 0 <= box.x <= 1 and 0 <= box.y <= 1
    )
