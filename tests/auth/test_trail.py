import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from auth.models import AuditEntry, Membership, Organisation
from auth.trail import MOST, first_break, record
from tests.factories.auth import OrganisationFactory
from tests.pages import PageClient, parse, text_of


@pytest.fixture
def organisation(session: Session) -> Organisation:
    made: Organisation = OrganisationFactory.create()
    for number in range(3):
        record(session, made.id, "jo@business.example", "published", f"item {number}")
        record(session, OrganisationFactory.create().id, "somebody else", "signed in")
    return made


def test_a_trail_is_whole(session: Session, organisation: Organisation) -> None:
    assert first_break(session, organisation.id) is None


@pytest.mark.parametrize("column", ["actor", "what", "detail", "hash"])
def test_an_altered_line_is_noticed(session: Session, organisation: Organisation, column: str) -> None:
    altered = AuditEntry.detail == "item 1"
    session.execute(update(AuditEntry).where(altered).values({column: "forged"}))
    session.expire_all()

    assert first_break(session, organisation.id) is not None


def test_a_line_taken_out_is_noticed(session: Session, organisation: Organisation) -> None:
    session.execute(delete(AuditEntry).where(AuditEntry.detail == "item 1"))

    assert first_break(session, organisation.id) is not None


def test_administrators_read_the_trail_page_by_page(
    signed_in: PageClient, session: Session, membership: Membership
) -> None:
    for number in range(MOST + 1):
        record(session, membership.organisation_id, "jo@business.example", "rule changed", f"rule {number}")
    record(session, OrganisationFactory.create().id, "somebody else", "signed in")
    session.commit()
    first = parse(signed_in.get("/settings/trail"))
    older = first.xpath("//a[text()='Older']/@href")[0]
    second = parse(signed_in.get(older))

    assert (len(first.xpath("//tr[@data-line]")), len(second.xpath("//tr[@data-line]"))) == (MOST, 1)
    assert f"rule {MOST}" in first.text_content()
    assert "somebody else" not in first.text_content()


def test_the_trail_is_checked_on_its_page(signed_in: PageClient, session: Session, membership: Membership) -> None:
    for number in range(3):
        record(session, membership.organisation_id, "jo@business.example", "rule changed", f"rule {number}")
    session.commit()
    whole = text_of(signed_in.get("/settings/trail?check=1"))
    session.execute(update(AuditEntry).where(AuditEntry.detail == "rule 1").values(detail="rule 2"))
    session.commit()

    assert "The trail is whole" in whole
    assert "was altered" in text_of(signed_in.get("/settings/trail?check=1"))
