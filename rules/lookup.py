"""Which entry, channel or person a rule's JSON means by a name, a code or an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from core.errors import Incomplete, NotFound
from kashflow.ledger import Kind, ListKind
from lists.models import Entry
from lists.service import find_by_code, find_by_name, get_entry

LABELS = {
    ListKind.CATEGORIES: "category",
    ListKind.SUPPLIERS: "supplier",
    ListKind.CUSTOMERS: "customer",
    ListKind.SOURCES: "customer source",
    ListKind.PAYMENT_METHODS: "payment method",
    ListKind.BANK_ACCOUNTS: "bank account",
    ListKind.PRODUCTS: "product",
    ListKind.PROJECTS: "project",
}
LONGEST_ID = 9  # digits: as many as an integer column of every database takes
PARTIES = frozenset({ListKind.SUPPLIERS, ListKind.CUSTOMERS})


@dataclass(frozen=True)
class Around:
    """What rules name and other floors keep: channels and people, id to name."""

    channels: Mapping[int, str] = field(default_factory=dict)
    owners: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lookup:
    """Finds what a rule names among a connection's entries, and in what is around it.

    ``sides`` are the sides that a rule is for, in the order in which entries are looked for. ``mapping`` holds what a
    person said an unknown name means (imports): the list and the name, to an entry's id. With ``missing`` what is
    unknown is collected there instead of refused.
    """

    session: Session
    connection_id: int
    around: Around = field(default_factory=Around)
    sides: tuple[Kind, ...] = (Kind.COST, Kind.SALE)
    mapping: Mapping[tuple[ListKind, str], int] = field(default_factory=dict)
    missing: list[tuple[ListKind, str]] | None = None

    def entry(self, list_kind: ListKind, given: object, place: str) -> int | str:
        """Give the id of the entry that is meant; a supplier or customer nobody knows yet stays a name.

        Raises:
            Incomplete: there is none, it is not in use, or several have the name (LST-5).
        """
        tries = _read(list_kind, given)
        found = next((entry for key, value in tries if (entry := self._by(list_kind, key, value)) is not None), None)
        label = LABELS[list_kind]
        if found is None:
            said = str(tries[-1][1]).strip()[:300] if tries else ""
            if list_kind in PARTIES and said and tries[-1][0] == "name":
                return said
            if self.missing is not None and said:
                self.missing.append((list_kind, said))
                return 0
            text = f"There is no {label} “{said[:80]}” that can be used." if said else f"Name a {label}."
            raise Incomplete(text, field=place)
        if not found.active:
            raise Incomplete(f"The {label} “{found.name}” is not in use any more (LST-2).", field=place)
        return found.id

    def channel(self, given: object, place: str) -> int:
        """Give the id of the channel that is meant.

        Raises:
            Incomplete: there is none.
        """
        return _of(self.around.channels, given, "channel", place)

    def owner(self, given: object, place: str) -> int:
        """Give the id of the person who is meant.

        Raises:
            Incomplete: there is none.
        """
        return _of(self.around.owners, given, "person", place)

    def _by(self, list_kind: ListKind, key: str, value: str) -> Entry | None:
        mapped = self.mapping.get((list_kind, value))
        if key == "id" or mapped is not None:
            return self._by_id(list_kind, value if mapped is None else str(mapped))
        find = find_by_code if key == "code" else find_by_name
        found = (find(self.session, self.connection_id, list_kind, value, side) for side in self.sides)
        return next((entry for entry in found if entry is not None), None)

    def _by_id(self, list_kind: ListKind, value: str) -> Entry | None:
        if not value.isdecimal() or len(value) > LONGEST_ID:
            return None
        try:
            return get_entry(self.session, self.connection_id, list_kind, int(value))
        except NotFound:
            return None


def _read(list_kind: ListKind, given: object) -> list[tuple[str, str]]:
    """Give what to look by, in order: a bare number is an id, of a category its code first; a bare text is a name."""
    if isinstance(given, Mapping):
        named = [(key, given.get(key)) for key in ("id", "code", "name")]
    elif isinstance(given, bool) or not isinstance(given, int | str):
        named = []
    elif list_kind is ListKind.CATEGORIES and str(given).strip().isdecimal():
        named = [("code", given), ("id" if isinstance(given, int) else "name", given)]
    else:
        named = [("id" if isinstance(given, int) else "name", given)]
    return [(key, str(value).strip()) for key, value in named if isinstance(value, int | str) and str(value).strip()]


def _of(names: Mapping[int, str], given: object, label: str, place: str) -> int:
    if isinstance(given, Mapping):
        given = given.get("id", given.get("name"))
    if isinstance(given, int) and not isinstance(given, bool) and given in names:
        return given
    found = [key for key, name in names.items() if name.casefold() == str(given).strip().casefold()]
    if len(found) != 1:
        many = "several" if found else "no"
        raise Incomplete(
            f"There is {many} {label} “{str(given)[:80]}”. Known: {', '.join(names.values())}.", field=place
        )
    return found[0]
