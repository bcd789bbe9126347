"""PDFs: words in their places, what cannot be seen left out, and broken files refused in a sentence."""

import io

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from capture.reading.errors import Unreadable
from capture.reading.pdf import open_pdf
from tests.documents.draw import draw_pdf
from tests.documents.papers import HOSTING, TIMBER

GOOD = draw_pdf(HOSTING)


def words(data: bytes) -> list[str]:
    with open_pdf(data, max_pages=60) as file:
        return [word.text for number in range(1, len(file) + 1) for word in file.words(number)]


def with_content(extra: bytes) -> bytes:
    """The good document with some more drawn on its page; pdfium finds its way without the table of contents."""
    return GOOD.replace(b"\nendstream", b"\n" + extra + b"\nendstream", 1)


def test_words_stand_where_they_are_drawn() -> None:
    with open_pdf(draw_pdf(TIMBER), max_pages=1) as file:
        (total,) = [word for word in file.words(1) if word.text == f"£{TIMBER.expected['total']}"]

    assert 0.85 < total.box.x + total.box.width < 0.95
    assert 0.3 < total.box.y < 0.6


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("drawn", [b"1 0 0 1 0 0", b"0 1 -1 0 595 0", b"-1 0 0 -1 595 842", b"0 -1 1 0 0 842"])
def test_a_page_is_read_upright_however_it_lies(drawn: bytes, turned: int) -> None:
    document = pypdfium2.PdfDocument(GOOD.replace(b"stream\n", b"stream\n" + drawn + b" cm\n", 1))
    document[0].set_rotation(turned)
    lying = io.BytesIO()
    document.save(lying)

    with open_pdf(lying.getvalue(), max_pages=1) as file:
        (total,) = [word.box for word in file.words(1) if word.text == f"£{HOSTING.expected['total']}"]
        width, height = file.size(1)

    assert total.width * width > total.height * height
    assert sorted(words(lying.getvalue())) == sorted(words(GOOD))


@pytest.mark.parametrize(
    "hidden",
    [
        b"BT 3 Tr /sans 10 Tf 60 100 Td (9999.00) Tj ET",  # for searching only
        b"BT 1 1 1 rg /sans 10 Tf 60 100 Td (9999.00) Tj ET",  # white on white
    ],
)
def test_text_that_cannot_be_seen_is_left_out(hidden: bytes) -> None:
    assert "9999.00" not in words(with_content(hidden))
    assert HOSTING.reference in words(with_content(hidden))


def test_white_text_on_a_dark_bar_is_read() -> None:
    bar = b"0 0 0 rg 50 90 200 30 re f BT 1 1 1 rg /sans 10 Tf 60 100 Td (Quantity) Tj ET"

    assert "Quantity" in words(with_content(bar))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7\n", "damaged"),
        (GOOD[:300], "damaged"),
        (b"", "damaged"),
        (GOOD.replace(b"/Kids[7 0 R]/Count 1", b"/Kids[]/Count 0"), "damaged"),
    ],
)
def test_a_broken_file_is_refused_in_a_sentence(data: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        words(data)


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(Unreadable, match="1 pages; up to 0"), open_pdf(GOOD, max_pages=0):
        pass


@settings(max_examples=40, deadline=None)
@given(some.integers(0, len(GOOD) - 1), some.binary(min_size=1, max_size=8))
def test_a_damaged_file_gives_words_or_our_error(at: int, noise: bytes) -> None:
    try:
        found = words(GOOD[:at] + noise + GOOD[at + len(noise) :])
    except Unreadable:
        return
    assert all(word for word in found)
