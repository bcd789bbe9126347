"""Entries that rules, open items and settings use although they are gone (LST-2), and putting others in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.entries.usage import CHANNEL_COLUMNS, count_uses, replace_columns, replace_in_items
from capture.history.events import Who
from capture.ways.models import ChannelChoice
from kashflow.ledger import ListKind
from lists.models import AccountLink, Defaults, Entry
from lists.remapping import suggest
from lists.service import get_entry, list_entries
from rules.entries import entry_ids
from rules.models import PartyDefault
from rules.service import list_rules, replace_entries

DEFAULT_COLUMNS = ("category_id", "product_id", "payment_method_id", "bank_account_id")
LINK_COLUMNS = ("payment_method_id", "bank_account_id")


@dataclass(frozen=True)
class Stray:
    """An entry that is gone but used: by how many rules, items and settings; what could take its place."""

    entry: Entry
    rules: int
    items: int
    settings: int
    candidates: list[Entry]
    suggested: Entry | None

    @property
    def uses(self) -> str:
        """Say in words what uses it."""
        counted = ((self.rules, "rule"), (self.items, "item"), (self.settings, "setting"))
        return ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in counted if number)


@dataclass(frozen=True)
class Remapped:
    """How much was mapped."""

    entries: int
    rules: int
    items: int


def find_strays(session: Session, connection_id: int) -> list[Stray]:
    """Give what is used although it is gone, list by list."""
    gone = list(session.scalars(select(Entry).where(Entry.connection_id == connection_id, Entry.active.is_(False))))
    ids = {entry.id for entry in gone}
    if not ids:
        return []
    rules = Counter(each for rule in list_rules(session, connection_id) for each in entry_ids(rule.when, rule.sets))
    items = count_uses(session, connection_id, ids)
    settings = Counter(_in_settings(session, connection_id))
    used = [entry for entry in gone if rules[entry.id] or items[entry.id] or settings[entry.id]]
    candidates = {kind: list_entries(session, connection_id, kind) for kind in {entry.list_kind for entry in used}}
    order = list(ListKind)
    strays = []
    for entry in sorted(used, key=lambda each: (order.index(each.list_kind), each.search_name)):
        fitting = [each for each in candidates[entry.list_kind] if set(entry.kinds) & set(each.kinds)]
        found = suggest(entry, fitting)
        strays.append(Stray(entry, rules[entry.id], items[entry.id], settings[entry.id], fitting, found))
    return strays


def remap(session: Session, connection_id: int, chosen: Mapping[int, int], who: Who) -> Remapped:
    """Put other entries in the place of those that are gone, in rules, open items and settings.

    Raises:
        NotFound: an entry is none of this connection, or not of the same list.
    """
    mapping: dict[int, Entry] = {}
    for stray in find_strays(session, connection_id):
        if stray.entry.id in chosen:
            mapping[stray.entry.id] = get_entry(session, connection_id, stray.entry.list_kind, chosen[stray.entry.id])
    ids = {old: new.id for old, new in mapping.items()}
    rules = replace_entries(session, connection_id, ids, who=who.name)
    for defaults in session.scalars(select(Defaults).where(Defaults.connection_id == connection_id)):
        replace_columns(defaults, DEFAULT_COLUMNS, mapping)
    _replace_links(session, connection_id, ids)
    items = replace_in_items(session, connection_id, mapping, who)
    return Remapped(len(mapping), rules, items)


def _in_settings(session: Session, connection_id: int) -> Iterator[int]:
    tables = ((Defaults, DEFAULT_COLUMNS), (AccountLink, LINK_COLUMNS), (ChannelChoice, CHANNEL_COLUMNS))
    for table, columns in tables:
        for row in session.scalars(select(table).where(table.connection_id == connection_id)):
            yield from (each for name in columns if (each := getattr(row, name)) is not None)
    for kept in session.scalars(select(PartyDefault).where(PartyDefault.connection_id == connection_id)):
        yield from (kept.entry_id, *entry_ids({}, kept.sets))


def _replace_links(session: Session, connection_id: int, ids: Mapping[int, int]) -> None:
    """Let links name the new entries; a method that has a link already keeps it."""
    rows = list(session.scalars(select(AccountLink).where(AccountLink.connection_id == connection_id)))
    taken = {row.payment_method_id for row in rows}
    for row in rows:
        row.bank_account_id = ids.get(row.bank_account_id or 0, row.bank_account_id)
        wanted = ids.get(row.payment_method_id)
        if wanted in taken:
            session.delete(row)
        elif wanted is not None:
            taken.add(wanted)
            row.payment_method_id = wanted
    session.flush()
