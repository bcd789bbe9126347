"""Corrections teach where a supplier prints things: shown, used on the next document, forgotten when that is wanted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.bulk.deeds import DEEDS
from capture.bulk.models import Action
from capture.bulk.service import Order, run_bulk, start_bulk, start_undo
from capture.editing import Edits, edit_item, get_party
from capture.history.events import Who, history_of
from capture.history.models import Actor
from capture.history.undoing import undo_edit
from capture.intake.service import Batch, File, get_channel, receive
from capture.layers import winners
from capture.lessons.giving import anchors_of, find_taught
from capture.lessons.models import Lesson, LessonUse
from capture.lessons.placing import due_items, place_lessons
from capture.lessons.service import PROVEN
from capture.models import Item, ItemState
from capture.reader import read_one, reader
from capture.reading.anchors import UNPROVEN
from capture.review import Edit
from capture.ways.models import ChannelKind
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from kashflow.service import get_connection, make_connection
from lists.models import Entry
from tests.documents.draw import draw_text
from tests.factories.auth import MembershipFactory
from tests.pages import PageClient, parse, text_of
from tests.rules.making import entry

pytestmark = pytest.mark.processes

MILL = "Quernstone Mill Ltd"
ODD = """\
Quernstone Mill Ltd
Luddenden HX2 6XX

Invoice no: QM-{number}9
Date: 0{number}/05/2026

