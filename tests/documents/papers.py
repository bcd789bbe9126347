"""Receipts and invoices of invented UK shops: what they say, and what a reader should find.

VAT numbers have right check digits and belong to nobody we know of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Layout = Literal["till", "cafe", "handy", "modern", "classic"]
RECEIPTS: tuple[Layout, ...] = ("till", "cafe", "handy")
INVOICES: tuple[Layout, ...] = ("modern", "classic")


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


def make_vat_number(seed: int) -> str:
    """Give nine digits whose check digits are right (HMRC's modulus 97)."""
    digits = f"{seed % 10_000_000:07d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True))
    return f"{digits}{97 - total % 97:02d}"


def pounds(pence: int) -> str:
    """Give pence as pounds with two decimals."""
    return f"{pence / 100:.2f}"


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
