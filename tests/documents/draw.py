"""Draw papers as PDF files with a text layer: the same ones give the same bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta

from tests.documents.papers import INVOICES, Paper, pounds

FONTS = {"sans": "Helvetica", "bold": "Helvetica-Bold", "mono": "Courier", "serif": "Times-Roman"}
CHAR = {"mono": 0.6}  # width of a letter by its size, where all are alike


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


def draw_text(text: str) -> bytes:
    """Give a PDF with these lines, each letter in its place."""
    sheet = _Sheet(420)
    for line in text.splitlines():
        sheet.put(line)
        sheet.y += 15
    return _pdf([sheet])


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
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    fonts, kids = [], []
    for name, base in FONTS.items():
        objects.append(f"<</Type/Font/Subtype/Type1/BaseFont/{base}/Encoding/WinAnsiEncoding>>".encode())
        fonts.append(f"/{name} {len(objects)} 0 R")
    for sheet in sheets:
        height = max(sheet.y + 30, 842 if sheet.width > 300 else 0)
        kids.append(f"{len(objects) + 1} 0 R")
        box = f"[0 0 {sheet.width} {height:.0f}]"
        used = f"/Contents {len(objects) + 2} 0 R/Resources<</Font<<{' '.join(fonts)}>>>>"
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox{box}{used}>>".encode())
        content = _content(sheet, height)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode()
    return _assemble(objects)


def _content(sheet: _Sheet, height: float) -> bytes:
    lines = (
        f"BT /{font} {size} Tf {x:.1f} {height - y:.1f} Td ({_escape(text)}) Tj ET"
        for x, y, size, font, text in sheet.texts
    )
    return "\n".join(lines).encode("cp1252")


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
