"""Rules that grow from corrections: suggested after three equal ones, made or refused."""

from __future__ import annotations

from sqlalchemy.orm import Session

from capture.coding.corrections import suggestions
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.service import defaults_of
from rules.service import list_rules
from tests.pages import PageClient, text_of
from tests.rules.making import corrected, entry, only_rule, read_item


def test_three_equal_corrections_become_a_suggestion_and_a_rule(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    item = corrected(session, connection, 2)
    assert suggestions(session, connection.id) == []
    item = corrected(session, connection, 1)
    page = text_of(signed_in.get(f"/items/{item.id}"))
    assert "Always do this for Larkrise Service Station?" in page
    fresh = read_item(session, connection, reference="R9")
    assert (fresh.category.name if fresh.category else None) == "Vehicle fuel"  # learned, until it is a rule

    signed_in.submit(f"/rules/suggestions/{item.supplier_id}", answer="accept")

    assert only_rule(session, connection).when == {"supplier": item.supplier_id}
    assert suggestions(session, connection.id) == []


def test_never_for_this_supplier(signed_in: PageClient, session: Session, connection: Connection) -> None:
    item = corrected(session, connection, 3)

    signed_in.submit(f"/rules/suggestions/{item.supplier_id}", answer="never")

    assert suggestions(session, connection.id) == []
    assert list_rules(session, connection.id) == []


def test_corrections_that_differ_suggest_nothing(session: Session, connection: Connection) -> None:
    corrected(session, connection, 2)
    corrected(session, connection, 1, "Travel")
    assert suggestions(session, connection.id) == []
    corrected(session, connection, 2, "Travel")

    [suggestion] = suggestions(session, connection.id)

    assert suggestion.sets == {"category": entry(session, connection, ListKind.CATEGORIES, "Travel").id}


def test_what_a_person_set_as_it_would_have_been_is_no_correction(session: Session, connection: Connection) -> None:
    travel = entry(session, connection, ListKind.CATEGORIES, "Travel")
    defaults_of(session, connection.id, Kind.COST).category_id = travel.id
    corrected(session, connection, 3, "Travel")

    assert suggestions(session, connection.id) == []
