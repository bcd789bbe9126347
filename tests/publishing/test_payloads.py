"""What a new supplier is created with, and what stands on the lines of a document."""

from __future__ import annotations

from sqlalchemy.orm import Session

from capture.coding.making import fill_item
from capture.reading.extract import read_documents
from kashflow.ledger import ListKind
from lists.service import find_names
from publishing.payloads import freeze_contact, freeze_document
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


def test_h20_an_account_code_among_the_products_is_not_sent_as_a_product(session: Session) -> None:
    connection = ConnectionFactory.create()
    code = EntryFactory.create(connection=connection, list_kind=ListKind.PRODUCTS, name="Shelf sales")
    shelf = EntryFactory.create(connection=connection, list_kind=ListKind.PRODUCTS, name="Oak shelf", parent_id=code.id)
    item = ItemFactory.create(connection=connection, ready=True)

    sent = []
    for entry in (code, shelf):
        item.product_id = entry.id
        (line,) = freeze_document(session, item, connection, "CF-1")["lines"]
        sent.append(str(line["product_id"]))

    assert sent == ["0", shelf.remote_id]
    assert find_names(session, connection.id, ListKind.PRODUCTS, "shelf") == ["Oak shelf"]
