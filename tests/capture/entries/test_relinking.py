"""What a refresh means for open items: they are linked to whom came later, and held when what they use is gone."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from capture.entries.relinking import link_namesakes, recode_open, settle_after_refresh
from capture.history.events import history_of
from capture.models import Item, ItemState, ItemValue, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, put_value, settle
from kashflow.ledger import Kind, ListKind
from lists.models import Entry
from lists.service import defaults_of, make_party
from rules.models import Rule
from tests.factories.capture import EntryFactory, ItemFactory

TOLD = Evidence(Layer.PERSON, Origin.PERSON)


@pytest.fixture
def item(session: Session) -> Item:
    """An item that was read from a receipt of Fernside Paper, before KashFlow's suppliers came in."""
    item: Item = ItemFactory.create()
    for field, value in (("supplier", "Fernside Paper"), ("date", "2026-03-02"), ("total", "12.00"), ("tax", "2.00")):
        item.values.append(ItemValue(field=field, layer=Layer.READING, value=value, origin=Origin.OCR))
    session.flush()
    settle(session, item)
    session.commit()
    return item


def supplier(session: Session, item: Item, name: str = "Fernside Paper", **more: object) -> Entry:
    entry: Entry = EntryFactory.create(connection_id=item.connection_id, connection=None, name=name, **more)
    session.commit()
    return entry


def refreshed(session: Session, item: Item) -> Item:
    settle_after_refresh(item.connection_id)
    session.expire_all()
    return item


def test_a_document_that_came_before_the_first_refresh_gets_its_supplier(session: Session, item: Item) -> None:
    assert item.supplier_id is None
    known = supplier(session, item)

    assert refreshed(session, item).supplier_id == known.id
    assert [(event.what, event.after) for event in history_of(session, item)] == [("linked", "Fernside Paper")]


def test_an_item_of_a_supplier_made_from_another_item_is_linked_and_others_are_not(
    session: Session, item: Item
) -> None:
    made, stranger = supplier(session, item), supplier(session, item, "Fernside Timber")

    link_namesakes(stranger.id)
    session.expire_all()
    assert item.supplier_id is None
    link_namesakes(made.id)
    session.expire_all()
    assert item.supplier_id == made.id


def test_rules_of_the_supplier_code_it_then(session: Session, item: Item) -> None:
    known = supplier(session, item)
    rent = EntryFactory.create(connection_id=item.connection_id, connection=None, category=True)
    session.add(
        Rule(connection_id=item.connection_id, name="R", when={"supplier": known.id}, sets={"category": rent.id})
    )
    session.commit()

    assert refreshed(session, item).category_id == rent.id
    assert [event.field for event in history_of(session, item)] == ["category", "supplier"]


def test_who_a_person_says_it_is_from_stays(session: Session, item: Item) -> None:
    put_value(session, item, "supplier", Edit("Somebody else"), TOLD)
    settle(session, item)
    supplier(session, item)
    version = item.version

    assert (refreshed(session, item).supplier_id, item.version) == (None, version)


@pytest.mark.parametrize("state", [ItemState.QUEUED, ItemState.PUBLISHED, ItemState.FAILED])
def test_what_is_on_its_way_is_left_alone(session: Session, item: Item, state: ItemState) -> None:
    item.state = state
    supplier(session, item)

    assert refreshed(session, item).supplier_id is None


def test_an_item_that_nobody_is_known_for_is_not_touched(session: Session, item: Item) -> None:
    version = item.version
    supplier(session, item, "Quite another firm")

    assert refreshed(session, item).version == version


def test_lst_2_pub_3_a_ready_item_is_held_when_its_category_is_gone_and_released_when_it_is_back(
    session: Session, item: Item
) -> None:
    known = supplier(session, item)
    rent = EntryFactory.create(connection_id=item.connection_id, connection=None, category=True)
    put_value(session, item, "category", Edit(rent.name, rent.id), TOLD)
    put_value(session, item, "supplier", Edit(known.name, known.id), TOLD)
    put_value(session, item, "vat_rate", Edit("20"), TOLD)
    settle(session, item)
    session.commit()
    states = [item.state]
    rent.active = False
    session.commit()
    states.append(refreshed(session, item).state)
    remarks = [each["code"] for each in item.remarks]
    version = item.version
    refreshed(session, item)
    assert item.version == version  # said once
    rent.active = True
    session.commit()
    states.append(refreshed(session, item).state)

    assert states == [ItemState.READY, ItemState.TO_REVIEW, ItemState.READY]
    assert "PUB-3" in remarks


def test_h31_new_defaults_settle_on_what_is_open(session: Session, item: Item) -> None:
    rent = EntryFactory.create(connection_id=item.connection_id, connection=None, category=True)
    defaults_of(session, item.connection_id, Kind.COST).category_id = rent.id
    session.commit()

    recode_open(item.connection_id)

    session.expire_all()
    assert item.category_id == rent.id


def test_a_party_made_in_a_later_era_belongs_to_it(session: Session, item: Item) -> None:
    made = make_party(session, item.connection_id, Kind.COST, "New here")

    assert (made.era, made.list_kind) == (0, ListKind.SUPPLIERS)
