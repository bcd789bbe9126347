"""What sending reads and writes in the database, within one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from capture.entries.relinking import link_namesakes
from capture.history.events import WORKER, Change, record
from capture.models import Item, ItemValue
from core.config import current
from core.db import snapshot, transaction
from kashflow.models import Connection
from lists.models import Entry
from lists.service import give_remote_id
from publishing.effects import Others
from publishing.models import IN_DOUBT, OPEN, Step, StepKind, StepState, remote_key
from publishing.progress import ON_ITS_WAY, reopen, show, waiting_for


class Rows(Protocol):
    """The rows of one transaction, as sending sees them."""

    def step(self, step_id: int) -> Step:
        """Give a step, held with its item against others until the transaction ends."""

    def connection(self, step: Step) -> Connection:
        """Give the connection it belongs to."""

    def lane(self, step_id: int) -> str:
        """Name the lane of its KashFlow account, however many connections name it."""

    def quiet_seconds(self, connection: Connection) -> int:
        """Give how long an unanswered request is left alone."""

    def unended(self, connection: Connection) -> Sequence[Step]:
        """Give the steps that have not ended."""

    def is_wanted(self, step: Step) -> bool:
        """Tell whether its item is still to be published: an edit takes a publication back."""

    def document(self, step: Step) -> Step | None:
        """Give the published document step of its publication."""

    def contact_id(self, step: Step) -> int:
        """Give KashFlow's id of the supplier or customer, 0 while there is none."""

    def in_doubt(self, step: Step) -> Sequence[Step]:
        """Give the other documents of the same KashFlow account of which nobody knows whether they are in."""

    def others(self, step: Step) -> Callable[[Collection[int]], Others]:
        """Give what tells what documents are to other items of the account."""

    def link_contact(self, step: Step) -> None:
        """Give the supplier or customer the id it was created with."""

    def tell(self, step: Step, what: str) -> None:
        """Tell the history, and let the items that wait for a step show how far they are."""


# Statements are built once: building one takes as long as running it.
_OWN = Step.id == bindparam("step_id")
_ITEM = select(Item).join(Step, Step.item_id == Item.id).where(_OWN).with_for_update(of=Item)
_STEP = (
    select(Step, Connection).join(Connection, Connection.id == Step.connection_id).where(_OWN).with_for_update(of=Step)
)
_USERNAME = select(Connection.username).join(Step, Step.connection_id == Connection.id).where(_OWN)
_DOCUMENT = select(Step).where(
    Step.item_id == bindparam("item_id"),
    Step.group == bindparam("group"),
    Step.kind == StepKind.DOCUMENT,
    Step.state == StepState.PUBLISHED,
)
_account = func.lower(Connection.username)
_own_account = select(_account).where(Connection.id == bindparam("connection_id")).scalar_subquery()
_same_account = select(Connection.id).where(or_(_account == _own_account, Connection.id == bindparam("connection_id")))
_others = (
    Step.connection_id.in_(_same_account),
    Step.kind == StepKind.DOCUMENT,
    Step.id != bindparam("step_id"),
)
_IN_DOUBT = select(Step).where(*_others, Step.state.in_(IN_DOUBT))
_LINKED = select(Step.remote_id).where(
    *_others, Step.state != StepState.WITHDRAWN, Step.remote_key.in_(bindparam("keys", expanding=True))
)
_ASKED_ABOUT = select(Step.found).where(*_others, Step.state == StepState.NEEDS_PERSON, Step.problem_code == "PUB-11")


