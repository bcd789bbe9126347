"""Text layers whose fonts do not say which letters their codes are, and pages where only the picture can tell."""

from __future__ import annotations

import io
import zlib

import pytest
from pdfminer.pdffont import TrueTypeFont
from PIL import ImageFont

from capture.reading.pdf import open_pdf
from capture.reading.plumber import plumb_words

SAID = "Invoice INV-77 Total 120.00"
FONT = ImageFont.load_default(20).path.getvalue()  # type: ignore[union-attr]
PLACE = b"1 0 0 1 60 700 Tm"


def codes_of(text: str) -> str:
    """Give a text as numbers of the font's glyphs, in hexadecimal."""
    letters = TrueTypeFont("own", io.BytesIO(FONT)).create_unicode_map().cid2unichr
    glyphs = {letter: glyph for glyph, letter in letters.items()}
    return "".join(f"{glyphs[letter]:04x}" for letter in text)


def make_pdf(content: bytes, font: bytes = FONT, *, rotated: int = 0) -> bytes:
    """Make a PDF whose font holds its letters, but has no table of them (ToUnicode)."""
    packed = zlib.compress(font)
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate %d /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>" % rotated,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /AB+Own /Encoding /Identity-H /DescendantFonts [6 0 R] >>",
        (
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AB+Own /DW 600 /CIDToGIDMap /Identity "
            b"/FontDescriptor 7 0 R /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
        ),
        (
            b"<< /Type /FontDescriptor /FontName /AB+Own /Flags 4 /FontBBox [0 -300 1000 1000] /ItalicAngle 0 "
            b"/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 /FontFile2 8 0 R >>"
        ),
        b"<< /Length %d /Length1 %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), len(font), packed),
    ]
    objects = b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(parts, start=1))
    return b"%PDF-1.7\n" + objects + b"trailer << /Root 1 0 R >>\n%%EOF"


def show(text: str, before: bytes = b"") -> bytes:
    return b"BT %s /F 14 Tf %s <%s> Tj ET" % (before, PLACE, codes_of(text).encode())


def test_letters_that_the_font_alone_knows_are_read_from_it_in_their_places() -> None:
    with open_pdf(make_pdf(show(SAID)), max_pages=1) as file:
        words = file.words(1)

    assert " ".join(word.text for word in words) == SAID
    assert words[0].box.x == pytest.approx(60 / 595, abs=0.01)
    assert words[0].box.y == pytest.approx((842 - 700 - 14) / 842, abs=0.02)


@pytest.mark.parametrize(
    "data",
    [
        make_pdf(show(SAID), font=b"no font"),
        make_pdf(show(SAID) + show("Total 999.00", before=b"3 Tr")),  # something unseen is among it
        make_pdf(show(SAID), rotated=90),
    ],
    ids=["no font", "unseen", "lies on its side"],
)
def test_where_the_font_cannot_tell_the_page_is_read_as_it_looks(data: bytes) -> None:
    with open_pdf(data, max_pages=1) as file:
        assert file.words(1) == ()


def test_what_is_no_pdf_has_no_words() -> None:
    assert plumb_words(b"%PDF-1.7 nothing of it", 1) == ()
