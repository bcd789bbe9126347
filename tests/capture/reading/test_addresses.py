"""Whose address is whose."""

from __future__ import annotations

import pytest

from capture.reading.addresses import find_addresses, find_blocks
from capture.reading.extract import read_documents
from capture.reading.layout import lay_out
from tests.documents.written import page_of


def best(text: str, name: str) -> str | None:
    sheet = lay_out([page_of(text)])
    found = sorted(find_addresses(sheet, find_blocks(sheet), name), key=lambda each: -each[0].score)
    return found[0][0].value if found else None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Hollin Ltd\n4 Mill Lane\nOtley\nLS21 3AB\nTel 01943 555000", "4 Mill Lane, Otley, LS21 3AB"),
        ("Hollin Ltd · 4 Mill Lane · Otley LS21 3AB", "4 Mill Lane, Otley LS21 3AB"),
        ("Hollin Ltd\nCo. No. 07074100\n4 Mill Lane, Otley LS21 3AB", "4 Mill Lane, Otley LS21 3AB"),
        ("Hollin GmbH\nGerberweg 14\n31134 Hildesheim", "Gerberweg 14, 31134 Hildesheim"),
        ("Hollin B.V.\nHavenkade 9\n3512 AB Utrecht", "Havenkade 9, 3512 AB Utrecht"),
        ("Hollin Inc.\n200 Congress Ave\nAustin, TX 78701", "200 Congress Ave, Austin, TX 78701"),
        ("Hollin Ltd. Registered office: 4 Mill Lane, Otley, LS21 3AB", "4 Mill Lane, Otley, LS21 3AB"),
        ("Hollin Ltd\nScrews 4 31134\nTotal 12.00", None),
    ],
)
def test_an_address_is_read_under_or_beside_the_name(text: str, address: str | None) -> None:
    assert best(text, text.split("\n", maxsplit=1)[0].split(" ·", maxsplit=1)[0].split(".", maxsplit=1)[0]) == address


def test_of_two_addresses_each_side_has_its_own() -> None:
    text = (
        "Hollin Ltd                         Invoice no.  77\n4 Mill Lane\nOtley LS21 3AB\nTel 01943 555000\n\n"
        "Bill to\nCalder Ltd\n9 Weir Street\nHebden Bridge HX7 8AB\n\nTotal £12.00\n"
    )

    (reading,) = read_documents((page_of(text),))

    supplier, customer = (reading.fields[f"{side}_address"] for side in ("supplier", "customer"))
    assert (supplier.value, customer.value) == ("4 Mill Lane, Otley LS21 3AB", "9 Weir Street, Hebden Bridge HX7 8AB")
    assert supplier.box is not None
    assert customer.box is not None
    assert supplier.box.y + supplier.box.height < customer.box.y
