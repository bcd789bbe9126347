"""What a new supplier is created with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from capture.coding import fill_item
from capture.reading.extract import read_documents
from publishing.payloads import freeze_contact
from tests.documents.written import page_of
from tests.factories.capture import ConnectionFactory, EntryFactory, ItemFactory

PAPER = (
    "Hollin Supplies Ltd\n4 Mill Lane\nOtley\nLS21 3AB\nTel 01943 555000\nsales@hollinsupplies.example\n"
    "VAT No. 541 7009 67\n\nInvoice no. 77    Date 01/02/2026\nTotal £12.00\n"
)


def test_a_new_supplier_is_created_with_what_its_paper_says(session: Session) -> None:
    connection = ConnectionFactory.create()
    item = ItemFactory.create(connection=connection)
    fill_item(session, item, read_documents((page_of(PAPER),))[0], PAPER)

    made = freeze_contact(item, EntryFactory.create(connection=connection, name="Hollin Supplies Ltd", remote_id=None))

    assert made["address"] == ["4 Mill Lane", "Otley"]
    assert {name: made[name] for name in ("name", "postcode", "phone", "email", "vat_number")} == {
        "name": "Hollin Supplies Ltd",
        "postcode": "LS21 3AB",
        "phone": "01943 555000",
        "email": "sales@hollinsupplies.example",
        "vat_number": "GB541700967",
    }
