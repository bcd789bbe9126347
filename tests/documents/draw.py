"""Draw receipts and invoices of invented UK shops, as PDF and as photographs of paper.

    python -m tests.documents.draw docs/samples        # draws the samples anew

Everything follows from the arguments: the same ones give the same bytes. VAT numbers have right check digits and belong
to nobody we know of.
"""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pypdfium2
from PIL import Image, ImageChops, ImageFilter

Layout = Literal["till", "cafe", "handy", "modern", "classic"]
RECEIPTS: tuple[Layout, ...] = ("till", "cafe", "handy")
INVOICES: tuple[Layout, ...] = ("modern", "classic")
FONTS = {"sans": "Helvetica", "bold": "Helvetica-Bold", "mono": "Courier", "serif": "Times-Roman"}
CHAR = {"mono": 0.6}  # width of a letter by its size, where all are alike


@dataclass(frozen=True)
class Shop:
    """An invented firm."""

    name: str
    street: str
    town: str
    postcode: str
    vat_number: str
    phone: str = "01632 960123"


@dataclass(frozen=True)
class Item:
    """A line of goods: price in pence with VAT on receipts and without on invoices, VAT rate in percent."""

    description: str
    pence: int
    quantity: int = 1
    percent: int = 20

    @property
    def amount(self) -> int:
        """Give quantity times price."""
        return self.pence * self.quantity


@dataclass(frozen=True)
class Paper:
    """What is to be drawn."""

    shop: Shop
    items: tuple[Item, ...]
    layout: Layout = "till"
    issued_on: date = date(2026, 3, 14)
    reference: str = "40718"
    last4: str = "4242"
    customer: str = "Calder Bridge Studio Ltd"

    @property
    def vat(self) -> dict[int, tuple[int, int]]:
        """Give net and VAT in pence for each rate."""
        found = {}
        for percent in sorted({item.percent for item in self.items}, reverse=True):
            amount = sum(item.amount for item in self.items if item.percent == percent)
            if self.layout in INVOICES:
                found[percent] = (amount, round(amount * percent / 100))
            else:
                tax = round(amount * percent / (100 + percent))
                found[percent] = (amount - tax, tax)
        return found

    @property
    def expected(self) -> dict[str, str]:
        """Give what a reader should find."""
        net, tax = (sum(pair[side] for pair in self.vat.values()) for side in (0, 1))
        return {
            "document_type": "invoice" if self.layout in INVOICES else "receipt",
            "supplier": self.shop.name,
            "date": self.issued_on.isoformat(),
            "reference": self.reference,
            "currency": "GBP",
            "net": pounds(net),
            "tax": pounds(tax),
            "total": pounds(net + tax),
            "vat_number": f"GB{self.shop.vat_number}",
        }


@dataclass
class _Sheet:
    """A page in points with its texts, from the top down."""

    width: int
    texts: list[tuple[float, float, float, str, str]] = field(
        default_factory=list
    )  # x, y from the top, size, font, text
    y: float = 30

    def put(self, text: str, *, x: float = 20, size: float = 10, font: str = "mono", right: bool = False) -> None:
        """Write at this height; ``right`` lets it end there instead of beginning."""
        wide = len(text) * size * CHAR.get(font, 0.5)
        self.texts.append((x - wide if right else x, self.y, size, font, text))

    def row(self, left: str, right: str, *, font: str = "mono", size: float = 10) -> None:
        """Write a text and an amount on one line."""
        self.put(left, font=font, size=size)
        self.put(right, x=self.width - 20, font=font, size=size, right=True)
        self.y += size * 1.5


def draw_pdf(paper: Paper) -> bytes:
    """Give the paper as a PDF with a text layer."""
    sheet = _invoice(paper) if paper.layout in INVOICES else _receipt(paper)
    return _pdf([sheet])


def draw_pages(*papers: Paper) -> bytes:
    """Give the papers as the pages of one PDF with a text layer."""
    return _pdf([_invoice(paper) if paper.layout in INVOICES else _receipt(paper) for paper in papers])


