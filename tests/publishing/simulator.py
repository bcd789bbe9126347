"""Many short lives of two workers, with kills, freezes and a bad line at every step; and what must hold after them.

The code under test is the product's own (publishing/sending.py and what it calls). Workers are greenlets: whoever is
to run next, for how long, and what goes wrong is drawn from the seed, so that every run can be repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from greenlet import getcurrent, greenlet

from core.db import LockTaken
from kashflow.ledger import Kind, Ledger
from publishing.attaching import Attachable, AttachmentEffect
from publishing.documents import DocumentEffect
from publishing.effects import ContactEffect, Effect, NoteEffect, PaymentEffect
from publishing.mapping import to_document
from publishing.models import OPEN, STUCK, Step, StepKind, StepState
from publishing.sending import Moved, Office, send
from tests.publishing.world import QUIETLY, World, backup, restore

WORKERS = 2
TURNS = 400  # in which things go wrong; after them everything is calm
CALM_TURNS = 20_000


class Killed(BaseException):
    """kill -9."""


@dataclass
class Worker:
    """A process that sends: ``awake_at`` is in the future while it is frozen or waits."""

    body: greenlet
    awake_at: datetime


class Simulation:
    """One run."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed, self.pause)
        self.office = Office(
            self.world.rows, self.world.lane, self.ledger, self.effects, self.world.note, lambda: self.world.now
        )
        self.scheduler = getcurrent()
        self.workers = [self.new_worker() for _ in range(WORKERS)]
        set_scene(self.world)
        self.copy, self.contacts = backup(self.world), dict(self.world.contacts)

    def ledger(self, connection_id: int) -> Ledger:
        del connection_id
        return self.world.ledger

    def effects(self) -> dict[StepKind, Effect]:
        return {
            StepKind.CONTACT: ContactEffect(),
            StepKind.DOCUMENT: DocumentEffect(),
            StepKind.PAYMENT: PaymentEffect(),
            StepKind.ATTACHMENT: AttachmentEffect(lambda _: Attachable(b"%PDF", "application/pdf")),
            StepKind.NOTE: NoteEffect(),
        }

    def pause(self, until: datetime | None) -> None:
        """Give the scheduler its turn; called by workers alone."""
        if getcurrent() is not self.scheduler:
            self.scheduler.switch(until)

    def new_worker(self) -> Worker:
        return Worker(greenlet(self.work, self.scheduler), self.world.now)

    def work(self) -> None:
        """Be a worker for ever."""
        while True:
            self.pause(None)
            due = self.world.due()
            if not due:
                self.pause(self.next_moment())
                continue
            try:
                send(self.office, self.world.random.choice(due))
            except Moved:
                continue
            except LockTaken:
                self.pause(self.world.now + timedelta(seconds=2))

    def run(self) -> list[str]:
        """Run to the end and give what is wrong."""
        world = self.world
        for turn in range(TURNS):
            if turn % 100 == 0:
                self.copy, self.contacts = backup(world), dict(world.contacts)
            if turn % 20 == 0 and not self.has_work():
                break
            self.turn()
        world.odds = QUIETLY
        for turn in range(CALM_TURNS):
            if turn % 20 == 0 and not self.has_work():
                break
            self.turn()
        for worker in self.workers:
            self.kill(worker)
        world.now += timedelta(hours=1)
        world.ledger.land()
        return list(find_wrongs(world))

    def has_work(self) -> bool:
        """Tell whether a step has not ended that can."""
        steps = self.world.steps.values()
        return any(each.state in OPEN and can_end(self.world, each) for each in steps)

    def turn(self) -> None:
        """Let one thing happen."""
        world, chance = self.world, self.world.random
        if world.happens("meddle"):
            meddle(world)
        if world.happens("restore") and not world.was_restored:
            self.restore()
        awake = [number for number, each in enumerate(self.workers) if each.awake_at <= world.now]
        if not awake:
            world.now = self.next_moment()
            world.ledger.land()
            return
        number = chance.choice(awake)
        worker = self.workers[number]
        if world.happens("kill"):
            self.kill(worker)
            self.workers[number] = self.new_worker()
        elif world.happens("freeze"):
            worker.awake_at = world.now + timedelta(seconds=chance.choice([1, 10, 40, 100, 300]))
        else:
            until = worker.body.switch()
            worker.awake_at = until or world.now
            if chance.random() < 0.3:
                world.now += timedelta(seconds=chance.random())
                world.ledger.land()

    def restore(self) -> None:
        """Put a backup in place of what is there; every process is stopped for that."""
        for number, worker in enumerate(self.workers):
            self.kill(worker)
            self.workers[number] = self.new_worker()
        restore(self.world, self.copy, self.contacts)

    def next_moment(self) -> datetime:
        """Give the next moment at which something is to happen."""
        world = self.world
        moments = [each.awake_at for each in self.workers] + [each.at for each in world.ledger.flights]
        moments += [each.not_before for each in world.steps.values() if each.state in OPEN]
        moments += [each.retry_at for each in world.connections.values() if each.retry_at]
        return min((each for each in moments if each > world.now), default=world.now + timedelta(seconds=5))

    def kill(self, worker: Worker) -> None:
        if worker.body:
            with suppress(Killed):
                worker.body.throw(Killed)


