"""Files that an upload may hold and that want to do harm, or are broken, made when asked for."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageDraw


def hostile_files() -> Iterator[tuple[str, bytes, str]]:
    """Give the name, the bytes and a few words of the refusal of each; no words: it is read like any other."""
    photo = picture("JPEG")
    yield "cut.jpg", photo[: len(photo) // 2], "damaged or cut off"
    yield "cut.png", picture("PNG")[:-3000], "damaged or cut off"
    yield "900-megapixels.png", png(30_000, 30_000), "too large"
    yield "claims-all-pixels.png", png(2**31 - 1, 2**31 - 1, rows=0), "too large"
    yield "claims-all-pixels.jpg", photo.replace(struct.pack(">HH", 1400, 600), b"\xff\xdc\xff\xdc"), "too large"
    yield "text-bomb.png", png(20, 30, text=100_000_000), "damaged or cut off"
    yield "many-pages.tif", picture("TIFF", save_all=True, append_images=[Image.new("1", (1, 1))] * 99), "100 pages"
    yield "header.pdf", b"%PDF-1.7\n", "damaged"
    yield "no-pages.pdf", pdf("<</Type/Pages/Kids[]/Count 0>>"), "damaged"
    yield "own-parent.pdf", pdf("<</Type/Pages/Kids[2 0 R]/Count 1>>"), "damaged"
    yield "million-pages.pdf", pdf(*page_tree(6)), "1000000 pages"
    yield "wide-page.pdf", pdf(*one_page("0 0 9 9 re f", box="0 0 1000000000 1000000000")), "no paper has"
    yield "calls-itself.pdf", pdf(*calls_itself(9)), "cannot be opened to its end"
    yield "locked.pdf", locked_pdf(), "needs a password"
    yield "runs-on-open.pdf", pdf(*one_page(text_of("Total 120.00")), more="/OpenAction<</S/Launch/F(calc.exe)>>"), ""
    yield "photo-and-zip.jpg", photo + b"PK\x03\x04" + bytes(500), ""


def picture(kind: str, *, size: tuple[int, int] = (600, 1400), **options: object) -> bytes:
    """Give a receipt in this format and size."""
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    letters = size[0] // 12
    for at, line in enumerate(("CORNER SHOP", "12/03/2026", "Bread 1.20", "Milk 1.10", "TOTAL 2.30")):
        draw.text((2 * letters, (2 + 2 * at) * letters), line, fill="black", font_size=letters)
    kept = io.BytesIO()
    page.save(kept, kind, **options)
    return kept.getvalue()


def png(width: int, height: int, *, rows: int | None = None, text: int = 0) -> bytes:
    """Give a picture of one bit a pixel, with a compressed text of so many letters before it."""
    row = bytes(1 + (width + 7) // 8) if rows != 0 else b""
    packer = zlib.compressobj()
    pixels = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b"")]
    if text:
        chunks.insert(1, (b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * text)))
    parts = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def pdf(*objects: str, more: str = "", trailer: str = "") -> bytes:
    """Give a PDF of these objects, the first being number 2: the page tree."""
    kept = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate((f"<</Type/Catalog/Pages 2 0 R{more}>>", *objects), start=1):
        places.append(len(kept))
        kept += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(places) + 1
    end = f"trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{len(kept)}\n%%EOF\n"
    return kept + f"xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode("latin-1")


def one_page(content: str, *, box: str = "0 0 595 842", resources: str = "") -> tuple[str, ...]:
    """Give the objects of a page with this content."""
    font = "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    return (
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R/Resources<<{font}{resources}>>>>",
        stream(content),
    )


def stream(content: str, more: str = "") -> str:
    """Give the object of a stream."""
    return f"<</Length {len(content)}{more}>>\nstream\n{content}\nendstream"


def text_of(*lines: str) -> str:
    """Give page content that shows these lines, large enough to count as a text layer."""
    return "".join(f"BT /F 14 Tf 60 {760 - 40 * at} Td ({line}) Tj ET\n" for at, line in enumerate(lines))


def page_tree(depth: int) -> tuple[str, ...]:
    """Give a page tree in which every node has the same child ten times."""
    nodes = [f"<</Type/Pages/Count {10 ** (depth - at)}/Kids[{f'{at + 3} 0 R ' * 10}]>>" for at in range(depth)]
    return (*nodes, f"<</Type/Page/Parent {depth + 1} 0 R/MediaBox[0 0 595 842]/Resources<<>>>>")


def calls_itself(depth: int) -> tuple[str, ...]:
    """Give a page that draws a form that draws another ten times, and so on."""
    page = one_page("/X Do", resources="/XObject<</X 5 0 R>>")
    form = "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X {} 0 R>>>>"
    forms = tuple(stream("/X Do " * 10, form.format(at + 6)) for at in range(depth))
    return (*page, *forms, stream("0 0 9 9 re f", "/Type/XObject/Subtype/Form/BBox[0 0 595 842]"))


def locked_pdf() -> bytes:
    """Give a PDF encrypted with a password that nobody knows."""
    key = "<" + "ab" * 32 + ">"
    lock = f"/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O {key}/U {key}>>/ID[<00><00>]"
    return pdf(*one_page(text_of("secret")), trailer=lock)


def pdf_with_password(password: str) -> bytes:
    """Give a PDF that opens with this password alone (RC4 of 40 bits, revision 2 of the standard handler)."""
    padded = (password.encode("latin-1") + PADDING)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)  # noqa: S324 - as the format has it
    key = hashlib.md5(padded + owner + struct.pack("<i", -4) + b"\0").digest()[:5]  # noqa: S324
    user = _rc4(key, PADDING)
    content = text_of("Corner Shop Ltd", "Invoice 4071", "14/03/2026", "Total 120.00").encode("latin-1")
    of_object = hashlib.md5(key + b"\x04\0\0\0\0").digest()[:10]  # noqa: S324 - object 4, generation 0
    sealed = _rc4(of_object, content).decode("latin-1")
    page = one_page("")
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{owner.hex()}>/U<{user.hex()}>>>/ID[<00><00>]"
    return pdf(page[0], page[1], stream(sealed), trailer=lock)


PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
