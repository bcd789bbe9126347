"""The pages of splitting and merging: whose items they take, and what is told when somebody was faster."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.editing import Edits, edit_item
from capture.history.events import Who
from capture.history.models import Actor
from capture.intake.service import Batch, File, receive
from capture.models import Item, ItemState
from capture.reader import read_one
from capture.review import Edit
from kashflow.ledger import Kind
from kashflow.service import get_connection
from tests.documents.draw import draw_pages, draw_pdf
from tests.documents.papers import HOSTING, TIMBER
from tests.factories.auth import MembershipFactory
from tests.factories.capture import ConnectionFactory, ItemFactory
from tests.pages import PageClient, text_of

pytestmark = pytest.mark.processes


@pytest.fixture
def item(session: Session, batch: Batch) -> Item:
    (received,) = receive([File("two.pdf", draw_pages(HOSTING, TIMBER))], batch)
    (item_id,) = read_one(received.id)
    return session.get_one(Item, item_id)


def followed(client: PageClient, address: str, **fields: str) -> str:
    return text_of(client.get(client.submit(address, **fields).location))


def test_d45_a_split_is_undone_unless_somebody_changed_its_parts_meanwhile(
    signed_in: PageClient, session: Session, item: Item
) -> None:
    answer = signed_in.submit(f"/items/{item.id}/split", proposed="1", version=str(item.version))
    part = session.get_one(Item, int(answer.location.rpartition("/")[2]))
    edit_item(session, part, Edits(values={"note": Edit("mine")}), Who(Actor.PERSON, "Jo"))
    session.commit()

    assert "Somebody else changed this meanwhile" in followed(signed_in, f"/regroupings/{part.made_by_id}/undo")
    page = signed_in.get(f"/items/{part.id}")
    seen = page.text.partition('name="edited" value="')[2].partition('"')[0]
    assert "The split was undone" in followed(signed_in, f"/regroupings/{part.made_by_id}/undo", edited=seen)


def test_an_item_that_was_changed_meanwhile_is_neither_split_nor_merged(
    signed_in: PageClient, session: Session, item: Item
) -> None:
    other = ItemFactory.create(connection_id=item.connection_id)
    session.commit()

    fields = {"version": "0", "page-1": "1", "page-2": "2"}
    assert "Somebody else changed this" in followed(signed_in, f"/items/{item.id}/split", **fields)
    data = {"csrf_token": signed_in.csrf_token(), "ids": [str(item.id), str(other.id)], f"version-{item.id}": "0"}
    assert "Somebody else changed this" in text_of(signed_in.get(signed_in.post("/merge", data=data).location))
    session.refresh(item)
    assert item.replaced_by_id is None


def test_what_cannot_be_split_or_merged_says_why_where_it_was_asked(
    signed_in: PageClient, session: Session, item: Item
) -> None:
    all_in_one = {"page-1": "1", "page-2": "1"}
    assert "All pages are in one document" in followed(signed_in, f"/items/{item.id}/split", **all_in_one)
    assert "garbled" in followed(signed_in, f"/items/{item.id}/split", region="1 1 nonsense")
    sale = ItemFactory.create(connection_id=item.connection_id, kind=Kind.SALE)
    session.commit()
    assert "A cost and a sale" in text_of(signed_in.get(f"/merge?ids={item.id}&ids={sale.id}"))
    item.state, item.ledger_number = ItemState.PUBLISHED, 1031
    session.commit()
    assert "is published; undo that first" in followed(signed_in, f"/items/{item.id}/split", **all_in_one)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_somebody_elses_item_or_one_of_another_connection_is_not_merged(
    signed_in: PageClient, session: Session, membership: Membership, method: str
) -> None:
    mine = ItemFactory.create(connection_id=get_connection(session, membership.organisation_id).id)
    elsewhere = ConnectionFactory.create(organisation_id=membership.organisation_id)
    foreign = get_connection(session, MembershipFactory.create().organisation_id)
    for other in (ItemFactory.create(connection_id=each.id) for each in (elsewhere, foreign)):
        session.commit()
        address, ids = "/merge", [str(mine.id), str(other.id)]
        form = {"csrf_token": signed_in.csrf_token(), "ids": ids} if method == "POST" else None
        asked = signed_in.open(address, method=method, data=form, query_string=None if form else {"ids": ids})
        assert asked.status_code == 404


def test_cap_5_keep_as_one_is_said_once(signed_in: PageClient, item: Item) -> None:
    page = followed(signed_in, f"/items/{item.id}/keep-as-one")

    assert "Looks like 2 documents" not in page
    assert "kept as one: it had looked like 2 documents" in page


def test_d45_a_merged_item_lets_each_of_its_files_be_downloaded(
    signed_in: PageClient, batch: Batch, item: Item
) -> None:
    (received,) = receive([File("timber.pdf", draw_pdf(TIMBER))], batch)
    (other_id,) = read_one(received.id)
    data = {"csrf_token": signed_in.csrf_token(), "ids": [str(item.id), str(other_id)]}

    made = signed_in.post("/merge", data=data).location

    last = signed_in.get(f"{made}/document?page=3")
    assert last.headers["Content-Disposition"] == "attachment; filename=timber.pdf"
    assert last.data == draw_pdf(TIMBER)
    assert signed_in.get(f"{made}/document").data == draw_pages(HOSTING, TIMBER)
    assert signed_in.get(f"{made}/document?page=4").status_code == 404
    assert signed_in.get(made).text.count("document?page=") == 2
