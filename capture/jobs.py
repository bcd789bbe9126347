"""What workers run for capture: reading what came in, and publishing what a rule wants published by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from capture.coding.autopublish import hold_back, rule_to_publish
from capture.history.events import Who
from capture.history.models import Actor
from capture.intake import leftovers
from capture.lessons.placing import due_items, place_lessons
from capture.models import Item
from capture.pulses import LEFTOVERS, SWEEP, beat
from capture.reader import due_submissions, read_one, reader
from capture.rereading import read_item, unread_items
from core.config import current
from core.db import transaction
from core.errors import CounterfoilError
from core.log import get_logger
from publishing.jobs import send_due
from publishing.service import queue_item
from worker import Due, enqueue

log = get_logger(__name__)
SWEEP_SEEN = timedelta(seconds=10)  # how often the sweep says that it lives


def get_ready() -> None:
    """Start the reading process, so that the first document does not wait until it has loaded everything."""
    reader().warm(current().ocr_engine)


def read_submission(submission_id: int) -> None:
    """Read one submission into items, and publish those that a rule wants published."""
    for item_id in read_one(submission_id):
        publish_by_rule(item_id)


def read_waiting_item(item_id: int) -> None:
    """Read an item over its pages, where it waits for that, and publish it where a rule wants it."""
    if read_item(reader(), item_id):
        publish_by_rule(item_id)


def publish_by_rule(item_id: int) -> None:
    """Queue an item where a rule wants it and nothing speaks against it; otherwise it waits for a person (PUB-19)."""
    with transaction() as session:
        item = session.get_one(Item, item_id, with_for_update=True)
        rule = rule_to_publish(session, item) if item.made_by_id is None else None  # else a person is at it
        if rule is None:
            return
        try:
            with session.begin_nested():
                queue_item(session, item.connection_id, item_id, Who(Actor.RULE, rule.name))
                item.approved_by_rule_id = rule.id
        except CounterfoilError as problem:
            session.refresh(item)
            hold_back(session, item, rule, [str(problem)])
            return
        connection_id = item.connection_id
    log.info("published by a rule", item=item_id, rule=rule.id)
    enqueue(send_due, connection_id)


def find_due() -> Iterable[Due]:
    """Find what waits to be read, what was being read by a process that died, corrections to learn from, leftovers."""
    beat(SWEEP, every=SWEEP_SEEN)
    if beat(LEFTOVERS, every=leftovers.AGE):
        yield Due("capture.jobs.remove_leftovers", ())
    yield from (Due("capture.jobs.read_submission", (submission_id,)) for submission_id in due_submissions())
    yield from (Due("capture.jobs.read_waiting_item", (item_id,)) for item_id in unread_items())
    yield from (Due("capture.jobs.learn", (item_id,)) for item_id in due_items())


def learn(item_id: int) -> None:
    """Find where the values stand that a person corrected on an item."""
    place_lessons(item_id)


def remove_leftovers() -> None:
    """Remove what the file store holds without a row."""
    leftovers.remove_leftovers()
