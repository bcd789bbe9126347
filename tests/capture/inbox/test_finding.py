"""What a list finds: by tab, order, filter and word, page by page, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from capture.inbox.asking import SORTS, Ask, read_ask, write_ask
from capture.inbox.finding import count_tabs, find_ids, find_page, neighbours_of
from capture.models import Item, ItemState
from core.db import Base, make_engine, now
from kashflow.ledger import Kind
from tests.factories import rows
from tests.factories.capture import ConnectionFactory, ItemFactory

ALL = Ask(Kind.COST, "all")
HUGE = f"[{'9' * 30}, {'9' * 30}]"


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    url = f"sqlite:///{tmp_path / 'a.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        rows.registry.set(session)
        yield session
        rows.registry.clear()
    engine.dispose()


def found(session: Session, connection_id: int, ask: Ask, limit: int = 2) -> list[int]:
    """Give all ids of a list, walked page by page."""
    ids: list[int] = []
    while True:
        page = find_page(session, connection_id, ask, limit=limit)
        ids += [item.id for item in page.items]
        assert len(ids) < 100, "it goes round in circles"
        if page.after is None:
            return ids
        ask = replace(ask, after=page.after)


@pytest.mark.parametrize("rising", [False, True])
def test_pages_hold_every_item_once_in_every_order(database: Session, rising: bool) -> None:
    connection = ConnectionFactory.create()
    for number in range(11):
        state = list(ItemState)[number % 3]
        told = {} if number % 4 == 0 else {"issued_on": date(2026, 3, number % 3 + 1), "total": number % 5}
        away = now() if number % 5 == 0 else None
        name = f"S{number % 2}" if number % 3 else None
        ItemFactory.create(connection=connection, state=state, supplier_name=name, archived_at=away, **told)

    for sort in SORTS:
        ids = found(database, connection.id, replace(ALL, sort=sort, rising=rising))
        assert len(ids) == len(set(ids)) == 11, sort
    dated = found(database, connection.id, replace(ALL, sort="date", rising=rising))
    days = [database.get_one(Item, each).issued_on for each in dated]
    known = [day for day in days if day]
    assert known == sorted(known, reverse=not rising)
    assert days == [*known, *[None] * (11 - len(known))]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("rising", [False, True])
def test_an_items_neighbours_are_those_of_the_list_it_was_opened_from(
    database: Session, sort: str, rising: bool
) -> None:
    connection = ConnectionFactory.create()
    for number in range(6):
        told = {"total": number % 4, "issued_on": date(2026, 3, 1 + number % 3)} if number % 3 else {}
        ItemFactory.create(connection=connection, state=ItemState.READY, **told)
    ask = Ask(Kind.COST, "ready", sort=sort, rising=rising)
    ids = found(database, connection.id, ask)

    steps = [neighbours_of(database, database.get_one(Item, each), ask) for each in ids]
    assert [step["next"] for step in steps] == [*ids[1:], None]
    assert [step["previous"] for step in steps] == [None, *ids[:-1]]

    database.get_one(Item, ids[2]).state = ItemState.QUEUED  # published, it leaves the list; the way goes on
    database.flush()
    assert neighbours_of(database, database.get_one(Item, ids[2]), ask) == {"previous": ids[1], "next": ids[3]}


def test_search_finds_words_by_their_beginning_and_follows_changes(database: Session) -> None:
    item = ItemFactory.create(supplier_name="Café Zürich", text="two flat whites", total=1250)

    def ask(text: str) -> list[int]:
        return found(database, item.connection_id, replace(ALL, text=text))

    assert ask("flat whi") == ask("FLAT") == ask("12.50") == [item.id]
    assert ask("flat tea") == ask("'); drop table items") == []
    item.note = "reimbursed"
    database.flush()
    assert ask("reimb") == [item.id]
    item.note = None
    database.flush()
    assert ask("reimb") == []


def test_filters_narrow(session: Session) -> None:
    item = ItemFactory.create(supplier_name="Alder", issued_on=date(2026, 3, 2), total=1000, problem_code="PUB-16")
    other = ItemFactory.create(connection_id=item.connection_id, supplier_name="Birch", total=9000)
    narrowed = [
        replace(ALL, party="Alder"),
        replace(ALL, since=date(2026, 3, 2), until=date(2026, 3, 2)),
        replace(ALL, most=1000),
        replace(ALL, problem=True),
    ]

    assert {tuple(found(session, item.connection_id, ask)) for ask in narrowed} == {(item.id,)}
    assert found(session, item.connection_id, replace(ALL, least=9000)) == [other.id]


def test_another_connections_items_are_never_found(session: Session) -> None:
    theirs = ItemFactory.create(supplier_name="Alder", text="secret")
    mine = ConnectionFactory.create()

    assert found(session, mine.id, ALL) == find_ids(session, mine.id, replace(ALL, text="secret"), most=10) == []
    assert set(count_tabs(session, mine.id, Kind.COST).values()) == {0}
    assert count_tabs(session, theirs.connection_id, Kind.COST)["review"] == 1


def test_an_address_gives_what_was_asked_and_odd_ones_nothing_odd() -> None:
    ask = Ask(Kind.COST, "ready", text="a", since=date(2026, 1, 2), least=1250, problem=True, sort="date", rising=True)

    assert read_ask(Kind.COST, write_ask(ask)) == ask
    odd = read_ask(
        Kind.COST, {"tab": "ready", "since": "32/1/2026", "least": "9" * 30, "category": "9" * 40, "sort": "id"}
    )
    assert odd == Ask(Kind.COST, "ready")


@pytest.mark.parametrize("after", ["x", "[1]", '["a", "b"]', "[null, 1]", '{"a": 1}', HUGE])
def test_a_page_mark_of_nowhere_is_no_error(session: Session, after: str) -> None:
    item = ItemFactory.create()

    for sort in SORTS:
        find_page(session, item.connection_id, replace(ALL, sort=sort, after=after))
