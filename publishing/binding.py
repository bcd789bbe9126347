"""A PDF made of page pictures, each JPEG as it is on a page of its own, with what was read of it as unseen text.

Pure: nothing is decoded.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from capture.exports.pdf import as_windows
from capture.reading.model import Word

LONG_SIDE = 842  # points: a page is as long as A4, whatever the picture's pixels
FONT = "/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >> >>"
LETTER = 0.6  # the width of each of its letters, as a part of its size
_COLOURS = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start-of-frame markers
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length


class NoPicture(ValueError):
    """These bytes are no JPEG."""


@dataclass(frozen=True)
class Picture:
    """A JPEG with its size in pixels and its number of colours."""

    data: bytes
    width: int
    height: int
    colours: int


def bind_pages(pictures: Sequence[bytes], words: Sequence[Sequence[Word]] = ()) -> bytes:
    """Give a PDF with one page for each JPEG; with the words on each page it can be searched and copied from.

    Raises:
        NoPicture: one of them is none.
    """
    pages = [_measure(each) for each in pictures]
    kids = " ".join(f"{3 + 3 * at} 0 R" for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
    ]
    for at, (page, read) in enumerate(zip(pages, words or [()] * len(pages), strict=True)):
        objects += _page_objects(page, read, 3 + 3 * at)
    return _write(objects)


def _page_objects(page: Picture, words: Sequence[Word], number: int) -> Iterator[bytes]:
    scale = LONG_SIDE / max(page.width, page.height)
    width, height = page.width * scale, page.height * scale
    drawing = f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /P Do Q BT 3 Tr".encode()  # 3: text that nobody sees
    yield (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2f} {height:.2f}] /Contents {number + 1} 0 R "
        f"/Resources << {FONT} /XObject << /P {number + 2} 0 R >> >> >>"
    ).encode()
    written = b"\n".join([drawing, *(_text(word, width, height) for word in words if word.text), b"ET"])
    yield _stream("/Filter /FlateDecode ", zlib.compress(written))
    yield _stream(
        f"/Type /XObject /Subtype /Image /Width {page.width} /Height {page.height} /BitsPerComponent 8 "
        f"/ColorSpace /{_COLOURS[page.colours]} /Filter /DCTDecode ",
        page.data,
    )


def _text(word: Word, width: float, height: float) -> bytes:
    """Give what writes a word as wide and high as it stands on a page of this size."""
    box, size = word.box, max(word.box.height * height, 1)
    stretch = 100 * box.width * width / (LETTER * size * len(word.text))
    x, y = box.x * width, (1 - box.y - box.height) * height
    place = f"/T {size:.1f} Tf {stretch:.1f} Tz 1 0 0 1 {x:.1f} {y:.1f} Tm ("
    return place.encode() + re.sub(rb"([\\()])", rb"\\\1", as_windows(word.text)) + b") Tj"


def _stream(entries: str, data: bytes) -> bytes:
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (entries.encode(), len(data), data)


def _write(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _measure(data: bytes) -> Picture:
    """Read a JPEG's size from its frame header (ITU T.81, B.2.2)."""
    if not data.startswith(b"\xff\xd8\xff"):
        raise NoPicture("no JPEG")
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - every marker begins so
        marker = data[at + 1]
        if marker in _BARE or marker == 0xFF:  # noqa: PLR2004 - fill bytes
            at += 1 if marker == 0xFF else 2  # noqa: PLR2004
            continue
        if marker in _FRAMES and at + 10 <= len(data) and data[at + 9] in _COLOURS:
            height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
            if width and height:
                return Picture(data, width, height, data[at + 9])
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    raise NoPicture("a JPEG without a frame")
