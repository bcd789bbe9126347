"""Auto-publish and its guards: the reason stands on the item, and nothing doubtful leaves the house (PUB-19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.coding.guards import Candidate, against
from capture.intake.service import get_channel
from capture.jobs import publish_by_rule
from capture.models import Item, ItemState
from capture.ways.models import ChannelChoice, ChannelKind
from core.db import now
from kashflow.ledger import ListKind
from kashflow.models import Connection, ConnectionState
from publishing.models import Step
from rules.conditions import Facts
from rules.lookup import Lookup
from rules.parsing import parse_rule
from rules.service import make_rule, rulebook
from tests.rules.making import entry, read_item

SURE = Candidate(
    problems=(),
    doubts={"total": 0.99},
    assumed=(),
    total=12000,
    currency="GBP",
    party="Shell",
    is_new_party=False,
    double=None,
    number=1,
)
FUEL = {
    "name": "Fuel",
    "when": {"supplier": "Larkrise Service Station"},
    "set": {"category": 7300},
    "auto_publish": True,
}
READ = {"vat_number": "GB123456782", "reference": "INV-1", "vat_rate": "20"}


def test_what_nothing_speaks_against_is_published() -> None:
    assert against(SURE, {}) == []
    assert against(SURE, {"max_total": 12000, "min_confidence": "0.99", "first": 0}) == []


@pytest.mark.parametrize(
    ("item", "guards", "said"),
    [
        ({"problems": ["Needs: category."]}, {}, "Needs: category."),
        ({"double": 7}, {}, "duplicate of item 7"),
        ({"doubts": {"total": 0.89}}, {}, "total (89% sure)"),
        ({"doubts": {"total": 0.95}}, {"min_confidence": "0.96"}, "total (95% sure)"),
        ({"assumed": ["date"]}, {}, "assumed: date"),
        ({}, {"max_total": 11999}, "above the rule's limit, £119.99"),
        ({"total": None}, {"max_total": 11999}, "above the rule's limit"),
        ({"is_new_party": True}, {}, "Shell is new"),
        ({"number": 3}, {"first": 3}, "number 3 of the first 3"),
    ],
)
def test_a_guard_says_what_speaks_against_it(item: dict[str, Any], guards: dict[str, Any], said: str) -> None:
    [reason] = against(replace(SURE, **item), guards)

    assert said in reason


def published(session: Session, connection: Connection, read: Mapping[str, str] = READ, /, **rule: object) -> Item:
    """Read an item, let the job of reading go on with it, and give what became of it."""
    make_rule(session, connection.id, parse_rule(FUEL | rule, Lookup(session, connection.id)), who="Jo")
    item = read_item(session, connection, **read)
    session.commit()
    publish_by_rule(item.id)
    session.expire_all()
    return item


@pytest.fixture
def connected(connection: Connection) -> Connection:
    connection.state = ConnectionState.CONNECTED
    return connection


def test_d35_a_rule_publishes_by_itself(session: Session, connected: Connection) -> None:
    item = published(session, connected)

    assert item.state is ItemState.QUEUED, item.held_back
    assert (item.approved_by_id, item.approved_by_rule_id) == (None, item.publisher_rule_id)
    assert session.scalars(select(Step).where(Step.item_id == item.id)).first() is not None


def test_a_rule_that_may_not_publish_leaves_the_item_ready(session: Session, connected: Connection) -> None:
    item = published(session, connected, auto_publish=False)

    assert (item.state, item.held_back) == (ItemState.READY, [])


def test_pub_19_the_reason_stands_on_the_item(session: Session, connected: Connection) -> None:
    item = published(session, connected, guards={"max_total": "100.00"})

    assert item.state is ItemState.READY
    [remark] = [each for each in item.remarks if each["code"] == "PUB-19"]
    assert remark["message"] == "Not published by rule “Fuel”: The total is above the rule's limit, £100.00."


@pytest.mark.parametrize(("rate", "held"), [("1.25", False), ("1.15", True)])
def test_a_limit_is_in_our_own_currency(session: Session, connected: Connection, rate: str, held: bool) -> None:
    euros = READ | {"currency": "EUR", "exchange_rate": rate}  # 120.00 of them

    item = published(session, connected, euros, guards={"max_total": "100.00"})

    assert any("above the rule's limit, £100.00" in reason for reason in item.held_back) is held


@pytest.mark.parametrize("change", [{"enabled": False}, {"auto_publish": False}, {"deleted_at": now()}])
def test_a_rule_taken_out_of_use_since_the_reading_publishes_nothing(
    session: Session, connected: Connection, change: dict[str, Any]
) -> None:
    rule = make_rule(session, connected.id, parse_rule(FUEL, Lookup(session, connected.id)), who="Jo")
    item = read_item(session, connected, **READ)
    for name, value in change.items():
        setattr(rule, name, value)
    session.commit()

    publish_by_rule(item.id)

    session.refresh(item)
    assert (item.state, item.held_back) == (ItemState.READY, [])


FROM_LARKRISE = {"supplier": "Larkrise Service Station"}


@pytest.mark.parametrize(
    ("when", "paid_by", "document_type", "publishes"),
    [
        (FROM_LARKRISE, "Cash", "receipt", True),
        ({"payment_method": "Debit card"}, "Debit card", "receipt", True),
        ({"payment_method": "Debit card"}, "Cash", "receipt", False),
        (FROM_LARKRISE | {"not": {"payment_method": "Cash"}}, "Cash", "receipt", False),
        ({"not": {"document_type": "credit_note"}}, "Cash", "receipt", True),
        ({"not": {"document_type": "credit_note"}}, "Cash", "credit_note", False),
    ],
)
def test_d35_by_supplier_or_payment_method_or_all_but_some_types(
    session: Session, connection: Connection, when: dict[str, Any], paid_by: str, document_type: str, publishes: bool
) -> None:
    supplier = entry(session, connection, ListKind.SUPPLIERS, "Larkrise Service Station").id
    method = entry(session, connection, ListKind.PAYMENT_METHODS, paid_by).id
    make_rule(session, connection.id, parse_rule(FUEL | {"when": when}, Lookup(session, connection.id)), who="Jo")

    facts = Facts(supplier_id=supplier, payment_method_id=method, document_type=document_type)

    assert (rulebook(session, connection.id).evaluate(facts).publisher is not None) is publishes


def test_a_missing_field_holds_it_back(session: Session, connected: Connection) -> None:
    item = published(session, connected, set={"paid": True})

    assert item.state is ItemState.TO_REVIEW
    assert any("Needs: category" in reason for reason in item.held_back)


def test_s11_what_comes_by_a_channel_that_sends_nothing_is_held_back(session: Session, connected: Connection) -> None:
    channel = get_channel(session, connected.organisation_id, ChannelKind.API)
    session.add(ChannelChoice(channel_id=channel.id, connection_id=connected.id, sends=False))

    item = published(session, connected)

    assert item.state is ItemState.TO_REVIEW
    assert any("What comes by “API” is not sent" in reason for reason in item.held_back)


def test_a_second_one_of_the_same_day_and_total_is_held_back(session: Session, connected: Connection) -> None:
    first = published(session, connected)
    second = read_item(session, connected, **READ | {"reference": "INV-2"})
    session.commit()

    publish_by_rule(second.id)

    session.refresh(second)
    assert second.held_back == [f"Not published by rule “Fuel”: It may be a duplicate of item {first.id}."]


def test_without_a_connection_it_waits_and_says_so(session: Session, connection: Connection) -> None:
    item = published(session, connection)

    assert item.state is ItemState.READY
    assert "not connected" in item.held_back[0]


def test_a_switched_off_or_proposed_rule_publishes_nothing(session: Session, connected: Connection) -> None:
    item = published(session, connected, enabled=False)

    assert (item.publisher_rule_id, item.state) == (None, ItemState.TO_REVIEW)
