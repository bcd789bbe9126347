"""PDF by pdfium: the words of the text layer with their places, and pages drawn as pictures."""

from __future__ import annotations

import ctypes
import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from math import pi

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from capture.reading.errors import LOCKED_PDF, Unreadable
from capture.reading.model import Box, Word
from capture.reading.pictures import Pixels
from capture.reading.plumber import plumb_words

LARGEST_SIDE = 14_400.0  # points; what the PDF standard allows
FINE = 64  # steps a point, where pdfium answers in whole numbers
WORD_GAP = 0.25  # of the letter height: a wider step to the next letter begins a new word
MOST_PICTURES = 50  # on a page that are looked at
LEAST_PICTURE = 0.002  # of the page's area; smaller ones hold no text
PALE = 240  # of 255: letters as light as this may be white on white
PALE_CHECK = 1000  # pixels, the long side of the drawing on which pale letters are looked for
CONTRAST = 40  # of 255, between the lightest and the darkest pixel of a word that can be seen
MOST_ATTACHMENTS = 20  # that are looked at
MOST_ASKED, LEAST_LETTERS, MOSTLY = 500, 20, 0.8  # letters of a page that tell how it lies
LOCKED = 4  # FPDF_ERR_PASSWORD
CODES, MOST_CODES = ("Cc", "Cn", "Co"), 0.05  # kinds of characters that nobody prints, and their share of a page


class _Look(Enum):
    """How a piece of text is drawn."""

    PLAIN = 1
    PALE = 2
    INVISIBLE = 3


@dataclass(frozen=True)
class _Letter:
    text: str
    left: float
    top: float
    right: float
    bottom: float
    pale: bool = False


class PdfFile:
    """An open PDF. Pages count from 1; sizes in points."""

    def __init__(self, document: pypdfium2.PdfDocument, data: bytes, password: str | None) -> None:
        self._document = document
        self._data = data
        self._password = password

    def __len__(self) -> int:
        return len(self._document)

    def words(self, number: int) -> tuple[Word, ...]:
        """Give the visible words of the page's text layer; a page whose text lies is turned upright for good."""
        page = self._page(number)
        text = page.get_textpage()
        try:
            seen: dict[int | None, _Look] = {}
            is_turned = _turn_upright(page, text)
            letters = list(_letters(text, page, seen))
            words = list(_join(letters, *page.get_size()))
        finally:
            text.close()
            page.close()
        if _are_codes(letters):  # where pdfplumber would see them as pdfium does; else the page is read as it looks
            is_plain = not is_turned and set(seen.values()) == {_Look.PLAIN}
            return plumb_words(self._data, number, self._password) if is_plain else ()
        if not any(pale for _, pale in words):
            return tuple(word for word, _ in words)
        drawn = self.draw(number, long_side=PALE_CHECK)
        return tuple(word for word, pale in words if not pale or _stands_out(drawn, word.box))

    def pictures(self, number: int) -> tuple[Box, ...]:
        """Give the places of the pictures on the page, the largest first, but for small ones and whole pages."""
        page = self._page(number)
        try:
            place, (width, height) = _placing(page), page.get_size()
            found = []
            for item in islice(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2), MOST_PICTURES):
                left, bottom, right, top = item.get_bounds()
                (x0, y0), (x1, y1) = place(left, top), place(right, bottom)
                x, y = max(min(x0, x1), 0.0), max(min(y0, y1), 0.0)
                found.append(
                    Box(x / width, y / height, min(abs(x1 - x0) / width, 1.0), min(abs(y1 - y0) / height, 1.0))
                )
            large = [box for box in found if box.width * box.height > LEAST_PICTURE]
            return tuple(sorted(large, key=lambda box: -box.width * box.height))
        except pypdfium2.PdfiumError:
            return ()
        finally:
            page.close()

    def draw(self, number: int, *, long_side: int) -> Pixels:
        """Draw the page, its long side so many pixels."""
        page = self._page(number)
        try:
            bitmap = page.render(scale=long_side / max(page.get_size()), rev_byteorder=True)
            return np.array(bitmap.to_numpy()[:, :, :3], dtype=np.uint8)
        finally:
            page.close()

    def size(self, number: int) -> tuple[float, float]:
        """Give width and height of the page in points, turned as it is shown."""
        page = self._page(number)
        try:
            width, height = page.get_size()
            return float(width), float(height)
        finally:
            page.close()

    def attached_xml(self) -> Iterator[bytes]:
        """Give the content of the XML files inside; e-invoices are among them."""
        for index in range(min(self._document.count_attachments(), MOST_ATTACHMENTS)):
            attachment = self._document.get_attachment(index)
            if attachment.get_name().lower().endswith(".xml"):
                yield bytes(attachment.get_data())

    def copy_open(self) -> bytes:
        """Give the whole PDF without encryption."""
        copy = io.BytesIO()
        try:
            self._document.save(copy, flags=pdfium.FPDF_REMOVE_SECURITY)
        except pypdfium2.PdfiumError as error:
            raise Unreadable("CAP-2", "The PDF is damaged and cannot be opened.") from error
        return copy.getvalue()

    def _page(self, number: int) -> pypdfium2.PdfPage:
        try:
            page = self._document[number - 1]
            width, height = page.get_size()
        except pypdfium2.PdfiumError as error:
            raise Unreadable("CAP-2", f"Page {number} of the PDF is damaged and cannot be opened.") from error
        if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
            raise Unreadable("CAP-1", f"Page {number} of the PDF has a size that no paper has.")
        return page


