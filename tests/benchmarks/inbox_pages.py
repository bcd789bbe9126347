"""Pages of an inbox of 100,000 items: how long each takes, by tab, order and filter.

    python -m tests.benchmarks.inbox_pages [sqlite|postgresql://...] [items]

The figure: p95 of a page at most 50 ms. What is measured is finding its items, loading them and counting the tabs.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

import app  # noqa: F401 - all tables
from auth.models import Organisation
from capture.inbox.asking import SORTS, Ask
from capture.inbox.finding import count_tabs, find_page
from capture.inbox.searching import keep_index
from capture.models import Item, ItemState
from core.db import Base, make_engine, now
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.models import Entry

WORDS = ("paper", "fuel", "stamps", "coffee", "timber", "hosting", "train", "licence", "repair", "rent", "parcel")
ROUNDS = 5


def main() -> None:
    """Fill a database, ask for every kind of page, and print the figures."""
    url = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/inbox.db" if url == "sqlite" else url)
        with engine.connect() as connection:
            Base.metadata.create_all(connection)
            keep_index(connection)
            connection.commit()
        with Session(engine) as session:
            connection_id = fill(session, number)
            session.execute(text("ANALYZE"))
            session.commit()
        took: dict[str, list[float]] = {}
        own: list[float] = []
        for name, ask in pages(connection_id):
            for _ in range(ROUNDS):
                with Session(engine) as session:
                    began, spent = time.perf_counter(), time.process_time()
                    count_tabs(session, connection_id, ask.kind)
                    page = find_page(session, connection_id, ask)
                    took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
                    own.append((time.process_time() - spent) * 1000)
                ask = replace(ask, after=page.after or "")  # noqa: PLW2901 - the next page of the same list
        report(engine.dialect.name, number, took)
        print(f"CPU of this process: p95 {quantiles(own, n=20)[18]:.1f} ms")  # noqa: T201 - on a busy machine the truer


def fill(session: Session, number: int) -> int:
    """Make one connection's items: most published or archived, a few waiting."""
    chance = random.Random(7)  # noqa: S311 - the same items every time
    organisation = Organisation(name="Large", own_names=[])
    session.add(organisation)
    session.flush()
    connection = Connection(organisation_id=organisation.id, name="KashFlow")
    session.add(connection)
    session.flush()
    entries = [
        Entry(connection_id=connection.id, list_kind=ListKind.CATEGORIES, name=f"Category {each}", search_name="")
        for each in range(40)
    ]
    session.add_all(entries)
    session.flush()
    ids = [entry.id for entry in entries]
    for begin in range(0, number, 5000):
        count = min(5000, number - begin)
        session.execute(insert(Item), [row(chance, connection.id, ids, begin + each) for each in range(count)])
    session.commit()
    return connection.id


def row(chance: random.Random, connection_id: int, categories: list[int], position: int) -> dict[str, Any]:
    """Give one item's columns."""
    states = [ItemState.PUBLISHED] * 90 + [ItemState.TO_REVIEW] * 6 + [ItemState.READY] * 3 + [ItemState.FAILED]
    return {
        "connection_id": connection_id,
        "kind": Kind.COST,
        "state": chance.choice(states),
        "archived_at": now() if position % 3 == 0 else None,
        "supplier_name": f"Supplier {chance.randrange(800)}",
        "issued_on": None if position % 50 == 0 else date(2026, 1, 1) + timedelta(days=chance.randrange(300)),
        "total": None if position % 70 == 0 else chance.randrange(100, 100_000),
        "category_id": categories[min(int(chance.expovariate(0.2)), 39)],
        "reference": f"INV-{position}",
        "text": " ".join(chance.choices(WORDS, k=60)),
    }


def pages(connection_id: int) -> Iterator[tuple[str, Ask]]:
    """Give every kind of page: each tab in each order, deep in it, and each filter."""
    del connection_id
    for tab in ("review", "ready", "published", "archive", "all"):
        for sort in SORTS:
            for rising in (False, True):
                yield f"{tab} by {sort}{' rising' if rising else ''}", Ask(Kind.COST, tab, sort=sort, rising=rising)
    deep = {"received": "[50000, 50000]", "date": '["2026-05-01", 1]', "total": "[50000, 1]"}
    for sort, after in deep.items():
        yield f"published by {sort}, deep", Ask(Kind.COST, "published", sort=sort, after=after)
    published = Ask(Kind.COST, "published")
    yield "one supplier", replace(published, party="Supplier 7")
    yield "no such supplier", replace(published, party="Nobody")
    yield "rare category", replace(published, category=38)
    yield "common category", replace(published, category=1)
    yield "no such owner", replace(published, owner=99)
    yield "no such channel", replace(published, channel=99)
    yield "a week", replace(published, since=date(2026, 3, 1), until=date(2026, 3, 7))
    yield "amount", replace(published, least=4990, most=5000)
    yield "has a problem", replace(published, problem=True)
    yield "search, common word", replace(published, text="paper")
    yield "search, two words", replace(published, text="paper timb")
    yield "search, reference", replace(published, text="INV 4242")
    yield "search, nothing", replace(published, text="zebra")


def report(database: str, number: int, took: dict[str, list[float]]) -> None:
    """Print the slowest pages and the figure."""
    every = [each for times in took.values() for each in times]
    for name, times in sorted(took.items(), key=lambda pair: -max(pair[1]))[:15]:
        print(f"{max(times):7.1f} ms at most  {name}")  # noqa: T201 - a command's result
    print(f"{database}, {number:,} items: p95 {quantiles(every, n=20)[18]:.1f} ms over {len(every)} pages")  # noqa: T201


if __name__ == "__main__":
    main()
