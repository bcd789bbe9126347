"""Writing a plain PDF: lines of text in Helvetica, rules, and pages that are a JPEG. Nothing of others is taken in.

Lengths are points from the top left of an A4 page. Helvetica knows the letters of Windows-1252.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

WIDTH, HEIGHT = 595, 842
_FONTS = ("Helvetica", "Helvetica-Bold")
_WIDTHS = {**dict.fromkeys("0123456789£$€", 0.556), **dict.fromkeys(".,: ", 0.278), "-": 0.333}


_NEAR = str.maketrans("łŁđĐıħĦ\u2010\u2011\u2212\u2215", "lLdDihH---/")


@dataclass
class Sheet:
    """One page under way."""

    marks: list[str] = field(default_factory=list)
    picture: int | None = None

    def write(
        self, x: float, y: float, text: str, *, size: float = 9, bold: bool = False, to_end: bool = False
    ) -> None:
        """Write a line of text that begins (or, for amounts, ends) at x, with its foot at y."""
        if to_end:
            x -= sum(_WIDTHS.get(letter, 0.55) for letter in text) * size
        safe = as_windows(text).decode("latin-1")
        for letter in "\\()":
            safe = safe.replace(letter, f"\\{letter}")
        self.marks.append(f"BT /F{int(bold)} {size} Tf {x:.1f} {HEIGHT - y:.1f} Td ({safe}) Tj ET")

    def rule(self, x: float, y: float, width: float) -> None:
        """Draw a thin line to the right."""
        self.marks.append(f"0.8 G 0.5 w {x:.1f} {HEIGHT - y:.1f} m {x + width:.1f} {HEIGHT - y:.1f} l S 0 G")


class Pdf:
    """A PDF under way."""

    def __init__(self) -> None:
        self._sheets: list[Sheet] = []
        self._pictures: list[tuple[bytes, int, int]] = []

    def add_sheet(self) -> Sheet:
        """Begin a page."""
        self._sheets.append(Sheet())
        return self._sheets[-1]

    def add_picture(self, jpeg: bytes, size: tuple[int, int], title: str) -> None:
        """Add a page that shows a picture (RGB or grey JPEG of this size in pixels) under a title."""
        sheet = self.add_sheet()
        sheet.write(40, 36, title, size=9)
        room = (WIDTH - 80, HEIGHT - 90)
        scale = min(room[0] / size[0], room[1] / size[1])
        width, height = size[0] * scale, size[1] * scale
        place = f"{width:.1f} 0 0 {height:.1f} {(WIDTH - width) / 2:.1f} {HEIGHT - 50 - height:.1f}"
        sheet.marks.append(f"q {place} cm /Im Do Q")
        sheet.picture = len(self._pictures)
        self._pictures.append((jpeg, *size))

    def finish(self) -> bytes:
        """Give the whole file."""
        objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
        for font in _FONTS:
            said = f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>"
            objects.append(said.encode())
        pictures = []
        for jpeg, width, height in self._pictures:
            head = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB"
            objects.append(_stream(f"{head} /BitsPerComponent 8 /Filter /DCTDecode", jpeg))
            pictures.append(len(objects))
        kids = []
        for sheet in self._sheets:
            objects.append(_stream("", "\n".join(sheet.marks).encode("latin-1")))
            image = "" if sheet.picture is None else f" /XObject << /Im {pictures[sheet.picture]} 0 R >>"
            uses = f"<< /Font << /F0 3 0 R /F1 4 0 R >>{image} >>"
            page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Resources {uses}"
            objects.append(f"{page} /Contents {len(objects)} 0 R >>".encode())
            kids.append(f"{len(objects)} 0 R")
        objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
        return _assemble(objects)


def as_windows(text: str) -> bytes:
    """Give a text in Windows-1252; what that lacks in its plainest form: without accents, or "?" where it has none."""
    return b"".join(map(_letter, text))


def _letter(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", letter).translate(_NEAR)
        return "".join(each for each in plain if not unicodedata.combining(each)).encode("cp1252", "replace")


def _stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _assemble(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    return bytes(out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
