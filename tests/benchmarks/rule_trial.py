"""A trial of one rule among 1,000 over 10,000 items, for rules that differ by supplier and for rules that search texts.

    python -m tests.benchmarks.rule_trial [RULES] [ITEMS]

Prints the seconds of each trial, by the clock and of CPU, on an SQLite of its own.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from auth.models import Organisation
from capture.coding.past import Window
from capture.coding.trying import try_rule
from capture.models import Item, ItemValue, Layer
from core import db
from kashflow.ledger import ListKind
from kashflow.models import Connection
from lists.models import Entry
from rules.models import Rule
from rules.parsing import Draft

SEED = random.Random(7)  # noqa: S311 - the same data every time
WORDS = [f"w{number:04d}" for number in range(5000)]


def main(rules: int, items: int) -> None:
    """Fill a database and try a rule on it that fits every item."""
    with tempfile.TemporaryDirectory() as folder:
        engine = db.make_engine(f"sqlite:///{Path(folder) / 'trial.db'}")
        db.bind(engine)
        db.Base.metadata.create_all(engine)
        for name, when in (("by supplier", {"supplier": 0}), ("by text", {"text": ""})):
            with db.transaction() as session:
                connection_id, category_id = fill(session, name, rules, items, when)
            draft = Draft(name="Tried", when={"total_min": 0}, sets={"category": category_id, "paid": True}, position=1)
            began, busy = time.perf_counter(), time.process_time()
            with db.snapshot() as session:
                trial = try_rule(session, connection_id, draft, Window(last=items))
            seconds, busy = time.perf_counter() - began, time.process_time() - busy
            found = f"{trial.examined} items, {trial.fitting} fit, {len(trial.changed)} changes"
            print(f"{rules} rules {name}: {seconds:.2f} s, {busy:.2f} s of CPU ({found})")  # noqa: T201 - its result


def fill(session: Session, name: str, rules: int, items: int, when: dict[str, Any]) -> tuple[int, int]:
    """Make a connection with these many rules of a kind, and items that each fit one of them."""
    organisation = Organisation(name=name)
    session.add(organisation)
    session.flush()
    connection = Connection(organisation_id=organisation.id, name=name)
    session.add(connection)
    session.flush()
    category = Entry(
        connection_id=connection.id, list_kind=ListKind.CATEGORIES, name="Travel", search_name="travel", remote_id="1"
    )
    suppliers = [
        Entry(
            connection_id=connection.id,
            list_kind=ListKind.SUPPLIERS,
            name=f"S{n}",
            search_name=f"s{n}",
            remote_id=str(n),
        )
        for n in range(rules)
    ]
    session.add_all([category, *suppliers])
    session.flush()
    for number, supplier in enumerate(suppliers):
        condition = {"supplier": supplier.id} if "supplier" in when else {"text": WORDS[number % len(WORDS)]}
        made = Rule(connection_id=connection.id, name=f"R{number}", position=number + 1, when=condition)
        made.sets = {"category": category.id, "vat_rate": "20"}
        session.add(made)
    for _ in range(items):
        item = Item(connection_id=connection.id, supplier_name="S", total=12000, net=10000, tax=2000)
        item.supplier_id = SEED.choice(suppliers).id
        item.issued_on = date(2026, 1, 1) + timedelta(days=SEED.randrange(300))
        item.text = " ".join(SEED.choices(WORDS, k=200))
        item.values = [
            ItemValue(field=field, layer=Layer.READING, value="x", origin="OCR")
            for field in ("supplier", "date", "total")
        ]
        session.add(item)
    return connection.id, category.id


if __name__ == "__main__":
    main(*[int(each) for each in (*sys.argv[1:], "1000", "10000")[:2]])
