"""The world of the simulator: rows in memory, a ledger at the far end of a bad line, lanes, and what there is to send.

Rows have the columns of the product's own and nothing behind them, for speed. A transaction is one step of the world:
it happens whole or not at all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from core.db import LockTaken
from kashflow.errors import NotSent, Rejected, Unavailable, Unclear
from kashflow.ledger import Kind, LedgerDocument, NewDocument
from kashflow.models import Connection, ConnectionState
from publishing.effects import Others
from publishing.models import IN_DOUBT, OPEN, Step, StepKind, StepState
from tests.fakes import FakeLedger, entered

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUIET = 60  # seconds
LATEST = 50  # seconds that a request may still be under way: less than the quiet time
PATIENCE = 30  # seconds a caller waits for an answer
DAY = date(2026, 3, 1)
T = TypeVar("T")


@dataclass(frozen=True)
class Odds:
    """How often what goes wrong, of one."""

    kill: float = 0.03
    freeze: float = 0.02
    lose_request: float = 0.08
    lose_answer: float = 0.12
    be_late: float = 0.12
    not_connect: float = 0.05
    refuse: float = 0.02
    not_answer: float = 0.1
    meddle: float = 0.01
    restore: float = 0.002


STORMY = Odds(kill=0.08, freeze=0.08, be_late=0.4, restore=0)
QUIETLY = Odds(*([0.0] * 10))


@dataclass
class Flight:
    """A request under way: when it takes effect, and what came of it once it has."""

    at: datetime
    effect: Callable[[], object]
    result: object = None
    is_over: bool = False


class FarLedger(FakeLedger):
    """A ledger whose every call may fail at every point; what was sent takes effect whether or not the sender lives."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.flights: list[Flight] = []
        self.origins: dict[int, list[str]] = {}  # which item every document, by its id, came from

    def _ask(self, name: str) -> None:
        self.world.pause()
        if self.world.happens("not_connect"):
            raise NotSent(name)
        if self.world.happens("not_answer"):
            raise Unavailable(name)

    def documents(self, kind: Kind, contact_id: int) -> tuple[LedgerDocument, ...]:
        found = super().documents(kind, contact_id)
        self.world.pause()  # the answer is on its way, and older with every moment
        return found

    def _send(self, name: str, effect: Callable[[], T]) -> T:
        world = self.world
        world.pause()
        if world.happens("not_connect"):
            raise NotSent(name)
        if world.happens("refuse"):
            raise Rejected("No.")
        if world.happens("lose_request"):
            world.pause()
            raise Unclear(name)
        late = world.random.uniform(0, LATEST) if world.happens("be_late") else 0
        flight = Flight(world.now + timedelta(seconds=late), effect)
        self.flights.append(flight)
        self.land()
        world.pause()
        patience = world.now + timedelta(seconds=PATIENCE)
        while not flight.is_over and world.now < patience:
            world.pause(until=min(flight.at, patience))
        if not flight.is_over or world.happens("lose_answer"):
            raise Unclear(name)
        return flight.result  # type: ignore[return-value]

    def land(self) -> None:
        """Let what is due take effect."""
        for flight in [each for each in self.flights if each.at <= self.world.now]:
            self.flights.remove(flight)
            flight.result, flight.is_over = flight.effect(), True

    def insert_document(self, kind: Kind, document: NewDocument) -> int:
        def insert() -> int:
            return self.enter(kind, document)

        return self._send("insert_document", insert)

    def enter(self, kind: Kind, document: NewDocument) -> int:
        """Enter a document at once."""
        number = max((each.number for each in self.books[kind]), default=0) + 1
        made = entered(document, next(self._ids), number)
        self.books[kind].append(made)
        self.origins.setdefault(made.remote_id, []).append(document.lines[0].description)
        return number


@dataclass
class MemoryRows:
    """What sending reads and writes, without a database."""

    world: World

    def step(self, step_id: int) -> Step:
        return self.world.steps[step_id]

    def connection(self, step: Step) -> Connection:
        return self.world.connections[step.connection_id]

    def lane(self, step_id: int) -> str:
        del step_id
        return "the one account"

    def quiet_seconds(self, connection: Connection) -> int:
        del connection
        return QUIET

    def unended(self, connection: Connection) -> Sequence[Step]:
        mine = [each for each in self.world.steps.values() if each.connection_id == connection.id]
        return [each for each in mine if each.state in OPEN]

    def is_wanted(self, step: Step) -> bool:
        del step
        return True

    def document(self, step: Step) -> Step | None:
        same = (each for each in self.world.steps.values() if each.item_id == step.item_id)
        published = (each for each in same if each.state is StepState.PUBLISHED)
        return next((each for each in published if each.kind is StepKind.DOCUMENT), None)

    def contact_id(self, step: Step) -> int:
        return self.world.contacts.get(step.entry_id or 0, 0)

    def in_doubt(self, step: Step) -> Sequence[Step]:
        documents = (each for each in self.world.steps.values() if each.kind is StepKind.DOCUMENT)
        return [each for each in documents if each.state in IN_DOUBT and each.id != step.id]

    def others(self, step: Step) -> Callable[[Collection[int]], Others]:
        def ask(ids: Collection[int]) -> Others:
            del ids
            rest = [each for each in self.world.steps.values() if each.kind is StepKind.DOCUMENT and each is not step]
            asked = [each for each in rest if each.problem_code == "PUB-11" and each.state is StepState.NEEDS_PERSON]
            disputed = frozenset(found["remote_id"] for each in asked for found in each.found)
            return Others(frozenset(each.remote_id for each in rest if each.remote_id), disputed)

        return ask

    def link_contact(self, step: Step) -> None:
        self.world.contacts[step.entry_id or 0] = step.remote_id or 0

    def tell(self, step: Step, what: str) -> None:
        self.world.events.append((step.id, what))


