"""All channels with what is chosen for one connection, saved together (S10, G13-G16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from auth.service import list_members
from auth.trail import record
from capture.ways.models import Channel, ChannelChoice
from capture.ways.service import check_names, choices_of, clean_name, get_own_channel, is_set_up
from core.errors import Incomplete, NotFound
from kashflow.ledger import Kind, ListKind
from lists.models import Entry
from lists.service import get_entry

LISTS = {
    "source": ListKind.SOURCES,
    "payment_method": ListKind.PAYMENT_METHODS,
    "bank_account": ListKind.BANK_ACCOUNTS,
}


@dataclass(frozen=True)
class Row:
    """What is said of one channel. Entries are ids of lists, ``owner_id`` is a user's."""

    name: str
    enabled: bool
    sends: bool
    source_id: int | None = None
    payment_method_id: int | None = None
    bank_account_id: int | None = None
    owner_id: int | None = None
    wanted_kind: Kind | None = None


def save_rows(session: Session, organisation_id: int, connection_id: int, rows: Mapping[int, Row], *, by: str) -> None:
    """Save all rows together, and write what changed into the audit trail.

    Raises:
        NotFound: a channel, an entry or a person is none of theirs.
        Incomplete: a name is missing or taken, or a channel is not set up yet.
    """
    channels = {each: get_own_channel(session, organisation_id, connection_id, each) for each in rows}
    names = {channel_id: clean_name(row.name) for channel_id, row in rows.items()}
    check_names(session, organisation_id, names)
    people = {each.user_id: each.user.email for each in list_members(session, organisation_id)}
    kept = choices_of(session, connection_id)
    choices = {each: kept.get(each) or _no_choice(each, connection_id) for each in rows}
    before = {each: _describe(session, channels[each], choices[each], people) for each in rows}
    for channel_id, channel in channels.items():
        if channel.name != names[channel_id]:
            channel.name = f"\N{MIDDLE DOT}{channel_id}"  # two may swap their names
    session.flush()
    for channel_id, row in rows.items():
        _check(session, connection_id, channels[channel_id], row, people)
        _write(channels[channel_id], choices[channel_id], row)
        channels[channel_id].name = names[channel_id]
        after = _describe(session, channels[channel_id], choices[channel_id], people)
        changed = [name for name in after if after[name] != before[channel_id][name]]
        told = [f"{name} from {before[channel_id][name]} to {after[name]}" for name in changed]
        if told:
            session.add(choices[channel_id])
            record(session, organisation_id, by, "channel changed", f"{names[channel_id]}: {'; '.join(told)}")
    session.flush()


def _no_choice(channel_id: int, connection_id: int) -> ChannelChoice:
    return ChannelChoice(channel_id=channel_id, connection_id=connection_id, sends=True)


def _check(session: Session, connection_id: int, channel: Channel, row: Row, people: Mapping[int, str]) -> None:
    if row.owner_id is not None and row.owner_id not in people:
        raise NotFound("There is no such person.")
    for name, list_kind in LISTS.items():
        chosen = getattr(row, f"{name}_id")
        if chosen is not None:
            get_entry(session, connection_id, list_kind, chosen)
    if row.enabled and not is_set_up(channel):
        text = f"“{channel.name}” cannot be switched on before it is set up. Nothing was saved."
        raise Incomplete(text, field=f"enabled-{channel.id}")


def _write(channel: Channel, choice: ChannelChoice, row: Row) -> None:
    if row.enabled and not channel.enabled:
        channel.due_at, channel.failures = None, 0
    channel.enabled, channel.owner_id, channel.wanted_kind = row.enabled, row.owner_id, row.wanted_kind
    choice.sends = row.sends
    for name in LISTS:
        setattr(choice, f"{name}_id", getattr(row, f"{name}_id"))


def _describe(
    session: Session, channel: Channel, choice: ChannelChoice, people: Mapping[int, str]
) -> dict[str, str | None]:
    """Say in words what holds for a channel."""
    entries = {name: session.get(Entry, getattr(choice, f"{name}_id") or 0) for name in LISTS}
    return {
        "name": channel.name,
        "switched on": "yes" if channel.enabled else "no",
        "sent to KashFlow": "yes" if choice.sends else "no",
        **{name.replace("_", " "): entry.name if entry else "none" for name, entry in entries.items()},
        "owner": people.get(channel.owner_id or 0, "whoever sends"),
        "kind": channel.wanted_kind.value if channel.wanted_kind else "as read",
    }
