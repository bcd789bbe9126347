"""What is asked of a list of items: tab, filters, order and page, read from an address and written into one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date

from capture.fields import SPECS, to_column, to_text
from capture.models import ItemState
from core.db import LARGEST_ID
from core.errors import Incomplete
from kashflow.ledger import Kind

TABS: dict[str, tuple[str, tuple[ItemState, ...]]] = {
    "review": ("To review", (ItemState.TO_REVIEW,)),
    "ready": ("Ready", (ItemState.READY,)),
    "sending": ("Processing", (ItemState.QUEUED, ItemState.SENDING, ItemState.UNCONFIRMED)),
    "failed": ("Failed", (ItemState.FAILED,)),
    "published": ("Published", (ItemState.PUBLISHED,)),
    "archive": ("Archive", tuple(ItemState)),
    "deleted": ("Deleted", tuple(ItemState)),
    "all": ("All", tuple(ItemState)),
}
SORTS = ("received", "date", "name", "total")
LONGEST = 200


@dataclass(frozen=True)
class Ask:
    """Which items are asked for, in which order. Amounts in hundredths; ``after`` is where the page before ended."""

    kind: Kind
    tab: str = "review"
    text: str = ""
    party: str = ""
    category: int | None = None
    owner: int | None = None
    channel: int | None = None
    since: date | None = None
    until: date | None = None
    least: int | None = None
    most: int | None = None
    problem: bool = False
    sort: str = "received"
    rising: bool = False
    after: str = ""

    @property
    def states(self) -> tuple[ItemState, ...]:
        """The states that its tab shows."""
        return TABS[self.tab][1]

    @property
    def narrowed(self) -> bool:
        """Whether anything but tab, order and page was chosen."""
        plain = Ask(self.kind, self.tab, sort=self.sort, rising=self.rising, after=self.after)
        return self != plain

    @property
    def further(self) -> int:
        """How many of the filters that are folded away are in use."""
        folded = (self.party, self.channel, self.since, self.until, self.least, self.most, self.problem)
        return sum(1 for each in folded if each not in {None, "", False})


def read_ask(kind: Kind, given: Mapping[str, str]) -> Ask:
    """Read an address; what cannot be used there is as if it was not given."""
    tab, sort = given.get("tab", ""), given.get("sort", "")
    return Ask(
        kind=kind,
        tab=tab if tab in TABS else "",
        text=given.get("text", "").strip()[:LONGEST],
        party=given.get("party", "").strip()[:300],
        category=read_id(given.get("category")),
        owner=read_id(given.get("owner")),
        channel=read_id(given.get("channel")),
        since=_value("date", given.get("since")),
        until=_value("date", given.get("until")),
        least=_value("total", given.get("least")),
        most=_value("total", given.get("most")),
        problem=bool(given.get("problem")),
        sort=sort if sort in SORTS else "received",
        rising=bool(given.get("rising")),
        after=given.get("after", "")[:LONGEST],
    )


def write_ask(ask: Ask, **changes: object) -> dict[str, str]:
    """Give the parts of an address that ask for this, or for this with changes; from its first page unless told."""
    changed = replace(ask, **{"after": "", **changes})  # type: ignore[arg-type]
    written = {each.name: _text(each.name, getattr(changed, each.name)) for each in fields(changed)}
    return {name: text for name, text in written.items() if text and name != "kind" and (name, text) != _PLAIN}


_PLAIN = ("sort", "received")


def _text(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if name in {"least", "most"}:
        return to_text(SPECS["total"], value) or ""
    return value.isoformat() if isinstance(value, date) else str(value)


def read_id(given: str | None) -> int | None:
    """Read an id, if it can be one."""
    return int(given) if given and given.isdecimal() and int(given) <= LARGEST_ID else None


def _value(name: str, given: str | None):  # type: ignore[no-untyped-def] # noqa: ANN202 - a date or an amount
    with suppress(Incomplete):
        return to_column(SPECS[name], given)
    return None