def set_scene(world: World) -> None:
    """Draw what there is to publish: new suppliers, twins, documents that people entered, and two connections."""
    chance = world.random
    world.add_connection(1)
    world.add_connection(2)
    world.contacts[1] = 4711
    if chance.random() < 0.5:
        payload = {"kind": "cost", "code": "NEW1", "name": "New"}
        world.add_step(StepKind.CONTACT, payload, connection_id=1, item_id=None, entry_id=2, group=1, attempt=1)
    facts: list[dict[str, object]] = [
        {},
        {"reference": "R1"},
        {"reference": "R1", "anyway": "twice"},
        {"reference": "R2"},
    ]
    for number in range(1, chance.randint(2, 4)):
        entry = chance.choice([1, 2]) if len(world.steps) and world.steps[1].kind is StepKind.CONTACT else 1
        world.add_item(number, entry=entry, connection=chance.choice([1, 2]), **chance.choice(facts))
    if chance.random() < 0.3:
        meddle(world)


def meddle(world: World) -> None:
    """Let somebody enter the like of an item by hand, or delete what was entered by hand last."""
    book = world.ledger.books[Kind.COST]
    own = [each for each in book if world.ledger.origins[each.remote_id] == ["somebody"]]
    if own and own[-1] is book[-1] and world.happens("meddle"):
        book.pop()
        return
    documents = [each for each in world.steps.values() if each.kind is StepKind.DOCUMENT]
    sent = {each.payload["reference"] for each in documents if each.sent_at or world.lanes}
    unsent = [each for each in documents if each.payload.get("anyway") and each.payload["reference"] not in sent]
    if not unsent:  # what somebody enters later would be taken for ours, with every right
        return
    step = world.random.choice(unsent)
    contact = world.contacts.get(step.entry_id or 0)
    if contact:
        payload = {**step.payload, "lines": [{**step.payload["lines"][0], "description": "somebody"}]}
        world.ledger.enter(Kind.COST, to_document(payload, contact))


def can_end(world: World, step: Step) -> bool:
    """Tell whether a step can end: what has to come before it has not failed."""
    if step.kind is StepKind.CONTACT:
        return True
    if step.kind is StepKind.DOCUMENT:
        contacts = [each for each in world.steps.values() if each.kind is StepKind.CONTACT]
        refused = any(each.entry_id == step.entry_id and each.state is StepState.REFUSED for each in contacts)
        return not refused
    document = document_of(world, step)
    return can_end(world, document) and document.state not in STUCK


