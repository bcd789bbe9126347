import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from auth.models import AuditEntry, Organisation
from auth.trail import first_break, record
from tests.factories.auth import OrganisationFactory


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
