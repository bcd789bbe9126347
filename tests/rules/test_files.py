"""Rules as files: out of one connection and into another, with what is unknown there told and mapped by hand."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.errors import Incomplete
from kashflow.ledger import ListKind
from kashflow.models import Connection
from rules.files import export_rules, import_rules, plan_import
from rules.lookup import Around, Lookup
from rules.service import list_rules
from tests.factories.capture import ConnectionFactory
from tests.pages import Call
from tests.rules.making import entry

FUEL = {
    "name": "Fuel",
    "when": {"supplier": "Larkrise Service Station", "any": [{"text": "diesel"}, {"total_max": "50.00"}]},
    "set": {"category": 7300, "payment_method": "Cash", "split": [{"share": "50", "category": 7400}, {}]},
    "auto_publish": True,
    "guards": {"max_total": "80.00"},
}


@pytest.fixture
def other(session: Session) -> Connection:
    """Another client's connection, which has other ids, and one code less."""
    found: Connection = ConnectionFactory.create()
    entry(session, found, ListKind.PAYMENT_METHODS, "Cash")
    entry(session, found, ListKind.CATEGORIES, "Vehicle fuel", "7300")
    return found


def test_a_file_has_names_and_codes_and_no_ids(session: Session, call: Call, connection: Connection) -> None:
    call("POST", "/rules", FUEL)

    [rule] = yaml.safe_load(export_rules(session, connection.id, Around()))["rules"]

    assert rule["set"]["category"] == {"code": "7300", "name": "Vehicle fuel"}
    assert (rule["when"], rule["guards"]) == (FUEL["when"], FUEL["guards"])
    assert not {"id", "position", "hits"} & set(rule)


def test_what_is_here_already_is_skipped_and_what_differs_changed(
    session: Session, call: Call, connection: Connection
) -> None:
    call("POST", "/rules", FUEL)
    file = export_rules(session, connection.id, Around())
    lookup = Lookup(session, connection.id)
    assert [each.why for each in plan_import(session, connection.id, file, lookup).rules] == [
        "it is here already, just so"
    ]

    plan = plan_import(session, connection.id, file.replace("Cash", "Debit card"), lookup)
    import_rules(session, connection.id, plan, who="Jo")

    assert plan.named("changed") == ["Fuel"]
    assert plan_import(session, connection.id, file, lookup).named("changed") == ["Fuel"]


def test_rules_of_one_name_stay_apart_and_what_is_proposed_is_left_alone(
    session: Session, call: Call, standard_call: Call, connection: Connection
) -> None:
    call("POST", "/rules", FUEL)
    call("POST", "/rules", FUEL | {"set": {"paid": True}})
    standard_call("POST", "/rules", FUEL)
    file = export_rules(session, connection.id, Around())
    lookup = Lookup(session, connection.id)
    assert plan_import(session, connection.id, file, lookup).named("skipped") == ["Fuel", "Fuel"]

    plan = plan_import(session, connection.id, file.replace("paid: true", "paid: false"), lookup)
    import_rules(session, connection.id, plan, who="Jo")

    rules = list_rules(session, connection.id)
    assert [rule.sets.get("paid") for rule in rules] == [None, False, None]
    assert rules[2].proposed


def test_unknown_codes_are_told_and_mapped_by_hand(
    session: Session, call: Call, connection: Connection, other: Connection
) -> None:
    call("POST", "/rules", FUEL)
    file = export_rules(session, connection.id, Around())

    plan = plan_import(session, other.id, file, Lookup(session, other.id))
    assert (plan.named("skipped"), plan.unknown) == (["Fuel"], (("categories", "Travel"),))

    trains = entry(session, other, ListKind.CATEGORIES, "Trains", "7444")
    mapping = {(ListKind.CATEGORIES, "Travel"): trains.id}
    plan = plan_import(session, other.id, file, Lookup(session, other.id, mapping=mapping))
    import_rules(session, other.id, plan, who="Jo")
    [rule] = list_rules(session, other.id)
    assert (plan.named("added"), rule.sets["split"][0]["category"]) == (["Fuel"], trains.id)


@pytest.mark.usefixtures("connection")
def test_a_dry_import_writes_nothing(call: Call) -> None:
    call("POST", "/rules", FUEL)
    file = "counterfoil_rules: 1\nrules: [{name: New, when: {text: taxi}, set: {paid: true}}]"

    status, report = call("POST", "/rules/import?dry=1", {"yaml": file})
    assert (status, report["added"], len(call("GET", "/rules")[1]["rules"])) == (200, ["New"], 1)

    call("POST", "/rules/import", {"yaml": file})
    assert [each["name"] for each in call("GET", "/rules")[1]["rules"]] == ["Fuel", "New"]


@pytest.mark.parametrize("wrong", ["", "[1, 2", "a: &a [*a, *a]", "rules: 3", "counterfoil_rules: 2\nrules: []", "- 1"])
def test_what_is_no_file_of_rules_is_refused(session: Session, connection: Connection, wrong: str) -> None:
    with pytest.raises(Incomplete):
        plan_import(session, connection.id, wrong, Lookup(session, connection.id))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80) | st.text(max_size=40).map(lambda text: f"counterfoil_rules: 1\nrules:\n- {text}"))
def test_any_text_is_a_plan_or_refused(session: Session, connection: Connection, text: str) -> None:
    try:
        plan = plan_import(session, connection.id, text, Lookup(session, connection.id))
    except Incomplete:
        return
    assert plan.named("changed") == []