Flour, stoneground      {flour}.00
Levy                    2.00
Reckoning               {total}.00
Kept back               {kept}.00
"""


@pytest.fixture(scope="module", autouse=True)
def reading_process() -> Iterator[None]:
    """Keep one process for all of these tests."""
    yield
    reader().close()


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    """A connection with the mill among its suppliers."""
    found = get_connection(session, membership.organisation_id)
    entry(session, found, ListKind.SUPPLIERS, MILL)
    return found


@pytest.fixture
def jo(membership: Membership) -> Who:
    return Who(Actor.PERSON, "Jo", membership.user_id)


def paper(number: int, *, name: str = MILL) -> str:
    return ODD.format(number=number, flour=10 * number, total=10 * number + 2, kept=50 * number).replace(MILL, name)


def read(session: Session, connection: Connection, text: str) -> Item:
    """Give the item of a document that comes in."""
    channel = get_channel(session, connection.organisation_id, ChannelKind.API)
    (received,) = receive(
        [File("a.pdf", draw_text(text))], Batch(connection.organisation_id, connection.id, channel.id)
    )
    (item_id,) = read_one(received.id)
    session.expire_all()
    return session.get_one(Item, item_id)


def correct(session: Session, item: Item, who: Who, **values: str | None) -> None:
    """Let a person correct fields, and the sweep find out where the values stand."""
    edit_item(session, item, Edits({name: Edit(value) for name, value in values.items()}), who)
    session.commit()
    for item_id in due_items():
        place_lessons(item_id)
    session.expire_all()


def learned(session: Session) -> list[str]:
    return [each.field for each in session.scalars(select(Lesson).where(Lesson.forgotten_at.is_(None)))]


def test_the_second_document_is_read_right_and_says_why(session: Session, connection: Connection, jo: Who) -> None:
    first = read(session, connection, paper(1))
    assert first.total is None
    correct(session, first, jo, total="12.00")

    second = read(session, connection, paper(2))

    total = winners(second.values)["total"]
    assert (total.value, total.reason) == ("22.00", f"where Jo corrected Total on item {first.id}")
    assert total.box is not None
    assert total.confidence <= UNPROVEN
    assert "learned" in {event.what for event in history_of(session, first)}


def test_what_was_confirmed_often_enough_is_believed(session: Session, connection: Connection, jo: Who) -> None:
    correct(session, read(session, connection, paper(1)), jo, total="12.00")
    (lesson,) = session.scalars(select(Lesson))
    for number in range(PROVEN):
        published = Item(connection_id=connection.id, state=ItemState.PUBLISHED)
        session.add(published)
        session.flush()
        session.add(LessonUse(lesson_id=lesson.id, item_id=published.id, value=f"{number}.00"))
    session.commit()

    second = read(session, connection, paper(2))

    assert winners(second.values)["total"].confidence > UNPROVEN


def test_what_was_wrong_more_often_than_right_is_used_no_more(
    session: Session, connection: Connection, jo: Who
) -> None:
    correct(session, read(session, connection, paper(1)), jo, total="12.00")
    correct(session, read(session, connection, paper(2)), jo, total="100.00")

    assert [each.spot.words for each in anchors_of(session, connection.id)] == ["kept back"]


def test_a_correction_that_is_undone_is_forgotten(session: Session, connection: Connection, jo: Who) -> None:
    item = read(session, connection, paper(1))
    correct(session, item, jo, total="12.00", reference="HX2")
    assert sorted(learned(session)) == ["reference", "total"]

    correct(session, item, jo, total=None, reference="QM-19")

    assert learned(session) == []
    assert anchors_of(session, connection.id) == ()


def test_undoing_the_edit_forgets_it_too(session: Session, connection: Connection, jo: Who) -> None:
    item = read(session, connection, paper(1))
    correct(session, item, jo, total="12.00")

    undo_edit(session, connection.id, item.id, jo)

    assert (item.total, learned(session)) == (None, [])


def test_undoing_what_was_done_to_many_forgets_it_as_well(
    session: Session, connection: Connection, membership: Membership
) -> None:
    item = read(session, connection, paper(1))
    order = Order(connection.id, membership.user_id, Action.EDIT, Kind.COST, {"date": "02/05/2026"})
    done = start_bulk(session, order, [item.id])
    session.commit()
    run_bulk(done.id, DEEDS)
    assert learned(session) == ["date"]

    undo = start_undo(session, connection.id, done.id, membership.user_id)
    session.commit()
    run_bulk(undo.id, DEEDS)

    session.expire_all()
    assert learned(session) == []


def test_nothing_is_learned_for_another_connection(session: Session, connection: Connection, jo: Who) -> None:
    correct(session, read(session, connection, paper(1)), jo, total="12.00")
    other = make_connection(session, connection.organisation_id, name="Other")
    session.commit()

    second = read(session, other, paper(2))

    assert (second.total, anchors_of(session, other.id)) == (None, ())


def test_a_value_that_stands_nowhere_is_no_lesson(session: Session, connection: Connection, jo: Who) -> None:
    correct(session, read(session, connection, paper(1)), jo, total="7.77")

    assert anchors_of(session, connection.id) == ()
    assert due_items() == []


def test_a_click_tells_which_of_two_places_is_meant(session: Session, connection: Connection, jo: Who) -> None:
    text = f"{MILL}\nInvoice no: QM-1\nDate: 01/05/2026\n\nFirst     12.00\nSecond    12.00\nKept back   50.00\n"
    item = read(session, connection, text)
    pointed = (1, [0.2, 0.125, 0.1, 0.01])

    edit_item(session, item, Edits({"total": Edit("12.00")}, places={"total": pointed}), jo)
    session.commit()
    place_lessons(item.id)

    assert [each.spot.words for each in anchors_of(session, connection.id)] == ["second"]
    assert winners(item.values)["total"].box == pointed[1]


def test_a_supplier_that_was_corrected_is_known_by_the_name_that_was_read(
    session: Session, connection: Connection, jo: Who
) -> None:
    mill = session.scalars(select(Entry).where(Entry.name == MILL)).one()
    first = read(session, connection, paper(1, name="Grindwell & Daughters Ltd"))
    edit_item(session, first, Edits({"supplier": Edit(mill.name, mill.id)}), jo)
    session.commit()

    second = read(session, connection, paper(2, name="Grindwell & Daughters Ltd"))

    supplier = winners(second.values)["supplier"]
    assert (second.supplier_id, supplier.reason) == (mill.id, f"where Jo corrected Supplier on item {first.id}")
    assert supplier.confidence <= UNPROVEN
    assert find_taught(session, connection.id, Kind.SALE, "Grindwell & Daughters Ltd") is None


def test_the_suppliers_page_lists_what_was_learned_and_forgets_it(
    session: Session, connection: Connection, jo: Who, signed_in: PageClient
) -> None:
    item = read(session, connection, paper(1))
    correct(session, item, jo, total="12.00", date="2026-05-02")  # the latter stands nowhere
    correct(session, item, jo, reference="HX2")
    page = f"/lists/suppliers/{item.supplier_id}"
    said = text_of(signed_in.get(page))
    assert "Total: it stands beside “reckoning”. Jo corrected it on item" in said
    assert "Reference: it stands beside “luddenden”" in said
    (total,) = parse(signed_in.get(page)).xpath("//li[contains(., 'Total')]/@data-lesson")

    signed_in.submit(f"{page}/lessons/{total}/forget")
    assert "reckoning" not in text_of(signed_in.get(page))

    signed_in.submit(f"{page}/lessons/forget")
    assert "What was learned" not in text_of(signed_in.get(page))
    assert anchors_of(session, connection.id) == ()


def test_a_lesson_of_a_supplier_nobody_knew_is_found_on_the_page_of_the_new_one(
    session: Session, connection: Connection, jo: Who, signed_in: PageClient
) -> None:
    item = read(session, connection, paper(1, name="Grindwell & Daughters Ltd"))
    correct(session, item, jo, total="12.00")

    party = get_party(session, item)
    session.commit()

    assert "reckoning" in text_of(signed_in.get(f"/lists/suppliers/{party.id}"))


def test_somebody_elses_lesson_does_not_exist(
    session: Session, connection: Connection, jo: Who, signed_in: PageClient
) -> None:
    item = read(session, connection, paper(1))
    correct(session, item, jo, total="12.00")
    theirs = get_connection(session, MembershipFactory.create().organisation_id)
    other = entry(session, theirs, ListKind.SUPPLIERS, MILL)
    mine = entry(session, connection, ListKind.SUPPLIERS, "Another Ltd")
    (lesson,) = session.scalars(select(Lesson))
    session.commit()

    assert signed_in.submit(f"/lists/suppliers/{other.id}/lessons/forget").status_code == 404
    assert signed_in.submit(f"/lists/suppliers/{mine.id}/lessons/{lesson.id}/forget").status_code == 404
    assert learned(session) == ["total"]


def test_what_was_forgotten_is_not_learned_again_by_another_edit(
    session: Session, connection: Connection, jo: Who, signed_in: PageClient
) -> None:
    item = read(session, connection, paper(1))
    correct(session, item, jo, total="12.00")
    signed_in.submit(f"/lists/suppliers/{item.supplier_id}/lessons/forget")
    session.expire_all()

    correct(session, item, jo, note="Ask the miller")
    assert learned(session) == []
    correct(session, item, jo, total="12.00")

    assert learned(session) == ["total"]
