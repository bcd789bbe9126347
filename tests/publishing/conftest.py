"""A connection with its lists, items ready to be published, and an office whose ledger and clock the test holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.history.events import Who
from capture.history.models import Actor, Event
from capture.models import Item, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, put_value, settle
from core.db import now as present
from core.db import process_lock
from kashflow.ledger import Contact, Kind, Ledger, ListKind
from kashflow.models import Connection, ConnectionState
from kashflow.service import get_connection
from lists.models import Entry
from publishing.attaching import Attachable, AttachmentEffect
from publishing.documents import DeletionEffect, DocumentEffect, UpdateEffect
from publishing.effects import ContactEffect, Effect, NoteEffect, PaymentEffect
from publishing.models import OPEN, Step, StepKind
from publishing.rows import sql_rows
from publishing.sending import Office, send
from publishing.service import Anyway, queue_item
from tests.factories.capture import EntryFactory, ItemFactory
from tests.fakes import FakeLedger

PERSON = Who(Actor.PERSON, "Ann")
QUIET = 5


@dataclass
class Note:
    """The number of the last send, in memory."""

    kept: dict[int, int] = field(default_factory=dict)

    def read(self, connection_id: int) -> int:
        return self.kept.get(connection_id, 0)

    def write(self, connection_id: int, epoch: int) -> None:
        self.kept[connection_id] = epoch


@dataclass
class Desk:
    """Everything a test of publishing works with."""

    session: Session
    connection: Connection
    ledger: FakeLedger
    ahead: timedelta = timedelta()  # of the real time
    note: Note = field(default_factory=Note)
    far: Ledger | None = None  # a real client, where a test has one
    attached: list[bytes] = field(default_factory=lambda: [b"%PDF"])

    @property
    def now(self) -> datetime:
        return present() + self.ahead

    def office(self) -> Office:
        return Office(sql_rows, process_lock, self.open, self.effects, self.note, lambda: self.now)

    def open(self, connection_id: int) -> Ledger:
        del connection_id
        return self.far or self.ledger

    def effects(self) -> dict[StepKind, Effect]:
        return {
            StepKind.CONTACT: ContactEffect(),
            StepKind.DOCUMENT: DocumentEffect(),
            StepKind.PAYMENT: PaymentEffect(),
            StepKind.ATTACHMENT: AttachmentEffect(lambda _: Attachable(self.attached[0], "application/pdf")),
            StepKind.NOTE: NoteEffect(),
            StepKind.UPDATE: UpdateEffect(),
            StepKind.DELETION: DeletionEffect(),
        }

    def publish(self, item_id: int, reason: str = "") -> None:
        """Queue an item, with a reason even where the same document is there, and work."""
        anyway = Anyway(reason) if reason else None
        queue_item(self.session, self.connection.id, item_id, PERSON, anyway=anyway)
        self.work()

    def work(self, *, passes: int = 3) -> None:
        """Take every step that has not ended further, as a worker does."""
        self.session.commit()
        for _ in range(passes):
            for step in self.steps():
                if step.state in OPEN:
                    send(self.office(), step.id)
            self.session.expire_all()

    def wait(self, seconds: float = QUIET + 1) -> None:
        """Let time pass, and work."""
        self.ahead += timedelta(seconds=seconds)
        self.work()

    def steps(self, kind: StepKind | None = None) -> list[Step]:
        self.session.expire_all()
        steps = list(self.session.scalars(select(Step).order_by(Step.id)))
        return [each for each in steps if kind in {None, each.kind}]

    def item(self, **values: str) -> Item:
        """Make an item that can be published: 100.00 and 20.00 VAT from the known supplier."""
        made: Item = ItemFactory.create(connection=self.connection)
        facts = {"date": "2026-03-01", "reference": "R-1", "net": "100.00", "tax": "20.00", "total": "120.00"}
        facts |= {"vat_rate": "20", "document_type": "invoice", "supplier": "Fernside", "category": "Rent"}
        facts |= values
        for name, value in facts.items():
            self.set(made, name, value)
        settle(self.session, made)
        return made

    def set(self, item: Item, name: str, value: str) -> None:
        entry = self.session.scalar(
            select(Entry).where(Entry.name == value, Entry.connection_id == self.connection.id, Entry.active)
        )
        edit = Edit(value or None, entry.id if entry else None)
        put_value(self.session, item, name, edit, Evidence(Layer.PERSON, Origin.PERSON))

    def edit(self, item: Item, **values: str) -> None:
        """Change an item as a person does."""
        for name, value in values.items():
            self.set(item, name, value)
        settle(self.session, item)

    def history(self, item: Item) -> list[str]:
        return list(self.session.scalars(select(Event.what).where(Event.item_id == item.id).order_by(Event.id)))


@pytest.fixture
def desk(session: Session, membership: Membership) -> Desk:
    connection = get_connection(session, membership.organisation_id)
    connection.state, connection.username, connection.quiet_seconds = ConnectionState.CONNECTED, "demo", QUIET
    ledger = FakeLedger()
    ledger.contacts[Kind.COST].append(Contact(4711, "FERN", "Fernside"))
    own = {"connection": connection}
    EntryFactory.create(**own, name="Fernside", remote_id="4711", is_sale=False)
    EntryFactory.create(**own, list_kind=ListKind.CUSTOMERS, name="Calder", remote_id="4712", is_cost=False)
    EntryFactory.create(**own, category=True, remote_id="71", is_sale=False)
    EntryFactory.create(**own, list_kind=ListKind.CATEGORIES, name="Sales", code="4000", remote_id="40", is_cost=False)
    EntryFactory.create(**own, list_kind=ListKind.BANK_ACCOUNTS, name="Current", remote_id="81")
    card = {"list_kind": ListKind.PAYMENT_METHODS, "name": "Card", "side": "cost", "is_sale": False}
    EntryFactory.create(**own, **card, remote_id="91")
    for rate in ("20", "5", "0", "exempt"):
        EntryFactory.create(**own, list_kind=ListKind.VAT_RATES, name=rate, code=rate, remote_id=rate)
    session.commit()
    return Desk(session, connection, ledger)
