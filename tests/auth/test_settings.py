import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from tests.pages import PageClient, parse


def test_an_organisation_says_what_it_is_called(
    signed_in: PageClient, session: Session, membership: Membership
) -> None:
    form = {"name": "Calder & Birch Ltd", "vat_number": "220 4302 31", "own_names": " Calder\n\nC&B \n"}
    signed_in.submit("/settings", **form)

    organisation = membership.organisation
    session.refresh(organisation)
    assert (organisation.name, organisation.vat_number) == ("Calder & Birch Ltd", "GB220430231")
    assert organisation.own_names == ["Calder", "C&B"]
    assert parse(signed_in.get("/settings")).xpath("string(//textarea)").strip() == "Calder\nC&B"


@pytest.mark.parametrize(("field", "value"), [("name", " "), ("vat_number", "123"), ("vat_number", "FR12345678901")])
def test_what_is_wrong_is_said_and_what_was_typed_stays(signed_in: PageClient, field: str, value: str) -> None:
    form = {"name": "Calder & Birch Ltd", "vat_number": "", "own_names": "Kept", field: value}
    response = signed_in.submit("/settings", **form)

    page = parse(response)
    assert response.status_code == 422
    assert page.xpath(f"string(//*[@id='{field}-error'])")
    assert page.xpath("string(//textarea)") == "Kept"
