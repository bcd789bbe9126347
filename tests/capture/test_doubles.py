from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.doubles import find_double, keep_both
from capture.history.events import Who, history_of
from capture.history.models import Actor
from capture.models import Item, ItemPage
from capture.submissions.models import Document
from core.errors import Incomplete
from kashflow.models import Connection
from kashflow.service import get_connection
from tests.factories.capture import ConnectionFactory, ItemFactory
from tests.pages import PageClient

JO = Who(Actor.PERSON, "Jo")
LOOK = f"{0x5A5A << 200:064x}"


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    return get_connection(session, membership.organisation_id)


def receipt(connection: Connection, **values: object) -> Item:
    facts = {"supplier_name": "Shell", "total": 6000, "issued_on": date(2026, 3, 2), "reference": "77"}
    made: Item = ItemFactory.create(connection=connection, **facts | values)
    return made


def picture(session: Session, item: Item, likeness: str) -> None:
    organisation = session.get_one(Connection, item.connection_id).organisation_id
    document = Document(
        organisation_id=organisation, sha256=f"{item.id:064x}", media_type="image/jpeg", size=1, likeness=likeness
    )
    item.pages.append(ItemPage(document=document, page=1, position=1))
    session.flush()


@pytest.mark.parametrize("other", [{"reference": None}, {"issued_on": None}, {"supplier_name": "SHELL"}])
def test_d44_the_same_supplier_total_and_date_or_reference_is_suspected(
    session: Session, connection: Connection, other: dict[str, object]
) -> None:
    first, second = receipt(connection), receipt(connection, **other)

    assert find_double(session, second) == first.id


@pytest.mark.parametrize(
    "other", [{"total": 6001}, {"supplier_name": "Esso"}, {"issued_on": date(2026, 3, 3), "reference": "78"}]
)
def test_other_facts_are_not(session: Session, connection: Connection, other: dict[str, object]) -> None:
    receipt(connection)

    assert find_double(session, receipt(connection, **other)) is None


def test_somebody_elses_item_is_never_a_double(session: Session, connection: Connection) -> None:
    receipt(connection)

    assert find_double(session, receipt(ConnectionFactory.create())) is None


def test_two_pictures_that_look_the_same_are_suspected_unless_their_totals_differ(
    session: Session, connection: Connection
) -> None:
    three = (("a", 100), ("b", 100), ("c", 999))
    first, second, third = (receipt(connection, supplier_name=name, total=total) for name, total in three)
    for each in (first, second, third):
        picture(session, each, LOOK)

    assert find_double(session, second) == first.id
    assert find_double(session, third) is None


def test_both_are_kept_with_the_reason_and_not_asked_about_again(session: Session, connection: Connection) -> None:
    receipt(connection)
    second = receipt(connection)

    with pytest.raises(Incomplete):
        keep_both(session, connection.id, second.id, "  ", JO)
    keep_both(session, connection.id, second.id, "two tanks on one day", JO)

    assert find_double(session, second) is None
    assert history_of(session, second)[0].detail["problem"] == "two tanks on one day"


def test_the_item_page_shows_both_side_by_side_and_deletes_only_when_told(
    session: Session, connection: Connection, signed_in: PageClient
) -> None:
    first, second = receipt(connection), receipt(connection)

    page = signed_in.get(f"/items/{second.id}")
    assert f'data-double="{first.id}"' in page.text
    signed_in.submit(f"/items/{second.id}/double", same="1")

    session.refresh(second)
    assert second.deleted_at is not None
