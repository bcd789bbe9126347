"""Pages of an inbox of 100,000 items: how long each takes, by tab, order and filter.

    python -m tests.benchmarks.inbox_pages [sqlite|postgresql://...] [items]

The figure: p95 of a page at most 50 ms. Measured apart: finding its items, loading them and counting the tabs; and the
whole answer to a browser that is signed in, rendered. Each by the clock and as CPU time of this process: on a machine
that others use, the clock tells of them. Last, the first paint in Chromium, where there is one.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import quantiles
from threading import Thread
from typing import Any

from flask import Flask
from playwright.sync_api import sync_playwright
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import create_app
from auth.keys import open_session
from auth.models import Membership
from capture.inbox.asking import SORTS, Ask, write_ask
from capture.inbox.finding import count_tabs, find_page
from capture.models import Item, ItemState
from core import db
from core.config import Config
from core.db import Base, now, snapshot, transaction
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.models import Entry
from tests.browser import CHROMIUM, sign_in
from tests.factories.auth import PASSWORD
from tests.pages import PageClient

WORDS = ("paper", "fuel", "stamps", "coffee", "timber", "hosting", "train", "licence", "repair", "rent", "parcel")
ROUNDS = 5
EMAIL = "jo@business.example"
MOVING = {"HX-Request": "true"}


def main() -> None:
    """Fill a database, ask for every kind of page, and print the figures."""
    url = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config.from_env({"DATA_DIR": folder} | ({} if url == "sqlite" else {"DATABASE_URL": url})))
        Base.metadata.create_all(db.engine())
        arguments = ["user", "add", EMAIL, "--role", "admin", "--password-stdin"]
        app.test_cli_runner().invoke(args=arguments, input=f"{PASSWORD}\n")
        with transaction() as session:
            connection_id = fill(session, number)
        dialect = db.engine().dialect.name
        with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as plain:  # as autovacuum does
            plain.execute(text("VACUUM ANALYZE" if dialect == "postgresql" else "ANALYZE"))
        measure(f"{dialect}, {number:,} items: finding, loading, counting", lambda ask: find(connection_id, ask))
        client = browser(app)
        measure(f"{dialect}, {number:,} items: the whole answer", lambda ask: answer(client, ask))
        paint(app)


def find(connection_id: int, ask: Ask) -> str | None:
    """Find a page of items as the list does; tell where the next one begins."""
    with snapshot() as session:
        count_tabs(session, connection_id, ask.kind)
        return find_page(session, connection_id, ask).after


def answer(client: PageClient, ask: Ask) -> None:
    """Ask for a page as a browser does that moves within a list."""
    assert client.get("/costs", query_string=write_ask(ask, after=ask.after), headers=MOVING).status_code == 200


def browser(app: Flask) -> PageClient:
    """Give a browser in which the administrator is signed in."""
    client = PageClient(app)
    with transaction() as session:
        member = session.scalars(select(Membership)).one()
        client.sign_in(open_session(session, member, address="127.0.0.1", user_agent="Firefox/140.0 (Linux)"))
    return client


def measure(what: str, act: Callable[[Ask], str | None]) -> None:
    """Do it for every kind of page, and print the slowest and the figures."""
    clock: dict[str, list[float]] = {}
    own: dict[str, list[float]] = {}
    for name, ask in pages():
        for _ in range(ROUNDS):
            began, spent = time.perf_counter(), time.process_time()
            after = act(ask)
            own.setdefault(name, []).append((time.process_time() - spent) * 1000)
            clock.setdefault(name, []).append((time.perf_counter() - began) * 1000)
            ask = replace(ask, after=after or ask.after)  # noqa: PLW2901 - the next page of the same list
    print(what)  # noqa: T201 - a command's result
    for name, times in sorted(own.items(), key=lambda pair: -min(pair[1]))[:8]:
        print(f"  {min(times):6.1f} ms of CPU at least, {max(clock[name]):6.1f} ms by the clock at most  {name}")  # noqa: T201
    for how, measured in (("CPU", own), ("clock", clock)):
        every = [each for times in measured.values() for each in times]
        print(f"  p95 {quantiles(every, n=20)[18]:.1f} ms of {how} over {len(every)} pages")  # noqa: T201


def paint(app: Flask) -> None:
    """Print the first paint and the weight of the whole page in Chromium."""
    if not Path(CHROMIUM).exists():
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_context(base_url=f"http://127.0.0.1:{server.port}").new_page()
        sign_in(page, EMAIL, PASSWORD)
        for path in ("/costs?tab=review", "/costs?tab=published", "/costs?tab=all"):
            page.goto(path, wait_until="networkidle")
            painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            print(f"first paint of {path}: {painted:.0f} ms")  # noqa: T201 - a command's result
        chromium.close()
    server.shutdown()


def fill(session: Session, number: int) -> int:
    """Give the one connection its items: most published or archived, a few waiting."""
    chance = random.Random(7)  # noqa: S311 - the same items every time
    connection = session.scalars(select(Connection)).one()
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


def pages() -> Iterator[tuple[str, Ask]]:
    """Give every kind of page: each tab in each order, deep in it, and each filter."""
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


if __name__ == "__main__":
    main()
