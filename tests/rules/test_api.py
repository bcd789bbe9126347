"""Rules under /api/v1: as they are written, refused, tried, applied and undone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.coding.applying import recode
from core.db import Base
from kashflow.ledger import ListKind
from kashflow.models import Connection
from rules.models import Rule
from tests.factories.capture import ConnectionFactory
from tests.pages import Call
from tests.rules.making import entry, read_item

pytestmark = pytest.mark.usefixtures("connection")
FUEL = {
    "name": "Fuel",
    "when": {"supplier": "Larkrise Service Station", "total_max": "500.00"},
    "set": {"category": 7300, "vat_rate": "20", "payment_method": "Debit card", "paid": True},
    "auto_publish": False,
}


def test_a_rule_comes_back_as_it_was_written(call: Call) -> None:
    status, made = call("POST", "/rules", FUEL)
    _, listed = call("GET", "/rules")

    assert (status, made["hits"], made["enabled"], made["guards"]) == (201, 0, True, {})
    assert {name: listed["rules"][0][name] for name in FUEL} == FUEL
    assert call("POST", "/rules", listed["rules"][0])[0] == 201


def test_pounds_are_kept_as_pence_and_names_as_ids(session: Session, call: Call, connection: Connection) -> None:
    _, made = call("POST", "/rules", FUEL)

    rule = session.get_one(Rule, made["id"])
    assert rule.when["total_max"] == 50000
    assert rule.when["supplier"] == entry(session, connection, ListKind.SUPPLIERS, "Larkrise Service Station").id
    assert rule.sets["category"] == entry(session, connection, ListKind.CATEGORIES, "Vehicle fuel").id


@pytest.mark.parametrize("wanted", [7300, "7300", "Vehicle fuel", {"code": 7300}, {"name": "Vehicle fuel"}])
def test_names_codes_and_ids_all_do(call: Call, wanted: object) -> None:
    status, made = call("POST", "/rules", FUEL | {"set": {"category": wanted}})

    assert (status, made["set"]) == (201, {"category": 7300})


def test_ids_do_too(session: Session, call: Call, connection: Connection) -> None:
    supplier = entry(session, connection, ListKind.SUPPLIERS, "Bracken Office Supplies Ltd").id
    method = entry(session, connection, ListKind.PAYMENT_METHODS, "Cash").id

    _, made = call("POST", "/rules", {"name": "A", "when": {"supplier": supplier}, "set": {"payment_method": method}})

    assert (made["when"], made["set"]) == ({"supplier": "Bracken Office Supplies Ltd"}, {"payment_method": "Cash"})


def test_a_name_that_several_have_is_refused_and_its_id_taken(
    session: Session, call: Call, connection: Connection
) -> None:
    twin = entry(session, connection, ListKind.SUPPLIERS, "Cash Ltd")
    entry(session, connection, ListKind.SUPPLIERS, "Cash ltd.").name = "Cash Ltd"
    session.flush()

    status, refused = call("POST", "/rules", FUEL | {"when": {"supplier": "Cash Ltd"}})
    _, made = call("POST", "/rules", FUEL | {"when": {"supplier": twin.id}})

    assert (status, refused["error"]["code"]) == (422, "LST-5")
    assert made["when"] == {"supplier": twin.id}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"when": {}}, "when"),
        ({"when": {"moon": "full"}}, "when.moon"),
        ({"when": {"total_min": "a lot"}}, "when.total_min"),
        ({"when": {"total_min": "1.234"}}, "when.total_min"),
        ({"when": {"any": []}}, "when.any"),
        ({"when": {"not": {"weekday": "someday"}}}, "when.not.weekday"),
        ({"when": {"channel": "pigeon"}}, "when.channel"),
        ({"set": {}}, "set"),
        ({"set": {"total": "1.00"}}, "set.total"),
        ({"set": {"category": 1234}}, "set.category"),
        ({"set": {"category": "No such"}}, "set.category"),
        ({"set": {"vat_rate": "a fifth"}}, "set.vat_rate"),
        ({"set": {"vat_treatment": "exempt", "vat_rate": "20"}}, "set.vat_rate"),
        ({"set": {"paid": "yes"}}, "set.paid"),
        ({"set": {"due_date": "soon"}}, "set.due_date"),
        ({"set": {"description": "{moon}"}}, "set.description"),
        ({"set": {"split": [{"share": "50"}, {"share": "40"}]}}, "set.split"),
        ({"set": {"split": [{"amount": "5"}, {"amount": "6"}]}}, "set.split"),
        ({"guards": {"moon": 1}}, "guards"),
        ({"guards": {"min_confidence": "150"}}, "guards.min_confidence"),
        ({"name": ""}, "name"),
        ({"moon": 1}, "moon"),
    ],
)
def test_what_is_wrong_is_named(call: Call, wrong: dict[str, Any], field: str) -> None:
    status, answer = call("POST", "/rules", FUEL | wrong)

    assert (status, answer["error"]["fields"]) == (422, [field])


@pytest.mark.parametrize(
    ("given", "kept"), [("95%", "0.95"), (95, "0.95"), ("0.95", "0.95"), ("1", "1"), ("1%", "0.01")]
)
def test_a_confidence_is_a_percent_or_a_number_to_one(call: Call, given: object, kept: str) -> None:
    assert call("POST", "/rules", FUEL | {"guards": {"min_confidence": given}})[1]["guards"] == {"min_confidence": kept}


def test_a_patch_changes_what_it_names_alone(call: Call) -> None:
    _, made = call("POST", "/rules", FUEL)

    status, changed = call("PATCH", f"/rules/{made['id']}", {"set": {"category": 7504}})

    assert (status, changed["set"], changed["when"]) == (200, {"category": 7504}, FUEL["when"])
    assert call("PATCH", f"/rules/{made['id']}", {"enabled": False}, If_Match="1")[0] == 412
    assert call("DELETE", f"/rules/{made['id']}")[0] == 200
    assert call("GET", f"/rules/{made['id']}")[0] == 404


def test_every_change_can_be_undone(call: Call) -> None:
    _, made = call("POST", "/rules", FUEL)
    call("PATCH", f"/rules/{made['id']}", {"name": "Other"})
    call("DELETE", f"/rules/{made['id']}")
    changes = call("GET", f"/rules/{made['id']}/history")[1]["changes"]

    assert [each["what"] for each in changes] == ["deleted", "changed", "made"]
    assert call("POST", f"/rules/changes/{changes[0]['id']}/undo")[1]["name"] == "Other"
    assert call("POST", f"/rules/changes/{changes[1]['id']}/undo")[1]["name"] == "Fuel"
    assert call("POST", f"/rules/changes/{changes[1]['id']}/undo")[0] == 409


def test_a_rule_is_put_in_its_place(call: Call) -> None:
    for name in ("A", "B"):
        call("POST", "/rules", FUEL | {"name": name})
    call("POST", "/rules", FUEL | {"name": "C", "position": 1})

    assert [each["name"] for each in call("GET", "/rules")[1]["rules"]] == ["C", "A", "B"]


def test_a_standard_user_may_only_propose(call: Call, standard_call: Call) -> None:
    status, made = standard_call("POST", "/rules", FUEL)

    assert (status, made["proposed"], made["enabled"]) == (201, True, False)
    assert standard_call("PATCH", f"/rules/{made['id']}", {"enabled": True})[0] == 403
    assert standard_call("DELETE", f"/rules/{made['id']}")[0] == 403
    _, accepted = call("PATCH", f"/rules/{made['id']}", {"enabled": True})
    assert (accepted["proposed"], accepted["enabled"]) == (False, True)


def test_anothers_rule_is_not_there(session: Session, call: Call) -> None:
    _, made = call("POST", "/rules", FUEL)
    session.get_one(Rule, made["id"]).connection_id = ConnectionFactory.create().id
    session.flush()

    assert [call(method, f"/rules/{made['id']}", {})[0] for method in ("GET", "PATCH", "DELETE")] == [404, 404, 404]


def dump(session: Session) -> dict[str, list[Any]]:
    session.flush()
    tables = Base.metadata.sorted_tables
    return {table.name: [tuple(row) for row in session.execute(select(table))] for table in tables}


def test_a_trial_tells_old_and_new_and_writes_nothing(session: Session, call: Call, connection: Connection) -> None:
    item = read_item(session, connection)
    call("POST", "/rules", FUEL | {"name": "Older", "set": {"paid": True}})
    call("GET", "/rules")  # the token's last use is noted
    before = dump(session)

    status, trial = call("POST", "/rules/trial", {"rule": FUEL, "last": 10})

    assert dump(session) == before
    assert (status, trial["examined"], trial["fits"]) == (200, 1, 1)
    category = {"code": 7300, "name": "Vehicle fuel"}
    assert {"item": item.id, "field": "category", "from": None, "to": category} in trial["changed"]
    assert {"item": item.id, "field": "paid", "from": None, "to": True} not in trial["changed"]
    assert [each["name"] for each in trial["shadowed_by"]] == ["Older"]


def test_a_trial_of_a_rule_that_is_in_force_changes_nothing(
    session: Session, call: Call, connection: Connection
) -> None:
    _, made = call("POST", "/rules", FUEL)
    read_item(session, connection)

    assert call("POST", "/rules/trial", {"rule": made["id"]})[1]["changed"] == []
    other = call("POST", "/rules/trial", {"rule": made | {"set": {"category": 7504}}})[1]["changed"]
    assert {each["field"]: (each["from"], each["to"]) for each in other}["category"] == (
        {"code": 7300, "name": "Vehicle fuel"},
        {"code": 7504, "name": "Office supplies"},
    )


def test_a_trial_looks_at_items_as_they_are_without_rules(session: Session, call: Call, connection: Connection) -> None:
    call("POST", "/rules", FUEL | {"set": {"currency": "EUR", "payment_method": "Cash", "vat_treatment": "exempt"}})
    item = read_item(session, connection)
    assert (item.currency, item.tax) == ("EUR", 0)

    for when in ({"currency": "EUR"}, {"payment_method": "Cash"}, {"vat_present": False}):
        assert call("POST", "/rules/trial", {"rule": FUEL | {"when": when}})[1]["fits"] == 0
    assert (
        call("POST", "/rules/trial", {"rule": FUEL | {"when": {"currency": "GBP", "vat_present": True}}})[1]["fits"]
        == 1
    )


@pytest.mark.parametrize("wrong", [[1], "seven", 10**30, {"id": [1]}, {"id": 10**30}])
def test_a_trial_of_what_is_no_rules_id_is_refused(call: Call, wrong: object) -> None:
    assert call("POST", "/rules/trial", {"rule": FUEL | wrong if isinstance(wrong, dict) else wrong})[0] in {404, 422}


def test_a_trial_keeps_to_its_dates(session: Session, call: Call, connection: Connection) -> None:
    read_item(session, connection, date="2026-03-02")
    read_item(session, connection, date="2026-04-02")

    trial = call("POST", "/rules/trial", {"rule": FUEL, "from": "2026-03-01", "to": "2026-03-31"})[1]

    assert trial["examined"] == 1


def test_a_saved_rule_is_applied_to_the_inbox_when_asked(session: Session, call: Call, connection: Connection) -> None:
    item = read_item(session, connection)

    _, made = call("POST", "/rules", FUEL | {"apply": True})

    session.refresh(item)
    assert (made["applied"], item.category.code if item.category else None, item.paid) == (1, "7300", True)


def test_a_persons_value_stays(session: Session, call: Call, connection: Connection) -> None:
    item = read_item(session, connection)
    assert call("PATCH", f"/items/{item.id}", {"category": {"code": 7400}})[0] == 200

    trial = call("POST", "/rules/trial", {"rule": FUEL})[1]
    call("POST", "/rules", FUEL | {"apply": True})

    session.refresh(item)
    assert (trial["kept"], item.category.code if item.category else None) == (1, "7400")


def test_a_trial_of_a_split_tells_the_amounts_until_they_are_so(
    session: Session, call: Call, connection: Connection
) -> None:
    item = read_item(session, connection)
    split = FUEL | {"set": {"split": [{"share": "60", "category": 7300}, {"category": 7504}]}}

    [change] = call("POST", "/rules/trial", {"rule": split})[1]["changed"]
    assert change == {
        "item": item.id,
        "field": "split",
        "from": None,
        "to": "72.00 Vehicle fuel, 48.00 Office supplies",
    }
    _, made = call("POST", "/rules", split | {"apply": True})

    assert made["applied"] == 1
    assert call("POST", "/rules/trial", {"rule": made["id"]})[1]["changed"] == []


@pytest.mark.parametrize("sets", [{}, {"vat_rate": "20"}, {"vat_treatment": "no_vat"}])
@pytest.mark.parametrize("parts", [[{"share": "60"}, {"share": "40"}], [{"amount": "10.00"}, {}]])
def test_a_trial_of_a_split_over_several_rates_tells_the_very_lines(
    session: Session,
    call: Call,
    connection: Connection,
    sets: dict[str, Any],
    parts: list[dict[str, str]],
) -> None:
    item = read_item(session, connection, net="150.00", tax="20.00", total="170.00")
    item.tax_lines = [
        {"percent": "20", "net": 10000, "tax": 2000, "gross": None},
        {"percent": "0", "net": 5000, "tax": 0, "gross": None},
    ]
    recode(session, item)
    session.flush()
    split = [{**part, "category": code} for part, code in zip(parts, (7300, 7504), strict=True)]
    rule = FUEL | {"set": {"split": split, **sets}}

    changed = call("POST", "/rules/trial", {"rule": rule})[1]["changed"]
    call("POST", "/rules", rule | {"apply": True})

    session.refresh(item)
    lines = call("GET", f"/items/{item.id}")[1]["lines"]
    told = "".join(each["to"] for each in changed if each["field"] == "split")
    written = [f"{each['amount']} {each['category']['name']}" for each in lines]
    rates = [f" ({each['percent']}%)" if each["percent"] else "" for each in lines]
    assert told == ", ".join(map("".join, zip(written, rates, strict=True)))
