"""One action on many items: a result for each, none stopped by another, and undone where it can be."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.bulk.jobs import EVERY
from capture.bulk.models import Action, Bulk
from capture.bulk.service import CannotUndo, Order, count_outcomes, run_bulk, start_bulk, start_undo
from capture.editing import Edits, edit_item, parse_edit
from capture.fields import SPECS
from capture.history.events import Who
from capture.history.models import Actor
from capture.history.undoing import last_edit
from capture.models import Item, ItemState
from core.db import now
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection, ConnectionState
from rules.lookup import Lookup
from rules.parsing import parse_rule
from rules.service import make_rule
from tests.factories.capture import ItemFactory
from tests.pages import PageClient, parse
from tests.rules.making import entry, read_item

JO = Who(Actor.PERSON, "Jo")


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    found = session.query(Connection).filter_by(organisation_id=membership.organisation_id).one()
    assert isinstance(found, Connection)
    return found


def done(session: Session, membership: Membership, items: list[Item], action: Action, **given: str) -> Bulk:
    """Do one thing to these items."""
    order = Order(items[0].connection_id, membership.user_id, action, Kind.COST, given)
    bulk = start_bulk(session, order, [item.id for item in items])
    session.commit()
    run_bulk(bulk.id, EVERY)
    session.expire_all()
    return bulk


def undone(session: Session, membership: Membership, bulk: Bulk) -> None:
    undo = start_undo(session, bulk.connection_id, bulk.id, membership.user_id)
    session.commit()
    run_bulk(undo.id, EVERY)
    session.expire_all()


def test_one_that_cannot_does_not_stop_the_others(
    session: Session, membership: Membership, connection: Connection
) -> None:
    items = ItemFactory.create_batch(3, connection_id=connection.id)
    items[1].state = ItemState.SENDING
    bulk = done(session, membership, items, Action.ARCHIVE)

    counts = count_outcomes(session, bulk)
    assert (counts.done, counts.failed, counts.waiting) == (2, 1, 0)
    assert [item.archived_at is not None for item in items] == [True, False, True]


@pytest.mark.parametrize("action", [Action.ARCHIVE, Action.DELETE, Action.MOVE, Action.EDIT])
def test_what_was_done_is_put_back(
    session: Session, membership: Membership, connection: Connection, action: Action
) -> None:
    item = ItemFactory.create(connection_id=connection.id)

    def seen() -> tuple[object, ...]:
        return item.archived_at, item.deleted_at, item.kind, item.supplier_name, item.description

    before = seen()
    given = {"supplier": "Alder", "description": "Wood"} if action is Action.EDIT else {}
    bulk = done(session, membership, [item], action, **given)
    assert seen() != before
    undone(session, membership, bulk)

    assert seen() == before
    with pytest.raises(CannotUndo):
        start_undo(session, connection.id, bulk.id, membership.user_id)


def test_what_the_rules_coded_anew_is_put_back(
    session: Session, membership: Membership, connection: Connection
) -> None:
    item = read_item(session, connection)
    person = Edits(values={"reference": parse_edit(session, item, SPECS["reference"], "A-1")})
    edit_item(session, item, person, JO)
    entry(session, connection, ListKind.CATEGORIES, "Fuel", "7300")
    sets = {"category": 7300, "vat_rate": "5", "document_type": "invoice"}
    rule = {"name": "Fuel", "when": {"supplier": item.supplier_name}, "set": sets}
    make_rule(session, connection.id, parse_rule(rule, Lookup(session, connection.id)), who="Jo")

    def seen() -> tuple[object, ...]:
        return item.category_id, item.vat_rate, item.document_type, item.tax, item.reference, len(item.values)

    before = seen()
    bulk = done(session, membership, [item], Action.RULES)
    assert seen() != before
    undone(session, membership, bulk)

    assert seen() == before


def test_restored_items_are_put_away_again(session: Session, membership: Membership, connection: Connection) -> None:
    archived, deleted = ItemFactory.create_batch(2, connection_id=connection.id)
    archived.archived_at = deleted.deleted_at = now()
    bulk = done(session, membership, [archived, deleted], Action.RESTORE)
    assert (archived.archived_at, deleted.deleted_at) == (None, None)
    undone(session, membership, bulk)

    assert archived.archived_at is not None
    assert deleted.deleted_at is not None


def test_what_was_queued_is_taken_back_while_nothing_was_sent(
    session: Session, membership: Membership, connection: Connection
) -> None:
    entry(session, connection, ListKind.CATEGORIES, "Fuel", "7300")
    connection.state = ConnectionState.CONNECTED
    item = read_item(session, connection)
    edit_item(session, item, Edits(values={"category": parse_edit(session, item, SPECS["category"], "Fuel")}), JO)
    bulk = done(session, membership, [item], Action.PUBLISH)
    states = [item.state]
    undone(session, membership, bulk)

    assert [*states, item.state] == [ItemState.QUEUED, ItemState.READY]


def test_the_undo_of_a_bulk_edit_is_not_undone_on_the_item(
    session: Session, membership: Membership, connection: Connection
) -> None:
    item = ItemFactory.create(connection_id=connection.id)
    undone(session, membership, done(session, membership, [item], Action.EDIT, description="Wood"))

    assert last_edit(session, item) is None


def test_what_is_so_already_is_skipped(session: Session, membership: Membership, connection: Connection) -> None:
    items = ItemFactory.create_batch(2, connection_id=connection.id)
    done(session, membership, items[:1], Action.ARCHIVE)

    counts = count_outcomes(session, done(session, membership, items, Action.ARCHIVE))
    assert (counts.done, counts.skipped) == (1, 1)


def test_all_that_match_are_taken_and_nobody_elses(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    mine = [ItemFactory.create(connection_id=connection.id, supplier_name=name) for name in ("Alder", "Birch")]
    theirs = ItemFactory.create(supplier_name="Alder")
    session.commit()
    signed_in.submit("/cost/bulk?tab=review&party=Alder", action="archive", all="1")
    for nothing in (str(theirs.id), "9" * 30, "x"):
        assert signed_in.submit("/cost/bulk", action="archive", ids=nothing).status_code == 409
    session.expire_all()

    assert [item.archived_at is not None for item in (*mine, theirs)] == [True, False, False]


def test_without_a_script_the_result_is_a_page(signed_in: PageClient, session: Session, connection: Connection) -> None:
    item = ItemFactory.create(connection_id=connection.id, supplier_name="Alder")
    session.commit()
    answer = signed_in.submit("/cost/bulk", action="publish", ids=str(item.id))
    page = parse(signed_in.get(answer.location))

    assert "1 failed" in page.text_content()
    assert page.xpath("//tr[th[contains(., 'Alder')]]/td[@data-label='Why']")[0].text_content()
