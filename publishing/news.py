"""What became of a person's own publishes, to be told wherever in the product they are (H32, H33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from auth.keys import Person
from capture.history.models import Actor, Event
from capture.models import Item, ItemState
from core.money import format_money
from kashflow.models import Connection
from publishing.effects import noun
from publishing.outcomes import DONE, ENDINGS
from publishing.progress import ON_ITS_WAY

MOST_SINGLE = 3  # told one by one; more are told as numbers
ENDS = (DONE, *ENDINGS.values())
ENDED = (ItemState.PUBLISHED, ItemState.FAILED)


@dataclass(frozen=True)
class News:
    """One message; ``item_id`` where it is about one item alone."""

    text: str
    tone: str
    item_id: int | None = None


def last_event(session: Session) -> int:
    """Give the id of the newest event: news are asked since one."""
    return session.scalar(select(func.max(Event.id))) or 0


def count_waiting(session: Session, who: Person) -> int:
    """Count the items of a person that are on their way."""
    wanted = select(func.count()).where(Item.state.in_(ON_ITS_WAY), *_own(who))
    return session.scalar(wanted) or 0


def news_since(session: Session, who: Person, event_id: int) -> list[News]:
    """Give what of the items a person published has ended since an event, where messages are wanted."""
    told = select(Event.item_id).where(Event.id > event_id, Event.actor == Actor.WORKER, Event.what.in_(ENDS))
    wanted = select(Item).where(Item.id.in_(told), Item.state.in_(ENDED), *_own(who)).order_by(Item.id)
    items = session.scalars(wanted).all()
    return [_one(item) for item in items] if len(items) <= MOST_SINGLE else [_many(items)]


def _own(who: Person) -> list[ColumnElement[bool]]:
    telling = select(Connection.id).where(Connection.organisation_id == who.organisation_id, Connection.shows_message)
    return [Item.connection_id.in_(telling), Item.approved_by_id == who.id]


def _one(item: Item) -> News:
    name = f"{item.party_name or f'Item {item.id}'}, {format_money(item.total or 0, item.currency)}"
    if item.state is ItemState.FAILED:
        return News(f"Not published: {name}. {item.problem_code}: {item.problem}", "danger", item.id)
    text = f"Published: {name} is {noun(item.kind).lower()} {item.ledger_number} in KashFlow."
    if item.problem_code:
        return News(f"{text} {item.problem_code}: {item.problem}", "warning", item.id)
    return News(text, "success", item.id)


def _many(items: Sequence[Item]) -> News:
    failed = sum(item.state is ItemState.FAILED for item in items)
    lacking = sum(item.state is ItemState.PUBLISHED and item.problem_code is not None for item in items)
    text = f"{len(items) - failed:,} items are published"
    text += f", {lacking:,} of them not with all that belongs to them" if lacking else ""
    text += f"; {failed:,} failed" if failed else ""
    return News(f"{text}.", "danger" if failed else "warning" if lacking else "success")