def lay_beside(*papers: Paper, gap: int = 60) -> bytes:
    """Give papers that lie side by side as one JPEG; ``gap`` in pixels."""
    return _lay(papers, gap, across=True)


def lay_above(*papers: Paper, gap: int = 60) -> bytes:
    """Give papers that lie one above the other as one JPEG; ``gap`` in pixels."""
    return _lay(papers, gap, across=False)


def draw_text(text: str) -> bytes:
    """Give a PDF with these lines, each letter in its place."""
    sheet = _Sheet(420)
    for line in text.splitlines():
        sheet.put(line)
        sheet.y += 15
    return _pdf([sheet])


def draw_picture(paper: Paper, *, noise: int = 0, turned: float = 0.0, quality: int = 80) -> bytes:
    """Give the paper as a JPEG: ``noise`` from 0 (a clean scan) to 3 (a poor photograph), turned by so many degrees."""
    chance = random.Random(f"{paper.reference}{noise}")  # noqa: S311 - for looks
    document = pypdfium2.PdfDocument(draw_pdf(paper))
    page = document[0].render(scale=2.6).to_pil().convert("L")
    document.close()
    if noise:
        page = _photograph(page, chance, noise)
    if turned:
        page = page.rotate(turned, expand=True, fillcolor=230 if noise else 255, resample=Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    page.convert("RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _lay(papers: Sequence[Paper], gap: int, *, across: bool) -> bytes:
    pages = [Image.open(io.BytesIO(draw_picture(paper))) for paper in papers]
    widths, heights = [page.width for page in pages], [page.height for page in pages]
    between = gap * (len(pages) - 1)
    size = (sum(widths) + between, max(heights)) if across else (max(widths), sum(heights) + between)
    table = Image.new("RGB", size, (255, 255, 255))
    at = 0
    for page in pages:
        table.paste(page, (at, 0) if across else (0, at))
        at += gap + (page.width if across else page.height)
    buffer = io.BytesIO()
    table.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def make_vat_number(seed: int) -> str:
    """Give nine digits whose check digits are right (HMRC's modulus 97)."""
    digits = f"{seed % 10_000_000:07d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True))
    return f"{digits}{97 - total % 97:02d}"


def pounds(pence: int) -> str:
    """Give pence as pounds with two decimals."""
    return f"{pence / 100:.2f}"


def samples() -> dict[str, tuple[Paper, bytes]]:
    """Give the samples of the demonstration by file name."""
    return {
        "lantern-hill-coffee.jpg": (COFFEE, draw_picture(COFFEE, noise=1, turned=1.5)),
        "brackenfield-hardware.jpg": (HARDWARE, draw_picture(HARDWARE, noise=2, turned=-2)),
        "moss-and-finch-stationery.jpg": (STATIONERY, draw_picture(STATIONERY, noise=1)),
        "tarn-web-hosting.pdf": (HOSTING, draw_pdf(HOSTING)),
        "ashgrove-timber.pdf": (TIMBER, draw_pdf(TIMBER)),
    }


def _receipt(paper: Paper) -> _Sheet:
    sheet = _Sheet(260)
    shop = paper.shop
    day = {"till": "%d/%m/%Y", "cafe": "%d %b %Y", "handy": "%d-%m-%y"}[paper.layout]
    sheet.put(shop.name, size=15, font="bold")
    sheet.y += 22
    for line in (
        shop.street,
        f"{shop.town} {shop.postcode}",
        f"Tel {shop.phone}",
        f"VAT No. GB {_spaced(shop.vat_number)}",
    ):
        sheet.put(line)
        sheet.y += 14
    sheet.y += 8
    if paper.layout != "handy":
        sheet.row(f"Receipt no. {paper.reference}", f"{paper.issued_on:{day}} 11:42")
    for item in paper.items:
        lead = f"{item.quantity} x " if item.quantity > 1 else ""
        sheet.row(f"{lead}{item.description}", f"{pounds(item.amount)} {'A' if item.percent == 20 else 'Z'}")
    sheet.y += 6
    total = paper.expected["total"]
    sheet.row("TOTAL" if paper.layout != "cafe" else "Total to pay", f"£{total}", font="bold", size=13)
    sheet.row(f"VISA ****{paper.last4}", f"£{total}")
    sheet.y += 6
    for percent, (net, tax) in paper.vat.items():
        sheet.row(f"VAT {percent}%  net {pounds(net)}", f"VAT {pounds(tax)}")
    if paper.layout == "handy":
        sheet.row(f"Receipt no. {paper.reference}", f"{paper.issued_on:{day}} 11:42")
    sheet.put("Thank you for your custom")
    sheet.y += 30
    return sheet


def _invoice(paper: Paper) -> _Sheet:
    sheet = _Sheet(595)
    shop, modern = paper.shop, paper.layout == "modern"
    font = "sans" if modern else "serif"
    due = paper.issued_on + timedelta(days=30)
    sheet.put(shop.name, x=50, size=18, font="bold")
    sheet.put("INVOICE", x=430, size=18, font="bold")
    sheet.y += 26
    head = (
        ("Invoice no.", paper.reference),
        ("Invoice date", f"{paper.issued_on:%d %B %Y}"),
        ("Due date", f"{due:%d %B %Y}"),
    )
    for line, (label, value) in zip((shop.street, shop.town, shop.postcode), head, strict=True):
        sheet.put(line, x=50, font=font)
        sheet.put(label, x=360, font=font)
        sheet.put(value, x=440, font=font)
        sheet.y += 15
    sheet.y += 20
    for line in ("Invoice to", paper.customer, "12 Weir Street", "Hebden Bridge", "HX7 8AB"):
        sheet.put(line, x=50, font=font)
        sheet.y += 14
    sheet.y += 20
    columns = (("Description", 50), ("Qty", 300), ("Unit price", 380), ("VAT %", 450), ("Net", 540))
    for text, x in columns:
        sheet.put(text, x=x, font="bold", right=x > 50)
    sheet.y += 18
    for item in paper.items:
        cells = (item.description, str(item.quantity), pounds(item.pence), str(item.percent), pounds(item.amount))
        for (_, x), text in zip(columns, cells, strict=True):
            sheet.put(text, x=x, font=font, right=x > 50)
        sheet.y += 16
    sheet.y += 16
    net, tax, total = (paper.expected[name] for name in ("net", "tax", "total"))
    for label, amount in (("Net total", net), ("VAT", tax), ("Invoice total", total)):
        sheet.put(label, x=400, font="bold" if amount == total else font)
        sheet.put(f"£{amount}", x=540, font="bold" if amount == total else font, right=True)
        sheet.y += 16
    sheet.y = 780
    sheet.put(
        f"VAT registration GB {_spaced(shop.vat_number)}   Sort code 00-00-00   Account 12345678",
        x=50,
        size=8,
        font=font,
    )
    sheet.y = 812
    return sheet


def _spaced(number: str) -> str:
    return f"{number[:3]} {number[3:7]} {number[7:]}"


def _pdf(sheets: list[_Sheet]) -> bytes:
    """Write a PDF by hand: the standard fonts need no embedding."""
    names = list(FONTS)
    first = 3 + len(names)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    objects += [
        f"<</Type/Font/Subtype/Type1/BaseFont/{FONTS[name]}/Encoding/WinAnsiEncoding>>".encode() for name in names
    ]
    fonts = " ".join(f"/{name} {3 + index} 0 R" for index, name in enumerate(names))
    kids = []
    for sheet in sheets:
        height = max(sheet.y + 30, 842 if sheet.width > 300 else 0)
        lines = [
            f"BT /{font} {size} Tf {x:.1f} {height - y:.1f} Td ({_escape(text)}) Tj ET"
            for x, y, size, font, text in sheet.texts
        ]
        content = "\n".join(lines).encode("cp1252")
        page = len(objects) + 1
        kids.append(f"{page} 0 R")
        box = f"[0 0 {sheet.width} {height:.0f}]"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox{box}/Contents {page + 1} 0 R/Resources<</Font<<{fonts}>>>>>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    assert first <= len(objects) + 1
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode()
    return _assemble(objects)


def _assemble(objects: list[bytes]) -> bytes:
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _photograph(page: Image.Image, chance: random.Random, noise: int) -> Image.Image:
    """Lay the page on a table and take a picture: uneven light, grain, a soft lens."""
    margin = 40
    table = Image.new("L", (page.width + 2 * margin, page.height + 2 * margin), 150)
    table.paste(page.point(lambda value: 35 + value * 205 // 255), (margin, margin))
    light = Image.linear_gradient("L").resize(table.size).rotate(chance.uniform(-20, 20), fillcolor=128)
    shaded = ImageChops.multiply(table, light.point(lambda value: 255 - value * noise // 10))
    grain = np.random.default_rng(chance.randrange(1 << 30)).normal(0, 3 * noise, (table.height, table.width))
    grained = np.clip(np.asarray(shaded, dtype=np.float32) + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(grained).filter(ImageFilter.GaussianBlur(0.35 * noise))


COFFEE = Paper(
    Shop("Lantern Hill Coffee", "4 Packhorse Row", "Hexham", "NE46 1AA", make_vat_number(4071823)),
    (Item("Flat white", 360, 2), Item("Cheese scone", 325), Item("Soup and bread", 650)),
    layout="cafe",
    issued_on=date(2026, 3, 9),
    reference="7731",
)
HARDWARE = Paper(
    Shop("Brackenfield Hardware", "Unit 2 Mill Yard", "Skipton", "BD23 1AB", make_vat_number(5518040)),
    (Item("Masonry bit 8mm", 449), Item("Wood screws 5x60", 699, 2), Item("Gloves L", 525)),
    issued_on=date(2026, 3, 17),
    reference="208816",
    last4="1881",
)
STATIONERY = Paper(
    Shop("Moss & Finch Stationery", "31 Cloth Hall Street", "Huddersfield", "HD1 2EG", make_vat_number(2290467)),
    (Item("Copier paper A4", 549, 3), Item("Trade weekly", 550, percent=0), Item("Gel pens", 399)),
    layout="handy",
    issued_on=date(2026, 2, 26),
    reference="MF30412",
    last4="0077",
)
HOSTING = Paper(
    Shop("Tarn Web Hosting Ltd", "Old Bakery, Fell Road", "Kendal", "LA9 4AB", make_vat_number(7740915)),
    (Item("Managed server, March 2026", 6400), Item("Domain renewal", 1250, 2), Item("Support hour", 5800, 1)),
    layout="modern",
    issued_on=date(2026, 3, 2),
    reference="TWH-20931",
)
TIMBER = Paper(
    Shop("Ashgrove Timber Merchants LLP", "Canal Wharf", "Sowerby Bridge", "HX6 2AG", make_vat_number(3365128)),
    (
        Item("Sawn larch 47x150", 1180, 12),
        Item("Birch plywood 18mm", 6240, 4),
        Item("Guide to joints (book)", 1895, 1, 0),
    ),
    layout="classic",
    issued_on=date(2026, 2, 19),
    reference="SI-58204",
)
ALL = (COFFEE, HARDWARE, STATIONERY, HOSTING, TIMBER)


def vary(paper: Paper, number: int) -> Paper:
    """Give another paper of the same shop: other date, number and quantities."""
    items = tuple(replace(item, quantity=1 + (number + index) % 4) for index, item in enumerate(paper.items))
    issued = paper.issued_on + timedelta(days=7 * number)
    return replace(paper, items=items, issued_on=issued, reference=f"{paper.reference[:-2]}{(number * 7) % 100:02d}")


if __name__ == "__main__":
    for file_name, (_, content) in samples().items():
        (Path(sys.argv[1]) / file_name).write_bytes(content)
