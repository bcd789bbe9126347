"""Items as files: text stays text, names tell what is inside, and a report opens."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy.orm import Session

from auth.models import AuditEntry
from capture.exports.archive import file_name, write_zip
from capture.exports.report import make_report
from capture.exports.tables import as_csv, as_xlsx
from capture.intake.service import store
from capture.models import Item, ItemPage
from capture.paper.sheets import picture_key
from capture.submissions.models import Document, Submission
from capture.ways.models import Channel, ChannelKind
from kashflow.models import Connection
from tests.factories.capture import ItemFactory
from tests.pages import PageClient


def item_with_document(session: Session, supplier: str = "Alder & Co", data: bytes = b"%PDF-1.4 of ours") -> Item:
    """Make an item whose document is in the store, with the picture of its page."""
    item: Item = ItemFactory.create(
        supplier_name=supplier, issued_on=date(2026, 3, 2), net=10000, tax=2000, total=12000
    )
    connection = session.get_one(Connection, item.connection_id)
    digest = store().put(data).rpartition("/")[2]
    document = Document(
        organisation_id=connection.organisation_id, sha256=digest, media_type="application/pdf", size=len(data)
    )
    channel = Channel(organisation_id=connection.organisation_id, name="Web", kind=ChannelKind.WEB)
    item.submission = Submission(
        organisation_id=connection.organisation_id,
        connection_id=connection.id,
        channel=channel,
        document=document,
        filename="scan.PDF",
        size=len(data),
    )
    item.pages = [ItemPage(document=document, position=1, page=1)]
    picture = BytesIO()
    Image.new("L", (300, 400), 255).save(picture, "JPEG")
    store().put_made(picture_key(digest, 1), picture.getvalue())
    session.flush()
    return item


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1"])
def test_text_that_begins_like_a_formula_stays_text(session: Session, text: str) -> None:
    item = ItemFactory.create(supplier_name=text)
    rows = list(csv.reader(io.StringIO(as_csv([item]).decode("utf-8-sig"))))
    with zipfile.ZipFile(BytesIO(as_xlsx([item]))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()

    assert rows[1][4] == f"'{text}"
    assert "<f>" not in sheet
    assert session is not None


def test_an_archive_names_each_document_by_date_supplier_and_amount(session: Session) -> None:
    item = item_with_document(session, supplier="../Alder: & Co")
    out = BytesIO()
    write_zip([item, item], out)

    with zipfile.ZipFile(out) as packed:
        first, second = "2026-03-02 Alder & Co 120.00 GBP.pdf", "2026-03-02 Alder & Co 120.00 GBP (2).pdf"
        assert packed.namelist() == ["items.csv", first, second]
        assert packed.read(first) == b"%PDF-1.4 of ours"
    assert file_name(ItemFactory.create(supplier_name="")) == "undated unknown no total"


def test_a_report_has_sums_items_and_pages(session: Session) -> None:
    item = item_with_document(session)
    report = pypdfium2.PdfDocument(make_report([item] * 60, "Costs", "60 items"))
    texts = [page.get_textpage().get_text_bounded() for page in report]

    assert "£7,200.00" in texts[0]
    assert texts[0].count("Alder & Co") + texts[1].count("Alder & Co") == 60
    assert len(report) == 2 + 60
    assert "02/03/2026" in texts[-1]


def test_a_report_says_how_many_pages_it_leaves_out(session: Session) -> None:
    item = item_with_document(session)
    report = pypdfium2.PdfDocument(make_report([item] * 3, "Costs", "3 items", most_pictures=2))

    assert len(report) == 1 + 2 + 1
    assert "Pages that are left out here: 1." in report[3].get_textpage().get_text_bounded()


def test_an_export_is_noted_in_the_trail(signed_in: PageClient, session: Session) -> None:
    connection = session.query(Connection).first()
    assert connection is not None
    ItemFactory.create(connection_id=connection.id)
    session.commit()
    answer = signed_in.submit("/cost/export?tab=all", all="1", format="csv")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.cache_control.no_store
    assert session.query(AuditEntry).filter_by(what="exported items").one().detail == "1 costs as csv"


def test_d45_an_archive_holds_every_document_of_a_merged_item(session: Session) -> None:
    item = item_with_document(session, supplier="Alder")
    other = item_with_document(session, supplier="Birch", data=b"%PDF 2")
    item.pages.append(ItemPage(document=other.pages[0].document, position=2, page=1))
    out = BytesIO()
    write_zip([item], out)

    with zipfile.ZipFile(out) as packed:
        name = "2026-03-02 Alder 120.00 GBP"
        assert packed.namelist() == ["items.csv", f"{name}.pdf", f"{name} file 2.pdf"]
        assert packed.read(f"{name} file 2.pdf") == b"%PDF 2"
