"""Splitting and merging items, and taking it back (PRODUCT.md D45, CAP-5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.editing import AlreadyPublished, Edits, edit_item
from capture.history.events import Who, history_of
from capture.history.models import Actor
from capture.models import Item, ItemState
from capture.reader import reader
from capture.reading.model import Box
from capture.regrouping.models import Regrouping
from capture.regrouping.places import NotDivided, Place
from capture.regrouping.service import (
    CannotUndo,
    NotMerged,
    OnItsWay,
    get_items,
    items_made,
    keep_as_one,
    merge_items,
    split_item,
    undo_regrouping,
)
from capture.rereading import read_item
from capture.review import Edit, snapshot_of
from capture.service import Replaced
from capture.status import archive, restore
from capture.submissions.deeds import bring_back
from capture.submissions.finding import Ask, Row, find_page
from capture.submissions.items import items_of
from core.errors import NotFound
from kashflow.ledger import Kind
from tests.capture.regrouping.conftest import Send
from tests.documents.draw import draw_pages, draw_pdf
from tests.documents.einvoices import cii, pdf_with
from tests.documents.papers import COFFEE, HARDWARE, HOSTING, TIMBER
from tests.documents.pictures import lay_beside
from tests.factories.capture import ConnectionFactory, ItemFactory

pytestmark = pytest.mark.processes
JO = Who(Actor.PERSON, "Jo")


def read(session: Session, *items: Item) -> None:
    session.commit()
    for item in items:
        assert read_item(reader(), item.id)
    session.expire_all()


def facts(*items: Item) -> list[tuple[str | None, str | None]]:
    return [(item.supplier_name, None if item.total is None else f"{item.total / 100:.2f}") for item in items]


def expected(*papers: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - drawn papers
    return [(paper.expected["supplier"], paper.expected["total"]) for paper in papers]


def all_of(item: Item) -> dict[str, Any]:
    """Give everything that makes an item what it is."""
    values = sorted((value.field, value.layer, value.value, value.page, str(value.box)) for value in item.values)
    lines = [(line.description, line.amount) for line in item.lines]
    pages = [(page.document_id, page.page, page.region) for page in item.pages]
    state = (item.state, item.archived_at, item.deleted_at, item.replaced_by_id, item.notes, item.proposal)
    return {"fields": snapshot_of(item), "values": values, "lines": lines, "pages": pages, "state": state}


def regrouping_of(session: Session, item: Item) -> Regrouping:
    return session.get_one(Regrouping, item.made_by_id)


def test_d45_a_file_split_by_pages_gives_each_document_its_own_facts(session: Session, send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER, replace(HOSTING, reference="TWH-20932")))

    made = split_item(session, item, [[Place(1)], [Place(2)], [Place(3)]], JO)
    read(session, *made)

    assert facts(*made) == expected(HOSTING, TIMBER, HOSTING)
    assert [[page.page for page in each.pages] for each in made] == [[1], [2], [3]]
    assert {value.page for each in made for value in each.values if value.box} == {1}  # of the item, not of the file


def test_d45_a_picture_split_by_regions_gives_each_receipt_its_own_facts(session: Session, send: Send) -> None:
    (item,) = send(lay_beside(COFFEE, HARDWARE))
    halves = [[Place(1, Box(0, 0, 0.5, 1))], [Place(1, Box(0.5, 0, 0.5, 1))]]

    made = split_item(session, item, halves, JO)
    read(session, *made)

    assert facts(*made) == expected(COFFEE, HARDWARE)
    assert {value.page for each in made for value in each.values if value.box} == {1}


def test_d45_pages_and_regions_split_together_and_a_region_once_more(session: Session, send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))
    top, foot = Box(0, 0, 1, 0.5), Box(0, 0.5, 1, 0.5)

    whole, upper, lower = split_item(session, item, [[Place(1)], [Place(2, top)], [Place(2, foot)]], JO)
    read(session, whole, upper, lower)
    (first, _) = split_item(session, upper, [[Place(1, top)], [Place(1, foot)]], JO)

    assert facts(whole) == expected(HOSTING)
    assert [page.region for page in lower.pages] == [[0, 0.5, 1, 0.5]]
    assert [page.region for page in first.pages] == [[0, 0, 1, 0.25]]


def test_d45_a_page_is_left_out_by_splitting(session: Session, send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))

    (made,) = split_item(session, item, [[Place(1)]], JO)
    read(session, made)

    assert facts(made) == expected(HOSTING)


def test_d45_undoing_a_split_restores_the_item_exactly(session: Session, send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))
    edit_item(session, item, Edits(values={"reference": Edit("by hand")}), JO)
    session.refresh(item)
    before = all_of(item)

    made = split_item(session, item, [[Place(1)], [Place(2)]], JO)
    read(session, *made)
    assert item.deleted_at is not None
    undo_regrouping(session, regrouping_of(session, made[0]), JO)
    session.commit()
    session.refresh(item)

    assert all_of(item) == before
    assert all(each.deleted_at and each.replaced_by_id == each.made_by_id for each in made)
    assert [event.what for event in history_of(session, item)][:2] == ["brought back", "split"]
    assert history_of(session, made[0])[0].what == "taken back"


def test_d45_a_split_after_editing_leaves_the_edits_to_the_item_that_was_split(session: Session, send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))
    edit_item(session, item, Edits(values={"total": Edit("9.99"), "kind": Edit("sale")}), JO)

    made = split_item(session, item, [[Place(1)], [Place(2)]], JO)
    read(session, *made)

    assert [total for _, total in facts(*made)] == [total for _, total in expected(HOSTING, TIMBER)]
    assert {each.kind for each in made} == {Kind.SALE}  # which is the batch's, not the page's
    assert item.total == 999


def test_d45_items_merge_into_one_with_all_pages_and_undo_restores_both(session: Session, send: Send) -> None:
    one, other = send(draw_pdf(HOSTING), draw_pdf(TIMBER))
    edit_item(session, one, Edits(values={"note": Edit("for the shed"), "total": Edit("1.00")}), JO)
    session.refresh(one)
    before = [all_of(one), all_of(other)]

    made = merge_items(session, [one, other], JO)
    read(session, made)

    assert [page.document_id for page in made.pages] == [each.pages[0].document_id for each in (one, other)]
    assert (made.note, made.total != 100) == ("for the shed", True)
    undo_regrouping(session, regrouping_of(session, made), JO)
    session.commit()
    for item in (one, other):
        session.refresh(item)
    assert [all_of(one), all_of(other)] == before


def test_d45_merged_with_its_delivery_note_an_e_invoice_keeps_its_exact_values(session: Session, send: Send) -> None:
    shown = ("Kestrelford Supplies Ltd", "Invoice KF-31882 of 14 March 2026", "Net 100.00", "VAT 20.00", "Total 120.00")
    invoice, note = send(pdf_with(cii(), *shown), draw_pdf(TIMBER))

    made = merge_items(session, [note, invoice], JO)
    read(session, made)

    exact = {value.field: (value.value, value.page) for value in made.values if value.origin == "e-invoice"}
    assert (exact["total"], exact["reference"], exact["due_date"][0]) == (("120.00", 2), ("KF-31882", 2), "2026-04-13")
    assert facts(made) == [("Kestrelford Supplies Ltd", "120.00")]
    assert [line.description for line in made.lines] == [line.description for line in invoice.lines]


def test_d45_without_all_of_its_pages_an_e_invoice_is_read_from_what_is_left(session: Session, send: Send) -> None:
    (invoice,) = send(pdf_with(cii(), "Kestrelford Supplies Ltd", "Total GBP 120.00"))

    (made,) = split_item(session, invoice, [[Place(1, Box(0, 0, 1, 0.5))]], JO)
    read(session, made)

    assert "e-invoice" not in {value.origin for value in made.values}


def test_a_submission_names_the_items_that_are_in_the_place_of_its_own(session: Session, send: Send) -> None:
    one, other = send(draw_pages(HOSTING, TIMBER), draw_pdf(COFFEE))
    assert one.submission is not None
    assert other.submission is not None

    parts = split_item(session, one, [[Place(1)], [Place(2)]], JO)
    read(session, *parts)
    made = merge_items(session, [parts[1], other], JO)

    assert items_of(session, one.submission) == [parts[0], made]
    assert items_of(session, other.submission) == [made]
    undo_regrouping(session, regrouping_of(session, made), JO)
    assert items_of(session, other.submission) == [other]


def test_d38_the_submissions_page_shows_and_restores_what_is_in_the_place_of_what_was_split_or_merged(
    session: Session, send: Send
) -> None:
    one, other = send(draw_pages(HOSTING, TIMBER), draw_pdf(COFFEE))
    made = merge_items(session, [one, other], JO)
    read(session, made)

    def rows() -> list[Row]:
        return find_page(session, made.connection_id, Ask())[0]

    assert [(row.own, row.is_put_away) for row in rows()] == [([made], False), ([made], False)]
    archive(session, made.connection_id, made.id, JO)
    assert all(row.is_put_away for row in rows())
    assert bring_back(session, made.connection_id, rows()[0].submission.id, JO) == [made]


@pytest.mark.parametrize("state", [ItemState.QUEUED, ItemState.SENDING, ItemState.UNCONFIRMED, ItemState.PUBLISHED])
def test_what_is_on_its_way_or_published_is_neither_split_nor_merged(session: Session, state: ItemState) -> None:
    item, other = ItemFactory.create(ready=True), ItemFactory.create()
    item.state = state

    with pytest.raises(OnItsWay, match="Nothing was changed"):
        split_item(session, item, [[Place(1)]], JO)
    with pytest.raises(OnItsWay, match="Nothing was changed"):
        merge_items(session, [other, item], JO)


def test_what_may_be_in_kashflow_already_is_not_split(session: Session) -> None:
    item = ItemFactory.create(state=ItemState.FAILED, problem_code="PUB-11")

    with pytest.raises(OnItsWay, match="may be in KashFlow"):
        split_item(session, item, [[Place(1)]], JO)


def test_a_cost_and_a_sale_are_not_merged(session: Session) -> None:
    one, other = ItemFactory.create(), ItemFactory.create(kind=Kind.SALE)

    with pytest.raises(NotMerged, match="A cost and a sale"):
        merge_items(session, [one, other], JO)


def test_items_of_two_connections_are_not_merged(session: Session, membership: Membership) -> None:
    connections = [ConnectionFactory.create(organisation_id=membership.organisation_id) for _ in range(2)]
    one, other = (ItemFactory.create(connection_id=each.id) for each in connections)

    with pytest.raises(NotFound):
        get_items(session, connections[0].id, [one.id, other.id])


def test_a_split_with_a_published_part_or_undone_before_is_not_undone(session: Session, send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))
    made = split_item(session, item, [[Place(1)], [Place(2)]], JO)
    regrouping = regrouping_of(session, made[0])

    made[0].state = ItemState.PUBLISHED
    with pytest.raises(CannotUndo, match=f"Item {made[0].id} is in KashFlow"):
        undo_regrouping(session, regrouping, JO)
    made[0].state = ItemState.READY
    undo_regrouping(session, regrouping, JO)
    with pytest.raises(CannotUndo, match="undone already"):
        undo_regrouping(session, regrouping, JO)


def test_a_part_that_was_split_again_is_undone_first(session: Session, send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))
    made = split_item(session, item, [[Place(1)], [Place(2)]], JO)
    read(session, *made)
    again = split_item(session, made[0], [[Place(1, Box(0, 0, 1, 0.5))]], JO)

    with pytest.raises(CannotUndo, match="itself split or merged"):
        undo_regrouping(session, regrouping_of(session, made[0]), JO)
    undo_regrouping(session, regrouping_of(session, again[0]), JO)
    assert undo_regrouping(session, regrouping_of(session, made[0]), JO) == [item]


def test_an_item_whose_place_is_taken_stays_as_it_is(session: Session, send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))
    split_item(session, item, [[Place(1)], [Place(2)]], JO)

    for act in (archive, restore):
        with pytest.raises(Replaced):
            act(session, item.connection_id, item.id, JO)
    with pytest.raises((Replaced, AlreadyPublished)):
        edit_item(session, item, Edits(values={"note": Edit("x")}), JO)
    with pytest.raises(Replaced):
        keep_as_one(session, item, JO)
    with pytest.raises(OnItsWay, match="already"):
        split_item(session, item, [[Place(1)]], JO)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [[]],
        [[Place(1), Place(2)]],
        [[Place(1)], [Place(1)]],
        [[Place(1)], [Place(3)]],
        [[Place(1)], [Place(1, Box(0, 0, 1, 0.5))]],
        [[Place(1, Box(0, 0, 1.2, 0.5))]],
        [[Place(1, Box(0, 0, 0.01, 0.5))]],
    ],
)
def test_parts_that_are_none_are_refused(session: Session, send: Send, parts: list[list[Place]]) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))

    with pytest.raises(NotDivided):
        split_item(session, item, parts, JO)
    assert items_made(session, Regrouping(id=0)) == []


def test_cap_5_keeping_a_proposal_as_one_stands_in_the_history(session: Session, send: Send) -> None:
    (item,) = send(lay_beside(COFFEE, HARDWARE))
    assert [each["code"] for each in item.remarks].count("CAP-5") == 1

    keep_as_one(session, item, JO)

    assert (item.proposal, [each["code"] for each in item.remarks].count("CAP-5")) == ([], 0)
    assert history_of(session, item)[0].what == "kept as one"
