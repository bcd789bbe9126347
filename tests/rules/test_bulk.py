"""Pages for many at once: suppliers' own defaults, and rules taken in from a file."""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kashflow.ledger import ListKind
from kashflow.models import Connection
from rules.models import PartyDefault
from rules.service import list_rules
from tests.pages import PageClient, parse, text_of
from tests.rules.making import entry, only_rule, read_item


def test_defaults_are_set_for_many_suppliers_at_once(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    parties = [
        entry(session, connection, ListKind.SUPPLIERS, name)
        for name in ("Bracken Office Supplies Ltd", "Larkrise Service Station")
    ]
    given = {
        "party": [str(each.id) for each in parties],
        "set": ["category", "due_date"],
        "to": ["7504 Office supplies", "14 days"],
    }

    signed_in.post("/rules/defaults/suppliers", data=given | {"csrf_token": signed_in.csrf_token()})

    item = read_item(session, connection)
    assert (item.category.code if item.category else None, str(item.due_on)) == ("7504", "2026-03-16")
    assert "category 7504 Office supplies" in text_of(signed_in.get("/rules/defaults/suppliers"))
    signed_in.post(
        "/rules/defaults/suppliers",
        data={"party": [str(parties[0].id)], "forget": ["category"], "csrf_token": signed_in.csrf_token()},
    )
    session.expire_all()
    kept = {each.entry_id: set(each.sets) for each in session.query(PartyDefault)}
    assert kept == {parties[0].id: {"due_date"}, parties[1].id: {"category", "due_date"}}


def filled_in(page: TestResponse) -> dict[str, str]:
    """Give what the form for files of rules holds on a page."""
    form = parse(page).xpath("//main//form[@enctype]")[0]
    return {name: value for name, value in form.form_values() if name != "csrf_token"}


def test_a_file_is_looked_at_before_it_is_taken(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    text = (
        "counterfoil_rules: 1\nrules: [{name: Taxi, when: {text: taxi}, set: {category: {code: '9999', name: Cabs}}}]"
    )
    looked = signed_in.submit("/rules/files", text=text, answer="look")
    assert "not known here: category “Cabs”" in text_of(looked)
    looked = signed_in.submit("/rules/files", **filled_in(looked) | {"map_to": "7400 Travel"}, answer="look")
    assert "Added" in text_of(looked)
    assert list_rules(session, connection.id) == []

    signed_in.submit("/rules/files", **filled_in(looked), answer="import")

    assert only_rule(session, connection).name == "Taxi"
    assert b"name: Taxi" in signed_in.get("/rules/rules.yaml").data
