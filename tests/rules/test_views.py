"""The pages of rules: made, tried, ordered, proposed, undone, and who may do which."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth.keys import open_session
from auth.models import Membership, Organisation
from auth.trail import list_entries
from kashflow.ledger import ListKind
from kashflow.models import Connection
from rules.service import history_of, list_rules
from tests.factories.auth import MembershipFactory
from tests.pages import Call, PageClient, parse, text_of
from tests.rules.making import corrected, entry, only_rule, read_item

FORM = {
    "name": "Fuel",
    "if": "supplier",
    "sign": "is",
    "is": "Larkrise Service Station",
    "set": "category",
    "to": "7300 Vehicle fuel",
    "enabled": "1",
}


@pytest.fixture
def standard(app: object, signed_in: PageClient, session: Session, membership: Membership) -> PageClient:
    """The same browser with a standard user of the organisation signed in."""
    del app
    organisation = session.get_one(Organisation, membership.organisation_id)
    other: Membership = MembershipFactory.create(organisation=organisation)
    signed_in.sign_in(open_session(session, other, address="127.0.0.1", user_agent="Firefox"))
    return signed_in


def test_d32_a_rule_is_made_in_the_editor(signed_in: PageClient, session: Session, connection: Connection) -> None:
    answer = signed_in.submit("/rules/new", **FORM)

    rule = only_rule(session, connection)
    assert (answer.status_code, rule.name) == (302, "Fuel")
    assert rule.when == {"supplier": entry(session, connection, ListKind.SUPPLIERS, "Larkrise Service Station").id}
    page = text_of(signed_in.get("/rules"))
    assert "When the supplier is Larkrise Service Station" in page
    assert "category 7300 Vehicle fuel" in page


def test_a_rule_without_a_name_is_called_from_the_start_by_what_it_asks_for(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    signed_in.submit("/rules/new", **FORM | {"name": ""})

    rule = only_rule(session, connection)
    assert rule.name == "Larkrise Service Station"
    assert [change.after["name"] for change in history_of(session, rule)] == [rule.name]


def test_the_editor_gives_back_what_it_was_given(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    many = {
        "if": ["text", "total_max", "text", "weekday"],
        "sign": ["is", "is", "not", "is"],
        "is": ["diesel; petrol", "80.00", "car wash", "monday"],
        "set": ["split", "due_date", "paid"],
        "to": ["60% 7300; rest 7504", "30 days end of month", "yes"],
        "enabled": "1",
        "auto_publish": "1",
        "max_total": "250.00",
        "min_confidence": "95%",
        "first": "3",
    }
    signed_in.post("/rules/new", data=many | {"csrf_token": signed_in.csrf_token()})
    rule = only_rule(session, connection)
    before = (rule.when, rule.sets, rule.guards, rule.name)
    page = parse(signed_in.get(f"/rules/{rule.id}"))
    form = page.xpath("//form[@data-rule-editor]")[0]

    signed_in.post(f"/rules/{rule.id}", data=MultiDict(form.form_values()))

    rule = only_rule(session, connection)
    assert (rule.when, rule.sets, rule.guards, rule.name) == before
    assert rule.guards == {"max_total": 25000, "min_confidence": "0.95", "first": 3}


@pytest.mark.usefixtures("connection")
def test_what_is_wrong_is_said_and_nothing_is_lost(signed_in: PageClient) -> None:
    answer = signed_in.submit("/rules/new", **FORM | {"to": "7399 No such"})

    assert answer.status_code == 422
    assert "There is no category “7399 No such”" in text_of(answer)
    assert parse(answer).xpath("string(//input[@name='is']/@value)") == "Larkrise Service Station"


def test_the_trial_on_the_page_tells_what_would_change(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    read_item(session, connection)

    answer = text_of(signed_in.submit("/rules/trial", **FORM))

    assert "fits 1 and would have changed 1 value" in answer
    assert "In the inbox it changes 1 item" in answer
    assert list_rules(session, connection.id) == []


@pytest.mark.usefixtures("connection")
def test_numbers_that_nothing_has_are_no_ids(signed_in: PageClient) -> None:
    huge = str(10**30)

    assert signed_in.get(f"/rules/new?party={huge}").status_code == 200
    assert signed_in.submit("/rules/trial", **FORM, rule=huge).status_code == 404
    assert signed_in.submit("/rules/order", rule=huge, id=huge).status_code == 404
    assert signed_in.submit("/rules/defaults/suppliers", party=huge).status_code == 422


def test_d33_a_new_rule_runs_over_the_inbox_when_ticked(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    item = read_item(session, connection)

    signed_in.submit("/rules/new", **FORM | {"apply": "1"})

    session.refresh(item)
    assert item.category is not None


@pytest.mark.usefixtures("connection")
def test_rules_move_up_and_down_and_all_at_once(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    for name in ("A", "B", "C"):
        signed_in.submit("/rules/new", **FORM | {"name": name})
    ids = [rule.id for rule in list_rules(session, connection.id)]

    moved = signed_in.submit("/rules/order", rule=str(ids[2]), to="up")
    assert parse(signed_in.get(moved.location)).xpath("string(//button[@autofocus]/@aria-label)") == "Move C up"
    assert [rule.name for rule in list_rules(session, connection.id)] == ["A", "C", "B"]
    signed_in.post("/rules/order", data={"csrf_token": signed_in.csrf_token(), "id": [str(each) for each in ids[::-1]]})
    session.expire_all()
    assert [rule.name for rule in list_rules(session, connection.id)] == ["C", "B", "A"]


def test_a_rule_is_switched_deleted_and_brought_back(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    signed_in.submit("/rules/new", **FORM)
    rule = only_rule(session, connection)
    signed_in.submit(f"/rules/{rule.id}/switch")
    assert not only_rule(session, connection).enabled
    signed_in.submit(f"/rules/{rule.id}/delete")
    page = signed_in.get(f"/rules/{rule.id}/history")
    assert "deleted" in text_of(page)

    signed_in.submit(parse(page).xpath("string((//tr[@data-change])[1]//form/@action)"))

    assert only_rule(session, connection).name == "Fuel"


def test_a_standard_user_sees_rules_and_proposes(
    standard: PageClient, session: Session, connection: Connection
) -> None:
    item = read_item(session, connection)
    standard.submit("/rules/new", **FORM)
    rule = only_rule(session, connection)

    assert (rule.proposed, rule.enabled) == (True, False)
    assert "proposes “Fuel”" in text_of(standard.get("/rules"))
    assert standard.get(f"/rules/{rule.id}").status_code == 200
    assert standard.submit(f"/rules/{rule.id}", **FORM).status_code == 403
    assert standard.submit(f"/rules/{rule.id}/switch").status_code == 403
    assert standard.submit("/rules/order", rule="1", to="up").status_code == 403
    standard.submit(f"/items/{item.id}/rule", field="vat_rate")
    assert [each.proposed for each in list_rules(session, connection.id)] == [True, True]


def test_d15_d32_always_do_this_codes_every_later_document_of_the_supplier(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    item = corrected(session, connection, 1)
    signed_in.submit(f"/items/{item.id}/rule", field="category")
    signed_in.submit(f"/items/{item.id}/rule", field="vat_rate")

    assert set(only_rule(session, connection).sets) == {"category", "vat_rate"}
    others = [read_item(session, connection, reference=reference) for reference in ("LATER-1", "LATER-2")]
    assert [other.category_id for other in others] == [item.category_id] * 2


def test_d32_from_a_suppliers_page_the_editor_opens_with_their_rule_and_what_is_suggested(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    item = corrected(session, connection, 3)
    signed_in.submit(f"/items/{item.id}/rule", field="vat_rate")
    form = parse(signed_in.get(f"/rules/new?party={item.supplier_id}")).xpath("//form[@data-rule-editor]")[0]
    assert only_rule(session, connection).sets == {"vat_rate": "20"}

    signed_in.post(form.get("action"), data=MultiDict(form.form_values()))

    assert only_rule(session, connection).sets == {"vat_rate": "20", "category": item.category_id}


@pytest.mark.usefixtures("connection")
def test_what_never_comes_to_anything_is_pointed_out(signed_in: PageClient) -> None:
    signed_in.submit("/rules/new", **FORM | {"name": "First"})
    signed_in.submit("/rules/new", **FORM | {"name": "Second"})

    assert "Never comes to anything: “First” stands before it." in text_of(signed_in.get("/rules"))


def test_the_audit_trail_tells_who_made_and_deleted_a_rule(
    call: Call, session: Session, membership: Membership, connection: Connection
) -> None:
    rule = {"name": "Fuel", "when": {"supplier": "Larkrise Service Station"}, "set": {"category": 7300}}
    made = call("POST", "/rules", rule)[1]
    call("DELETE", f"/rules/{made['id']}")

    lines = list_entries(session, connection.organisation_id)[::-1]
    assert [(line.what, line.detail) for line in lines] == [
        ("rule made", f"Fuel (rule {made['id']})"),
        ("rule deleted", f"Fuel (rule {made['id']})"),
    ]
    assert {line.actor for line in lines} == {membership.user.email}
