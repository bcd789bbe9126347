"""The page of a list, as its HTML."""

from __future__ import annotations

from sqlalchemy.orm import Session

from auth.models import Membership
from core.db import now
from kashflow.models import Connection
from tests.factories.capture import ItemFactory
from tests.pages import PageClient, parse, text_of


def test_an_empty_list_says_how_the_first_document_comes_in_and_later_that_all_is_done(
    signed_in: PageClient, session: Session, membership: Membership
) -> None:
    first = signed_in.get("/costs")
    assert "No costs yet" in text_of(first)
    assert parse(first).xpath("//a[contains(., 'Set up a mailbox or folder')]/@href") == ["/channels"]

    connection = session.query(Connection).filter_by(organisation_id=membership.organisation_id).one()
    ItemFactory.create(connection_id=connection.id, archived_at=now())
    session.commit()
    assert "All done" in text_of(signed_in.get("/costs"))
    assert "No sales yet" in text_of(signed_in.get("/sales"))
