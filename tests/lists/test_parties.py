"""Finding whom a document means among many suppliers."""

from __future__ import annotations

import random

import pytest
from sqlalchemy.orm import Session

from kashflow.ledger import Kind, Listed, ListKind
from kashflow.models import Connection
from kashflow.service import list_connections
from lists.keeping import keep_list
from lists.matching import Party, match_party, party_of
from lists.models import Entry
from lists.service import list_entries, make_party, parties_like
from tests.factories.auth import OrganisationFactory

SYLLABLES = ("bar", "cle", "dun", "for", "gate", "har", "ing", "kes", "lan", "mor", "ne", "oak", "pen", "ri", "ston")


@pytest.fixture
def connection(session: Session) -> Connection:
    return list_connections(session, OrganisationFactory.create().id)[0]


def keep(session: Session, connection: Connection, *suppliers: Listed) -> None:
    keep_list(session, connection.id, ListKind.SUPPLIERS, list(suppliers))


def names_like(session: Session, connection: Connection, read: Party) -> list[str]:
    return sorted(party.name for party in parties_like(session, connection.id, Kind.COST, read))


@pytest.mark.parametrize(
    ("detail", "value", "read"),
    [
        ("vat_number", "GB 123 4567 82", {"vat_number": "123456782"}),
        ("website", "https://www.oak.example/shop", {"email": "sales@oak.example"}),
        ("phone", "+44 161 496 0000", {"phone": "0161 496 0000"}),
    ],
)
def test_h11_a_number_or_domain_finds_a_supplier_of_quite_another_name(
    session: Session, connection: Connection, detail: str, value: str, read: dict[str, str]
) -> None:
    keep(session, connection, Listed("1", "Oak Lane Ltd", details={detail: value}), Listed("2", "Somebody else"))

    assert names_like(session, connection, Party(0, "Zebra", **read)) == ["Oak Lane Ltd"]


@pytest.mark.parametrize(
    "read", ["0ak Lane Joinery", "Oak Lane Joinerv", "Oak Lqne Joinery Limited", "oak-lane joinery"]
)
def test_a_letter_read_wrong_still_finds_the_name(session: Session, connection: Connection, read: str) -> None:
    keep(session, connection, Listed("1", "Oak Lane Joinery Ltd"), Listed("2", "Oak Hill Nursery Ltd"))

    assert "Oak Lane Joinery Ltd" in names_like(session, connection, Party(0, read))


def test_among_many_the_answer_is_the_one_of_comparing_all(session: Session, connection: Connection) -> None:
    chance = random.Random(7)  # noqa: S311 - names
    names = sorted({" ".join("".join(chance.choices(SYLLABLES, k=2)) for _ in "ab") for _ in range(400)})
    keep(session, connection, *(Listed(str(n), name) for n, name in enumerate(names)))
    everybody = [party_of(each.id, each.name, {}) for each in list_entries(session, connection.id, ListKind.SUPPLIERS)]
    for name in names[::10]:
        at = chance.randrange(len(name))
        read = Party(0, name[:at] + "x" + name[at + 1 :])

        assert match_party(read, parties_like(session, connection.id, Kind.COST, read)) == match_party(read, everybody)


@pytest.mark.parametrize(
    ("own", "theirs", "found"),
    [("GB 229 0467 62", "GB 000 4711 44", None), ("GB 000 4711 44", "000471144", 1), (None, "GB 000 4711 44", 1)],
)
def test_a_phone_or_domain_means_nobody_of_another_vat_number(own: str | None, theirs: str, found: int | None) -> None:
    for shared in ({"phone": "01632 960123"}, {"website": "https://arcade.example"}):
        known = Party(1, "Fernside Paper Supplies", vat_number=theirs, **shared)
        match = match_party(Party(0, "Moss & Finch Stationery", vat_number=own, **shared), [known])

        assert (match.id if match else None) == found


def test_what_is_inactive_or_anothers_is_not_found(session: Session, connection: Connection) -> None:
    other = list_connections(session, OrganisationFactory.create().id)[0]
    keep(session, other, Listed("1", "Oak Lane"))
    keep(session, connection, Listed("1", "Oak Lane", active=False), Listed("2", "Another"))

    assert names_like(session, connection, Party(0, "Oak Lane")) == []


def test_a_supplier_made_here_is_found_like_a_fetched_one(session: Session, connection: Connection) -> None:
    made = make_party(session, connection.id, Kind.COST, "Oak Lane Ltd")

    assert session.get_one(Entry, made.id).core_name == "oaklane"
    assert names_like(session, connection, Party(0, "Oak Lane")) == ["Oak Lane Ltd"]


def test_a_name_without_letters_is_like_none(session: Session, connection: Connection) -> None:
    keep(session, connection, Listed("1", "Oak Lane"))

    assert names_like(session, connection, Party(0, "???")) == []
