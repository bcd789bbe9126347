"""Whom a document means among 10,000 suppliers: CPU of one match, beside comparing with all of them, in one run.

Run by hand: python -m tests.benchmarks.party_matching [number of suppliers]
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable

from core import config, db
from core.config import Config
from kashflow.ledger import Kind, Listed, ListKind
from lists.keeping import keep_list
from lists.matching import Match, Party, match_party, party_of
from lists.service import list_entries, parties_like
from tests.benchmarks.stock import stock

SYLLABLES = (
    "ba",
    "ko",
    "la",
    "lo",
    "ma",
    "ne",
    "or",
    "ra",
    "sa",
    "to",
    "va",
    "ver",
    "win",
    "ham",
    "ford",
    "ley",
    "ing",
)
ENDINGS = ("", "Trading", "Services", "Supplies")
READ = 20


def names(many: int) -> list[str]:
    """Make names as different as those of real suppliers."""
    chance = random.Random(1)  # noqa: S311 - names
    words = [["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).title() for _ in "ab"] for _ in range(many)]
    return [" ".join([*pair, chance.choice(ENDINGS), "Ltd"]) for pair in words]


def by_candidates(read: Party) -> Match | None:
    """Match as the product does."""
    with db.snapshot() as session:
        return match_party(read, parties_like(session, 1, Kind.COST, read))


def by_all(read: Party) -> Match | None:
    """Match by comparing with every supplier."""
    with db.snapshot() as session:
        rows = list_entries(session, 1, ListKind.SUPPLIERS)
        return match_party(read, [party_of(row.id, row.name, row.details) for row in rows])


def measure(match: Callable[[Party], Match | None], read: list[Party]) -> float:
    """Give the milliseconds of CPU of one match."""
    start = time.process_time()
    for each in read:
        match(each)
    return (time.process_time() - start) / len(read) * 1000


def main(many: int) -> None:
    """Print both and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        config.set_current(Config.from_env(dict(os.environ)))
        stock(1)
        suppliers = names(many)
        with db.transaction() as session:
            keep_list(session, 1, ListKind.SUPPLIERS, [Listed(str(n), name) for n, name in enumerate(suppliers, 1000)])
        read = [Party(0, name[:3] + "x" + name[4:]) for name in suppliers[:: many // READ]]
        ours, plain = measure(by_candidates, read), measure(by_all, read[:3])
    told = f"among {many:,}: {ours:.1f} ms of CPU a match; comparing with all {plain:.0f} ms"
    print(f"{told}, {plain / ours:.0f} times as much")  # noqa: T201 - its result


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
