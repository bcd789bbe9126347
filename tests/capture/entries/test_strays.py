"""What is used although it is gone (LST-2, CON-8, D52), and putting others in its place as one step."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from capture.entries.strays import find_strays, remap
from capture.history.events import Who, history_of
from capture.history.models import Actor
from capture.models import Item, ItemLine, ItemState, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, put_value, settle
from capture.ways.models import Channel, ChannelChoice, ChannelKind
from core.errors import NotFound
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.models import AccountLink, Entry
from lists.service import defaults_of
from rules.models import PartyDefault, Rule
from tests.factories.capture import ConnectionFactory, EntryFactory, ItemFactory

JO = Who(Actor.PERSON, "Jo")


@pytest.fixture
def connection(session: Session) -> Connection:
    del session
    connection: Connection = ConnectionFactory.create()
    return connection


def entry(connection: Connection, name: str, *, code: str | None = None, **more: object) -> Entry:
    given = {"list_kind": ListKind.CATEGORIES, "connection_id": connection.id, "connection": None, **more}
    made: Entry = EntryFactory.create(name=name, code=code, **given)
    return made


@pytest.fixture
def gone(connection: Connection) -> Entry:
    return entry(connection, "Rent", code="7100", active=False)


def use(session: Session, connection: Connection, gone: Entry) -> Item:
    """An open item of which a person chose what is gone."""
    item: Item = ItemFactory.create(connection=connection)
    put_value(session, item, "category", Edit(gone.name, gone.id), Evidence(Layer.PERSON, Origin.PERSON))
    item.lines.append(ItemLine(position=1, layer=Layer.PERSON, amount=100, category_id=gone.id))
    settle(session, item)
    return item


def test_what_nobody_uses_is_no_stray(session: Session, connection: Connection, gone: Entry) -> None:
    del gone
    assert find_strays(session, connection.id) == []


def test_lst_2_rules_and_items_that_use_it_are_counted(session: Session, connection: Connection, gone: Entry) -> None:
    use(session, connection, gone)
    use(session, connection, gone).deleted_at = connection.created_at
    session.add(Rule(connection_id=connection.id, name="R", when={"text": "x"}, sets={"category": gone.id}))
    session.flush()

    (stray,) = find_strays(session, connection.id)

    assert (stray.entry, stray.rules, stray.items) == (gone, 1, 1)


@pytest.mark.parametrize(
    ("names", "suggested"),
    [
        ([("7100", "Rents"), ("7101", "Rent")], "Rent"),
        ([("7100", "Premises"), ("7101", "Water")], "Premises"),
        ([("1", "Rentt"), ("2", "Water")], "Rentt"),
        ([("1", "Water")], None),
    ],
)
def test_con_8_the_name_is_suggested_then_the_code_then_the_nearest_spelling(
    session: Session, connection: Connection, gone: Entry, names: list[tuple[str, str]], suggested: str | None
) -> None:
    use(session, connection, gone)
    for code, name in names:
        entry(connection, name, code=code)

    (stray,) = find_strays(session, connection.id)

    assert (stray.suggested.name if stray.suggested else None) == suggested


def test_con_8_d52_a_mapping_is_one_step_for_rules_items_and_settings(
    session: Session, connection: Connection, gone: Entry
) -> None:
    item, new = use(session, connection, gone), entry(connection, "Rent and rates", code="7100")
    rule = Rule(connection_id=connection.id, name="R", when={"text": "x"}, sets={"category": gone.id})
    defaults_of(session, connection.id, Kind.COST).category_id = gone.id
    session.add(rule)
    session.flush()

    done = remap(session, connection.id, {gone.id: new.id}, JO)

    assert (done.entries, done.rules, done.items) == (1, 1, 1)
    assert (item.category_id, item.lines[0].category_id, rule.sets) == (new.id, new.id, {"category": new.id})
    assert defaults_of(session, connection.id, Kind.COST).category_id == new.id
    assert ("category", "Rent", "Rent and rates") in [
        (each.field, each.before, each.after) for each in history_of(session, item)
    ]
    assert find_strays(session, connection.id) == []


def test_con_8_suppliers_in_conditions_and_their_own_defaults_follow(session: Session, connection: Connection) -> None:
    old = entry(connection, "Fernside", list_kind=ListKind.SUPPLIERS, active=False)
    new = entry(connection, "Fernside Ltd", list_kind=ListKind.SUPPLIERS)
    rule = Rule(
        connection_id=connection.id,
        name="R",
        when={"any": [{"supplier": [old.id]}, {"text": "x"}]},
        sets={"paid": True},
    )
    session.add_all([rule, PartyDefault(connection_id=connection.id, entry_id=old.id, sets={"vat_rate": "20"})])
    session.flush()

    remap(session, connection.id, {old.id: new.id}, JO)

    assert rule.when == {"any": [{"supplier": [new.id]}, {"text": "x"}]}
    kept = session.query(PartyDefault).filter_by(entry_id=new.id).one()
    assert kept.sets == {"vat_rate": "20"}
    assert find_strays(session, connection.id) == []


def test_con_8_own_defaults_of_whoever_takes_the_place_stay(session: Session, connection: Connection) -> None:
    old = entry(connection, "Fernside", list_kind=ListKind.SUPPLIERS, active=False)
    new = entry(connection, "Fernside Ltd", list_kind=ListKind.SUPPLIERS)
    for supplier, rate in ((old, "20"), (new, "5")):
        session.add(PartyDefault(connection_id=connection.id, entry_id=supplier.id, sets={"vat_rate": rate}))
    session.flush()

    remap(session, connection.id, {old.id: new.id}, JO)

    kept = session.query(PartyDefault).filter_by(connection_id=connection.id).one()
    assert (kept.entry_id, kept.sets) == (new.id, {"vat_rate": "5"})


def test_con_8_links_and_channels_follow(session: Session, connection: Connection) -> None:
    method, account = (
        entry(connection, name, list_kind=kind, active=False)
        for name, kind in (("Card", ListKind.PAYMENT_METHODS), ("Bank", ListKind.BANK_ACCOUNTS))
    )
    new_method, new_account = (entry(connection, each.name, list_kind=each.list_kind) for each in (method, account))
    link = AccountLink(connection_id=connection.id, payment_method_id=method.id, bank_account_id=account.id)
    channel = Channel(organisation_id=connection.organisation_id, name="Post", kind=ChannelKind.FOLDER)
    session.add_all([link, channel])
    session.flush()
    choice = ChannelChoice(channel_id=channel.id, connection_id=connection.id, payment_method_id=method.id)
    session.add(choice)
    session.flush()

    remap(session, connection.id, {method.id: new_method.id, account.id: new_account.id}, JO)

    assert (link.payment_method_id, link.bank_account_id) == (new_method.id, new_account.id)
    assert choice.payment_method_id == new_method.id


def test_what_is_published_and_why_something_failed_stay(session: Session, connection: Connection, gone: Entry) -> None:
    published, failed = use(session, connection, gone), use(session, connection, gone)
    published.state = ItemState.PUBLISHED
    failed.state, failed.problem_code, failed.problem = ItemState.FAILED, "PUB-16", "no"
    new = entry(connection, "Rent and rates")
    session.flush()

    remap(session, connection.id, {gone.id: new.id}, JO)

    assert published.category_id == gone.id
    assert (failed.category_id, failed.state, failed.problem_code) == (new.id, ItemState.FAILED, "PUB-16")


def test_an_entry_of_another_connection_or_list_cannot_take_its_place(
    session: Session, connection: Connection, gone: Entry
) -> None:
    use(session, connection, gone)
    for other in (EntryFactory.create(category=True), entry(connection, "Fernside", list_kind=ListKind.SUPPLIERS)):
        with pytest.raises(NotFound):
            remap(session, connection.id, {gone.id: other.id}, JO)
