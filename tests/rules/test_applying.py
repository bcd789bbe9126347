"""What rules, defaults and people make of an item: every field that a rule sets, and whose word counts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.coding.applying import recode
from capture.coding.facts import around_of
from capture.coding.making import make_item
from capture.editing import Edits, edit_item
from capture.fields import SPECS, Shape, to_text
from capture.history.events import Who, history_of
from capture.history.models import Actor
from capture.layers import runners_up, winners
from capture.models import Item, ItemState, Layer
from capture.reading.model import Reading
from capture.review import Edit
from capture.ways.models import ChannelChoice
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.service import defaults_of
from rules.lookup import Lookup
from rules.models import Rule
from rules.parsing import parse_rule, parse_sets
from rules.service import delete_rule, keep_party_default, make_rule
from tests.rules.making import entry, read_item, read_lines, submitted

JO = Who(Actor.PERSON, "Jo")


def add_rule(session: Session, connection: Connection, sets: dict[str, Any], **more: object) -> int:
    given = {"name": "Fuel", "when": {"supplier": "Larkrise Service Station"}, "set": sets} | more
    return make_rule(session, connection.id, parse_rule(given, Lookup(session, connection.id)), who="Jo").id


def shown(item: Item, name: str) -> str | None:
    if SPECS[name].shape is Shape.ENTRY:
        named = getattr(item, name)
        return None if named is None else str(named.name)
    return to_text(SPECS[name], getattr(item, SPECS[name].column))


@pytest.mark.parametrize(
    ("sets", "field", "wanted"),
    [
        ({"category": 7300}, "category", "Vehicle fuel"),
        ({"vat_rate": "5"}, "vat_rate", "5"),
        ({"payment_method": "Debit card"}, "payment_method", "Debit card"),
        ({"paid": True}, "paid", "yes"),
        ({"due_date": {"days": 30}}, "due_date", "2026-04-01"),
        ({"due_days": 14}, "due_date", "2026-03-16"),
        ({"due_date": "30 days end of month"}, "due_date", "2026-04-30"),
        (
            {"description": "{supplier}, {month}: {reference}"},
            "description",
            "Larkrise Service Station, March 2026: INV-1",
        ),
        ({"currency": "EUR"}, "currency", "EUR"),
        ({"document_type": "invoice"}, "document_type", "invoice"),
        ({"kind": "sale"}, "kind", "sale"),
        ({"note": "Ask Jo"}, "note", "Ask Jo"),
        ({"vat_treatment": "exempt"}, "vat_rate", "exempt"),
    ],
)
def test_d31_a_rule_sets_a_field(
    session: Session, connection: Connection, sets: dict[str, Any], field: str, wanted: str
) -> None:
    add_rule(session, connection, sets)

    assert shown(read_item(session, connection, reference="INV-1"), field) == wanted


@pytest.mark.parametrize(
    ("treatment", "amounts"),
    [
        ("as_read", (10000, 2000, 12000, "20")),
        ("exempt", (12000, 0, 12000, "exempt")),
        ("reverse_charge", (12000, 0, 12000, "0")),
        ("no_vat", (12000, 0, 12000, "0")),
        ("inclusive", (11429, 571, 12000, "5")),
    ],
)
def test_a_vat_treatment_decides_the_amounts(
    session: Session, connection: Connection, treatment: str, amounts: tuple[int, int, int, str]
) -> None:
    rate = {"vat_rate": "5"} if treatment == "inclusive" else {}
    add_rule(session, connection, {"vat_treatment": treatment, **rate})

    item = read_item(session, connection)

    assert (item.net, item.tax, item.total, item.vat_rate) == amounts


def test_a_persons_vat_rate_outdoes_a_rules_treatment(session: Session, connection: Connection) -> None:
    add_rule(session, connection, {"vat_treatment": "exempt"})
    item = read_item(session, connection)

    edit_item(session, item, Edits({"vat_rate": Edit("20")}), JO)

    assert (item.net, item.tax, item.vat_rate) == (10000, 2000, "20")


def test_d34_a_split_becomes_lines_that_add_up(session: Session, connection: Connection) -> None:
    add_rule(session, connection, {"split": [{"share": "66.67", "category": 7300}, {"category": 7504}]})

    item = read_item(session, connection)

    assert [(line.amount, line.category.code if line.category else None) for line in item.lines] == [
        (8000, "7300"),
        (4000, "7504"),
    ]
    assert (item.state, item.missing) == (ItemState.READY, [])


def test_lines_that_were_read_come_back_when_the_split_goes(session: Session, connection: Connection) -> None:
    whole = {"when": {"total_min": "1.00"}}
    number = add_rule(session, connection, {"split": [{"share": "50"}, {"share": "50"}]}, **whole)
    item = read_lines(session, connection, "90.00", "30.00")
    assert [line.amount for line in item.lines] == [6000, 6000]
    delete_rule(session, connection.id, number, who="Jo")
    recode(session, item)

    assert [line.amount for line in item.lines] == [9000, 3000]


def test_a_split_whose_amounts_do_not_fit_says_so(session: Session, connection: Connection) -> None:
    add_rule(session, connection, {"split": [{"amount": "500.00"}, {}]})

    item = read_item(session, connection)

    [event] = [each for each in history_of(session, item) if each.what == "not split"]
    assert (item.lines, event.detail["problem"]) == (
        [],
        "The split's fixed amounts are more than the total, 120.00. The item was not split.",
    )


def test_d34_who_sent_it_in_decides_payment_method_and_project(
    session: Session, connection: Connection, membership: Membership
) -> None:
    project = entry(session, connection, ListKind.PROJECTS, "Mill conversion")
    lookup = Lookup(session, connection.id, around_of(session, connection.id))
    sets = {"payment_method": "Cash", "project": project.id}
    rule = {"name": "Mine", "when": {"owner": membership.user.email}, "set": sets}
    make_rule(session, connection.id, parse_rule(rule, lookup), who="Jo")
    mine = submitted(session, connection)
    mine.owner_id = membership.user_id

    items = [make_item(session, each, Reading(fields={}), "") for each in (mine, submitted(session, connection))]

    assert [shown(item, "payment_method") for item in items] == ["Cash", None]
    assert items[0].project_id == project.id


def test_precedence_is_a_person_rules_own_defaults_channel_reading_connection(
    session: Session, connection: Connection
) -> None:
    supplier = entry(session, connection, ListKind.SUPPLIERS, "Larkrise Service Station")
    lookup = Lookup(session, connection.id)
    defaults_of(session, connection.id, Kind.COST).category_id = entry(
        session, connection, ListKind.CATEGORIES, "Travel"
    ).id
    assert shown(read_item(session, connection), "category") == "Travel"
    keep_party_default(session, connection.id, supplier.id, parse_sets({"category": 7504}, lookup), who="Jo")
    assert shown(read_item(session, connection), "category") == "Office supplies"
    add_rule(session, connection, {"category": 7300})
    item = read_item(session, connection)
    assert shown(item, "category") == "Vehicle fuel"
    assert [each.layer for each in runners_up(item.values, "category")] == [Layer.PARTY, Layer.CONNECTION]
    travel = entry(session, connection, ListKind.CATEGORIES, "Travel")
    edit_item(session, item, Edits({"category": Edit("Travel", travel.id)}), JO)
    recode(session, item)
    assert shown(item, "category") == "Travel"


def test_d27_the_default_vat_rate_gives_way_to_defaults_of_the_supplier_rules_and_a_person(
    session: Session, connection: Connection
) -> None:
    supplier = entry(session, connection, ListKind.SUPPLIERS, "Larkrise Service Station")
    defaults_of(session, connection.id, Kind.COST).vat_rate = "20"
    unsaid = {"net": "", "tax": ""}
    assert read_item(session, connection, **unsaid).vat_rate == "20"
    own = parse_sets({"vat_rate": "5"}, Lookup(session, connection.id))
    keep_party_default(session, connection.id, supplier.id, own, who="Jo")
    assert read_item(session, connection, **unsaid).vat_rate == "5"
    add_rule(session, connection, {"vat_rate": "0"})
    item = read_item(session, connection, **unsaid)
    assert item.vat_rate == "0"

    edit_item(session, item, Edits({"vat_rate": Edit("exempt")}), JO)

    assert item.vat_rate == "exempt"


def choose(session: Session, item: Item, **chosen: int | bool) -> ChannelChoice:
    """Choose something for the channel an item came by."""
    choice = ChannelChoice(channel_id=item.channel_id, connection_id=item.connection_id, **chosen)
    session.add(choice)
    session.flush()
    return choice


def test_s13_a_channels_setting_yields_to_a_rule(session: Session, connection: Connection) -> None:
    item = read_item(session, connection)
    choose(session, item, payment_method_id=entry(session, connection, ListKind.PAYMENT_METHODS, "Cash").id)
    recode(session, item)
    assert item.payment_method is not None
    assert item.payment_method.name == "Cash"
    add_rule(session, connection, {"payment_method": "Debit card"})

    recode(session, item)

    assert item.payment_method.name == "Debit card"


def test_s12_a_channel_gives_its_customer_source(session: Session, connection: Connection) -> None:
    item = read_item(session, connection, kind="sale", customer="Alderson Interiors Ltd")
    source = entry(session, connection, ListKind.SOURCES, "Website")
    choose(session, item, source_id=source.id)

    recode(session, item)

    assert item.source_id == source.id


@pytest.mark.parametrize(
    ("sets", "amounts"),
    [
        ({"vat_rate": "5"}, (10000, 2000, "5")),  # a percentage
        ({"vat_treatment": "no_vat"}, (12000, 0, "0")),  # no tax
        ({"vat_treatment": "as_read"}, (10000, 2000, "20")),  # that of what was sold
    ],
)
def test_h18_a_customer_has_its_own_tax_treatment(
    session: Session, connection: Connection, sets: dict[str, Any], amounts: tuple[int, int, str]
) -> None:
    customer = entry(session, connection, ListKind.CUSTOMERS, "Alderson Interiors Ltd")
    lookup = Lookup(session, connection.id)
    keep_party_default(session, connection.id, customer.id, parse_sets(sets, lookup), who="Jo")

    item = read_item(session, connection, kind="sale", supplier="", customer="Alderson Interiors Ltd")

    assert (item.net, item.tax, item.vat_rate) == amounts


def test_h31_the_default_sub_product_stands_in_where_none_is_matched(session: Session, connection: Connection) -> None:
    product = entry(session, connection, ListKind.PRODUCTS, "Site survey")
    own = entry(session, connection, ListKind.PRODUCTS, "Fitting, per hour")
    defaults_of(session, connection.id, Kind.COST).product_id = product.id
    assert read_item(session, connection).product_id == product.id
    add_rule(session, connection, {"product": "Fitting, per hour"})

    assert read_item(session, connection).product_id == own.id


def test_two_rules_each_add_theirs_and_say_why(session: Session, connection: Connection) -> None:
    add_rule(session, connection, {"category": 7300})
    add_rule(session, connection, {"category": 7504, "paid": True}, name="Pump", when={"text": "pump"})

    best = winners(read_item(session, connection, "Pump 3 unleaded").values)

    assert best["category"].reason == "rule “Fuel”, because the supplier is Larkrise Service Station"
    assert best["paid"].reason == "rule “Pump”, because the document says “pump”"


def test_a_rule_that_is_gone_leaves_nothing_behind(session: Session, connection: Connection) -> None:
    number = add_rule(session, connection, {"currency": "EUR", "document_type": "invoice"})
    item = read_item(session, connection, currency="")
    assert (item.currency, item.document_type) == ("EUR", "invoice")
    delete_rule(session, connection.id, number, who="Jo")
    recode(session, item)

    assert (item.currency, item.document_type) == ("GBP", "receipt")


def test_a_rule_for_a_supplier_nobody_knows_yet_works_by_its_name(session: Session, connection: Connection) -> None:
    add_rule(session, connection, {"paid": True}, when={"supplier": "Newly Opened Café Ltd"})

    assert read_item(session, connection, supplier="NEWLY OPENED CAFE LTD").paid


def test_an_entry_that_turned_inactive_is_not_set(session: Session, connection: Connection) -> None:
    add_rule(session, connection, {"category": 7300})
    entry(session, connection, ListKind.CATEGORIES, "Vehicle fuel").active = False
    session.flush()

    assert read_item(session, connection).category is None


def test_a_published_item_is_never_touched(session: Session, connection: Connection) -> None:
    item = read_item(session, connection)
    item.state = ItemState.PUBLISHED
    add_rule(session, connection, {"category": 7300})

    assert not recode(session, item)
    assert item.category is None


def test_running_the_rules_again_changes_nothing(session: Session, connection: Connection) -> None:
    add_rule(session, connection, {"category": 7300, "vat_treatment": "exempt", "payment_method": "Cash"})
    item = read_item(session, connection)

    assert not recode(session, item)


def test_hits_are_counted(session: Session, connection: Connection) -> None:
    number = add_rule(session, connection, {"category": 7300})
    read_item(session, connection)
    read_item(session, connection)
    session.expire_all()
    assert session.get_one(Rule, number).hits == 2