@contextmanager
def open_pdf(data: bytes, *, max_pages: int, password: str | None = None) -> Iterator[PdfFile]:
    """Open a PDF.

    Raises:
        Unreadable: damaged, locked with a password, without a page, or of too many pages.
    """
    try:
        document = pypdfium2.PdfDocument(data, password=password)
    except pypdfium2.PdfiumError as error:
        if error.err_code == LOCKED:
            words = LOCKED_PDF if password is None else "This password does not open the PDF."
            raise Unreadable("CAP-2", words) from error
        raise Unreadable("CAP-2", "The PDF is damaged and cannot be opened.") from error
    try:
        pages = len(document)
        if pages < 1:
            raise Unreadable("CAP-2", "The PDF has no page.")
        if pages > max_pages:
            raise Unreadable("CAP-1", f"The PDF has {pages} pages; up to {max_pages} are taken.")
        yield PdfFile(document, data, password)
    finally:
        document.close()


def unlock_pdf(data: bytes, *, max_pages: int, password: str) -> bytes:
    """Give a copy of a PDF that opens without its password.

    Raises:
        Unreadable: as ``open_pdf``, or the copy cannot be made.
    """
    with open_pdf(data, max_pages=max_pages, password=password) as file:
        return file.copy_open()


def _turn_upright(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage) -> bool:
    """Turn a page as most of its letters want it, where it is shown otherwise; tell whether it was turned."""
    some = range(min(text.count_chars(), MOST_ASKED))
    angles = [pdfium.FPDFText_GetCharAngle(text, index) for index in some]  # radians, clockwise; below 0: unknown
    quarters = Counter(-round(angle / (pi / 2)) % 4 for angle in angles if angle >= 0)
    wanted, letters = quarters.most_common(1)[0] if quarters else (0, 0)
    lies = letters >= LEAST_LETTERS and letters >= MOSTLY * quarters.total() and page.get_rotation() != 90 * wanted
    if lies:
        page.set_rotation(90 * wanted)
    return lies


def _letters(text: pypdfium2.PdfTextPage, page: pypdfium2.PdfPage, seen: dict[int | None, _Look]) -> Iterator[_Letter]:
    """Give the page's visible letters in the order of the file, points from the top left of the page as shown.

    ``seen`` is filled with how each piece of text is drawn.
    """
    place = _placing(page)
    box = pdfium.FS_RECTF()
    for index in range(text.count_chars()):
        letter = chr(pdfium.FPDFText_GetUnicode(text, index))
        if pdfium.FPDFText_IsGenerated(text, index):
            yield _Letter(" ", 0, 0, 0, 0)
            continue
        look = _look(text, index, seen)
        if look is _Look.INVISIBLE or not pdfium.FPDFText_GetLooseCharBox(text, index, box):
            continue
        (x0, y0), (x1, y1) = place(box.left, box.top), place(box.right, box.bottom)
        yield _Letter(letter, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), look is _Look.PALE)


