"""What a publish costs us, and how soon it begins: python -m tests.benchmarks.publish_speed [ITEMS].

Own cost: CPU of queueing and sending (document, file, every second one a payment, too) with a ledger in memory, so
without network; what the system spends is told apart, for nearly all of it is fsync. First byte: from the click, over
HTTP, to the sandbox's first request of that item, with all processes of the product running; then the same with the
queue dead.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import structlog

CLICKS = 40
HELPER = "--own-cost"


def own_cost(many: int) -> None:
    """Measure in this process, whose settings name a stocked data folder."""
    from core.db import now, process_lock, snapshot, transaction  # noqa: PLC0415 - after the settings are there
    from publishing.due import due_steps  # noqa: PLC0415
    from publishing.jobs import effects  # noqa: PLC0415
    from publishing.notes import StoreNote  # noqa: PLC0415
    from publishing.rows import sql_rows  # noqa: PLC0415
    from publishing.sending import Office, send  # noqa: PLC0415
    from publishing.service import queue_item  # noqa: PLC0415
    from tests.benchmarks.stock import stock  # noqa: PLC0415
    from tests.fakes import FakeLedger  # noqa: PLC0415
    from tests.publishing.conftest import PERSON  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    items, ledger = stock(many), FakeLedger()
    office = Office(sql_rows, process_lock, lambda _: ledger, effects, StoreNote(), now)
    started = os.times()
    for item_id in items:
        with transaction() as session:
            queue_item(session, 1, item_id, PERSON)
    queued = os.times()
    steps = 0
    while True:
        with snapshot() as session:
            due = due_steps(session, 1, most=50)
        if not due:
            break
        for step_id in due:
            send(office, step_id)
            steps += 1
    ended = os.times()
    queueing, sending = queued.user - started.user, ended.user - queued.user
    system = ended.system - started.system
    spent = [each * 1000 for each in ((queueing + sending) / many, queueing / many, sending / many, sending / steps)]
    sys.stdout.write(
        f"own cost of one publish: {spent[0]:.1f} ms of CPU ({spent[1]:.1f} queueing, {spent[2]:.1f} sending, "
        f"{spent[3]:.1f} a step), besides {system / many * 1000:.1f} of the system's; "
        f"{len(ledger.purchases)} purchases of {many} items\n"
    )


def first_bytes() -> None:
    """Measure through all processes of the product."""
    from tests.publishing.chaos import open_house  # noqa: PLC0415

    temporary = tempfile.TemporaryDirectory(prefix="counterfoil-speed-")
    with temporary as folder, open_house(Path(folder), 2 * CLICKS) as house:
        house.await_port(house.port)
        time.sleep(5)  # until every process has come up
        alive = [_first_byte(house, Path(folder), item) for item in house.items[:CLICKS]]
        house.parts["queue"].kill()
        dead = [_first_byte(house, Path(folder), item) for item in house.items[CLICKS:]]
    for name, taken in (("with the queue", alive), ("with the queue dead", dead)):
        ordered = sorted(taken)
        p95 = ordered[int(0.95 * len(ordered)) - 1]
        sys.stdout.write(f"first byte {name}: p50 {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms\n")


def _first_byte(house: object, folder: Path, item_id: int) -> float:
    books = sqlite3.connect(f"file:{folder}/kashflow/kashflow.db?mode=ro", uri=True)
    (last,) = books.execute("SELECT coalesce(max(id), 0) FROM requests").fetchone()
    clicked = time.time()
    assert house.publish(item_id)  # type: ignore[attr-defined]
    while True:
        row = books.execute("SELECT at FROM requests WHERE id > ? ORDER BY id LIMIT 1", (last,)).fetchone()
        if row:
            break
        time.sleep(0.005)
    while house.states()["published"] == 0 or sum(house.states()[each] for each in ("queued", "sending")):  # type: ignore[attr-defined]
        time.sleep(0.02)
    return (datetime.fromisoformat(row[0]).timestamp() - clicked) * 1000


def main(arguments: list[str]) -> None:
    """Measure both."""
    if arguments[:1] == [HELPER]:
        own_cost(int(arguments[1]))
        return
    many = int(arguments[0]) if arguments else 200
    with tempfile.TemporaryDirectory(prefix="counterfoil-cost-") as folder:
        env = {"PATH": os.environ["PATH"], "DATA_DIR": folder}
        command = [sys.executable, "-m", "tests.benchmarks.publish_speed", HELPER, str(many)]
        subprocess.run(command, env=env, check=True, stderr=subprocess.DEVNULL)
    first_bytes()


if __name__ == "__main__":
    main(sys.argv[1:])