class SqlRows:
    """The rows of a session."""

    def __init__(self, session: Session) -> None:
        self.made: list[int] = []  # suppliers and customers that KashFlow has now
        self._session = session
        self._held: list[object] = []  # a session alone forgets what nobody holds, and would read it again

    def step(self, step_id: int) -> Step:
        """Give a step, held with its item against others until the transaction ends."""
        # the item first, as a person's change takes them, so that neither waits for the other for ever
        self._held += self._session.scalars(_ITEM, {"step_id": step_id})
        step, connection = self._session.execute(_STEP, {"step_id": step_id}).one()
        self._held += [step, connection]
        return step

    def connection(self, step: Step) -> Connection:
        """Give the connection it belongs to."""
        return self._session.get_one(Connection, step.connection_id)

    def lane(self, step_id: int) -> str:
        """Name the lane of its KashFlow account, however many connections name it."""
        username = self._session.scalars(_USERNAME, {"step_id": step_id}).one() or ""
        return f"lane:{current().kashflow_url}:{username.casefold()}"

    def quiet_seconds(self, connection: Connection) -> int:
        """Give how long an unanswered request is left alone."""
        return current().quiet_seconds if connection.quiet_seconds is None else connection.quiet_seconds

    def unended(self, connection: Connection) -> Sequence[Step]:
        """Give the steps that have not ended."""
        wanted = select(Step).where(Step.connection_id == connection.id, Step.state.in_(OPEN))
        return self._session.scalars(wanted).all()

    def is_wanted(self, step: Step) -> bool:
        """Tell whether its item is still to be published: an edit takes a publication back."""
        return step.item is None or step.item.state in ON_ITS_WAY

    def document(self, step: Step) -> Step | None:
        """Give the published document step of its publication."""
        return self._session.scalars(_DOCUMENT, {"item_id": step.item_id, "group": step.group}).first()

    def contact_id(self, step: Step) -> int:
        """Give KashFlow's id of the supplier or customer, 0 while there is none."""
        return int(step.entry.remote_id or 0) if step.entry else 0

    def in_doubt(self, step: Step) -> Sequence[Step]:
        """Give the other documents of the same KashFlow account of which nobody knows whether they are in."""
        own = {"step_id": step.id, "connection_id": step.connection_id}
        return self._session.scalars(_IN_DOUBT, own).all()

    def others(self, step: Step) -> Callable[[Collection[int]], Others]:
        """Give what tells what documents are to other items of the account."""
        own, kind = {"step_id": step.id, "connection_id": step.connection_id}, step.payload["kind"]

        def ask(ids: Collection[int]) -> Others:
            if not ids:
                return Others()
            keys = [remote_key(kind, each) for each in ids]
            with snapshot() as session:
                disputed = {each["remote_id"] for found in session.scalars(_ASKED_ABOUT, own) for each in found}
                linked = session.scalars(_LINKED, own | {"keys": keys})
                return Others(frozenset(each for each in linked if each), frozenset(disputed))

        return ask

    def link_contact(self, step: Step) -> None:
        """Give the supplier or customer the id it was created with."""
        entry = self._session.get_one(Entry, step.entry_id)
        if entry.remote_id is not None or not step.remote_id:
            return
        bearer = give_remote_id(self._session, entry, str(step.remote_id), step.payload["code"])
        self.made.append(bearer.id)
        if bearer is not entry:
            for table in (Item.supplier_id, Item.customer_id, ItemValue.entry_id, Step.entry_id):
                self._session.execute(update(table.class_).where(table == entry.id).values({table.key: bearer.id}))

    def tell(self, step: Step, what: str) -> None:
        """Tell the history, and let the items that wait for a step show how far they are."""
        with self._session.no_autoflush:  # what is changed here is written at the end, at once
            self._tell(step, what)

    def _tell(self, step: Step, what: str) -> None:
        for item in [step.item] if step.item is not None else waiting_for(self._session, step):
            if what:
                detail = {"number": step.remote_number, "problem": step.problem}
                record(self._session, item, WORKER, what, change=Change(_NAMES[step.kind]), detail=detail)
            if step.kind is StepKind.DELETION and step.state is StepState.PUBLISHED:
                reopen(self._session, item)
            else:
                show(self._session, item)


_NAMES = {kind: kind.value for kind in StepKind} | {
    StepKind.CONTACT: "supplier or customer",
    StepKind.ATTACHMENT: "file",
    StepKind.UPDATE: "changes",
    StepKind.DELETION: "publish",
}


@contextmanager
def sql_rows() -> Iterator[Rows]:
    """Open one transaction; after it, items that name a supplier or customer it made are linked to them."""
    with transaction() as session:
        rows = SqlRows(session)
        yield rows
    for party_id in rows.made:
        link_namesakes(party_id)