def document_of(world: World, step: Step) -> Step:
    """Give the document step of the same item."""
    same = (each for each in world.steps.values() if each.item_id == step.item_id)
    return next(each for each in same if each.kind is StepKind.DOCUMENT)


def find_wrongs(world: World) -> Iterator[str]:
    """Compare the ledger with the rows and the history."""
    told = Counter(world.events)
    for step in world.steps.values():
        if step.state in OPEN and can_end(world, step):
            yield f"stuck: {step.kind} of item {step.item_id} is {step.state}"
        entered = 1 if is_one_of_equals(world, step) else count_entered(world, step)
        if entered > 1:
            yield f"double: {step.kind} of item {step.item_id} was entered {entered} times"
        if step.state is StepState.PUBLISHED and entered == 0:
            yield f"lost: {step.kind} of item {step.item_id} is said to be in"
        if step.state is StepState.REFUSED and entered and not is_one_of_equals(world, step):
            yield f"wrong: {step.kind} of item {step.item_id} is in and said to be refused"
        if step.state is StepState.PUBLISHED and told[step.id, "published"] < 1:
            yield f"untold: {step.kind} of item {step.item_id} was published"
        if step.kind is StepKind.DOCUMENT:
            yield from find_wrong_links(world, step)


def find_wrong_links(world: World, step: Step) -> Iterator[str]:
    """See that an item is linked to its own document, and that nobody is asked without need."""
    if step.state is StepState.PUBLISHED:
        origins = world.ledger.origins.get(step.remote_id or 0, [])
        if origins != [f"item {step.item_id}"] and not is_one_of_equals(world, step):
            yield f"mistaken: item {step.item_id} is linked to the document of {origins}"
    if step.state is StepState.NEEDS_PERSON and not world.was_restored:
        if step.problem_code == "PUB-11":
            yield f"unneeded: a person is asked about item {step.item_id}: {step.problem}"
        elif count_entered(world, step):
            yield f"unneeded: item {step.item_id} is taken for its own twin"


def is_one_of_equals(world: World, step: Step) -> bool:
    """Tell whether equal documents were told apart as well as can be.

    After a restored backup nobody can tell which of several equal documents is whose: it is right when every item that
    is said to be in has one of its own, and none is left over.
    """
    if not world.was_restored or step.kind is StepKind.CONTACT:
        return False
    reference = document_of(world, step).payload["reference"]
    book = [each.remote_id for each in world.ledger.books[Kind.COST] if each.reference == reference]
    ours = [each for each in book if world.ledger.origins[each] != ["somebody"]]
    equals = [each for each in world.steps.values() if each.payload.get("reference") == reference]
    linked = [each.remote_id for each in equals if each.remote_id]
    settled = len(equals) == len(linked) or any(each.state in STUCK for each in equals)
    return len(equals) > 1 and len(set(linked)) == len(linked) and len(ours) <= len(equals) and settled


def count_entered(world: World, step: Step) -> int:
    """Count how often the effect of a step is in the ledger."""
    ledger, payload = world.ledger, step.payload
    if step.kind is StepKind.CONTACT:
        return sum(each.code == payload["code"] for each in ledger.contacts[Kind.COST])
    if step.kind is StepKind.DOCUMENT:
        return sum(each == [f"item {step.item_id}"] for each in ledger.origins.values())
    if step.kind is StepKind.PAYMENT:
        return sum(each.note == payload["note"] for paid in ledger.paid.values() for each in paid)
    if step.kind is StepKind.ATTACHMENT:
        return sum(each.filename == payload["filename"] for kept in ledger.files.values() for each, _ in kept)
    return sum(payload["mark"] in each for written in ledger.written.values() for each in written)


def simulate(seeds: range) -> dict[int, list[str]]:
    """Run one life for each seed and give what was wrong in which."""
    wrongs = {seed: Simulation(seed).run() for seed in seeds}
    return {seed: found for seed, found in wrongs.items() if found}