@dataclass
class MemoryNote:
    """The number of the last send, where no restored backup reaches it."""

    world: World
    kept: dict[int, int] = field(default_factory=dict)

    def read(self, connection_id: int) -> int:
        return self.kept.get(connection_id, 0)

    def write(self, connection_id: int, epoch: int) -> None:
        self.world.pause()
        self.kept[connection_id] = epoch


class Lane:
    """A lock that dies with its process."""

    def still_held(self) -> bool:
        return True


class World:
    """Everything there is; ``pause`` gives the scheduler its turn, and ``now`` is its clock."""

    def __init__(self, seed: int, pause: Callable[[datetime | None], None]) -> None:
        self.random = random.Random(seed)  # noqa: S311 - chosen by seed, so that a run can be repeated
        self.odds = self.random.choice([Odds(), STORMY])
        self.now = START
        self.steps: dict[int, Step] = {}
        self.connections: dict[int, Connection] = {}
        self.contacts: dict[int, int] = {}  # ids in the ledger by our entry's id
        self.events: list[tuple[int, str]] = []
        self.lanes: set[str] = set()
        self.note = MemoryNote(self)
        self.was_restored = False
        self._pause = pause
        self.ledger = FarLedger(self)

    def pause(self, until: datetime | None = None) -> None:
        """Let the scheduler go on with something else, or with this."""
        self._pause(until)

    def happens(self, what: str) -> bool:
        """Tell whether something goes wrong now."""
        return self.random.random() < float(getattr(self.odds, what))

    @contextmanager
    def rows(self) -> Iterator[MemoryRows]:
        """Open one transaction: whole or not at all, and nobody else meanwhile."""
        self.pause()
        kept = backup(self)
        try:
            yield MemoryRows(self)
        except Exception:
            put_back(self, kept)
            raise
        self.pause()

    @contextmanager
    def lane(self, name: str) -> Iterator[Lane]:
        """Hold the account's lane."""
        if name in self.lanes:
            raise LockTaken(name)
        self.lanes.add(name)
        try:
            yield Lane()
        finally:
            self.lanes.discard(name)

    def due(self) -> list[int]:
        """Give the steps that may be taken up now."""
        return [
            each.id
            for each in self.steps.values()
            if each.state in OPEN
            and each.not_before <= self.now
            and (self.connections[each.connection_id].retry_at or self.now) <= self.now
        ]

    def add_connection(self, number: int) -> None:
        """Add a connection; all name the same account."""
        columns = dict.fromkeys(Connection.__table__.columns.keys())
        known = {"id": number, "name": f"C{number}", "epoch": 0, "state": ConnectionState.CONNECTED}
        self.connections[number] = cast(Connection, SimpleNamespace(**columns | known))

    def add_step(self, kind: StepKind, payload: dict[str, Any], **columns: Any) -> Step:  # noqa: ANN401
        """Queue a step."""
        known = {"id": len(self.steps) + 1, "kind": kind, "payload": payload, "state": StepState.QUEUED}
        known |= {"not_before": self.now, "tries": 0, "sends": 0, "found": [], **columns}
        step = cast(Step, SimpleNamespace(**dict.fromkeys(Step.__table__.columns.keys()) | known))
        self.steps[step.id] = step
        return step

    def add_item(self, number: int, *, entry: int, connection: int, **facts: Any) -> None:  # noqa: ANN401
        """Queue an item: a document with a payment, a file and a note. ``facts`` are of its payload."""
        mark = f"CF-{number:08d}"
        line = {"description": f"item {number}", "net": 100, "tax": 20, "vat_rate": "20", "category_id": 1}
        line |= {"product_id": 0, "project_id": 0, "quantity": "1", "rate": None}
        document: dict[str, Any] = {"kind": "cost", "reference": mark, "issued_on": DAY.isoformat()}
        document |= {
            "due_on": DAY.isoformat(),
            "project_id": 0,
            "currency": None,
            "exchange_rate": None,
            "lines": [line],
        }
        own: dict[str, Any] = {"connection_id": connection, "item_id": number, "group": 1, "attempt": 1}
        self.add_step(StepKind.DOCUMENT, document | {"marked": "reference" not in facts} | facts, entry_id=entry, **own)
        note = f"Counterfoil {mark}"
        paid = {
            "kind": "cost",
            "paid_on": DAY.isoformat(),
            "amount": 120,
            "method_id": 1,
            "account_id": 1,
            "note": note,
        }
        self.add_step(StepKind.PAYMENT, paid, **own)
        self.add_step(StepKind.ATTACHMENT, {"kind": "cost", "filename": f"{number}.pdf"}, **own)
        text = {"kind": "cost", "text": f"[{mark}]", "mark": mark, "written_on": DAY.isoformat()}
        self.add_step(StepKind.NOTE, text, **own)


def backup(world: World) -> list[dict[str, Any]]:
    """Take a copy of all rows."""
    return [dict(row.__dict__) for row in (*world.steps.values(), *world.connections.values())]


def put_back(world: World, copy: list[dict[str, Any]]) -> None:
    """Give the rows the columns they had."""
    for row, columns in zip((*world.steps.values(), *world.connections.values()), copy, strict=True):
        row.__dict__.update(columns)


def restore(world: World, copy: list[dict[str, Any]], contacts: dict[int, int]) -> None:
    """Put the copy of the rows in place of what is there."""
    put_back(world, copy)
    world.contacts = dict(contacts)
    world.was_restored = True