def _look(text: pypdfium2.PdfTextPage, index: int, seen: dict[int | None, _Look]) -> _Look:
    """Tell whether the letter's text object is drawn at all (render mode 3 is text for searching only)."""
    item = pdfium.FPDFText_GetTextObject(text, index)
    key = ctypes.cast(item, ctypes.c_void_p).value
    if key not in seen:
        seen[key] = _look_of(item)
    return seen[key]


def _look_of(item: object) -> _Look:
    if pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
        return _Look.INVISIBLE
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    known = pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
    if known and alpha.value == 0:
        return _Look.INVISIBLE
    return _Look.PALE if known and min(red.value, green.value, blue.value) >= PALE else _Look.PLAIN


def _stands_out(drawn: Pixels, box: Box) -> bool:
    """Tell whether there is anything to see in that place."""
    height, width = drawn.shape[:2]
    rows = slice(int(box.y * height), int((box.y + box.height) * height) + 1)
    columns = slice(int(box.x * width), int((box.x + box.width) * width) + 1)
    part = drawn[rows, columns]
    return part.size > 0 and int(part.max()) - int(part.min()) > CONTRAST


def _placing(page: pypdfium2.PdfPage) -> Callable[[float, float], tuple[float, float]]:
    """Give the way from the page's own coordinates to points from the top left of the page as it is shown."""
    width, height = page.get_size()
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for point in ((0.0, 0.0), (1000.0, 0.0), (0.0, 1000.0)):
        shape = (0, 0, round(width * FINE), round(height * FINE), 0)
        pdfium.FPDF_PageToDevice(page, *shape, *point, ctypes.byref(x), ctypes.byref(y))
        corners.append((x.value / FINE, y.value / FINE))
    (ox, oy), (ax, ay), (bx, by) = corners
    ax, ay, bx, by = (ax - ox) / 1000, (ay - oy) / 1000, (bx - ox) / 1000, (by - oy) / 1000
    return lambda across, up: (ox + ax * across + bx * up, oy + ay * across + by * up)


def _are_codes(letters: Sequence[_Letter]) -> bool:
    """Tell whether the letters are codes of a font that does not say what they mean: digits come out as controls."""
    drawn = [each.text for each in letters if each.right > each.left]
    return sum(unicodedata.category(each) in CODES for each in drawn) > MOST_CODES * len(drawn)


def _join(letters: Sequence[_Letter], width: float, height: float) -> Iterator[tuple[Word, bool]]:
    word: list[_Letter] = []
    for letter in letters:
        blank = letter.text.isspace() or not letter.text.isprintable()
        if word and (blank or not _follows(word[-1], letter)):
            yield _word(word, width, height)
            word = []
        if not blank:
            word.append(letter)
    if word:
        yield _word(word, width, height)


def _follows(last: _Letter, letter: _Letter) -> bool:
    tall = max(last.bottom - last.top, 1.0)
    level = abs((letter.top + letter.bottom) - (last.top + last.bottom)) < tall
    joined = abs(letter.left - last.left) < 1 / FINE  # letters of one ligature share its box
    return level and (joined or -tall / 2 < letter.left - last.right < WORD_GAP * tall)


def _word(letters: list[_Letter], width: float, height: float) -> tuple[Word, bool]:
    left, right = min(each.left for each in letters), max(each.right for each in letters)
    top, bottom = min(each.top for each in letters), max(each.bottom for each in letters)
    box = Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
    text = unicodedata.normalize("NFKC", "".join(each.text for each in letters))
    return Word(text, box), any(each.pale for each in letters)
