"""The pages of connections, over the sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from auth.keys import open_session
from auth.models import Membership, Organisation
from capture.models import ItemState
from core.config import current, set_current
from kashflow.ledger import Kind
from kashflow.models import Connection, ConnectionState, Schedule
from kashflow.service import list_connections
from lists.models import Defaults, Refresh, RefreshedList
from lists.service import defaults_of
from publishing.models import StepState
from tests.factories.auth import MembershipFactory
from tests.factories.capture import EntryFactory, ItemFactory
from tests.kashflow.conftest import Scene, document_step, log_in
from tests.pages import PageClient, parse, text_of


@pytest.fixture
def visitor(client: PageClient, session: Session, membership: Membership, connection: Connection) -> PageClient:
    """A browser in which a standard user of the administrator's organisation is signed in."""
    del connection
    member = MembershipFactory.create(organisation=session.get_one(Organisation, membership.organisation_id))
    client.sign_in(open_session(session, member, address="", user_agent=""))
    return client


def test_h3_c13_every_connection_shows_its_state_in_words(signed_in: PageClient, connection: Connection) -> None:
    card = parse(signed_in.get("/connections")).xpath(f"//*[@data-connection='{connection.id}']")[0].text_content()

    assert "Not connected" in card
    assert "not connected yet" in card


def test_d2_a_standard_user_sees_no_connections(visitor: PageClient, connection: Connection) -> None:
    assert "/connections" not in parse(visitor.get("/costs")).xpath("//nav//a/@href")
    for address in ("/connections", f"/connections/{connection.id}", f"/connections/{connection.id}/login"):
        assert visitor.get(address).status_code == 403


def test_d3_con_9_a_standard_user_is_told_whom_to_ask(visitor: PageClient, membership: Membership) -> None:
    answer = visitor.get("/connections")

    assert "CON-9" in answer.text
    assert membership.user.email in text_of(answer)
    assert f"Ask {membership.user.email}" in text_of(visitor.get("/lists"))


def test_s1_s2_s3_s4_d6_a_new_connection_to_kashflow_begins_with_its_name(
    signed_in: PageClient, connection: Connection, session: Session, membership: Membership
) -> None:
    page = parse(signed_in.get("/connections"))
    answer = signed_in.submit("/connections", name="Shop")
    assert "For a further KashFlow account." in page.xpath("string(//section[@aria-labelledby='further'])")

    assert page.xpath(f"//*[@data-connection='{connection.id}']//a[contains(., 'Connect')]")
    assert page.xpath("//button[contains(., 'New connection')]/ancestor::form//input[@name='name']/@required")
    made = list_connections(session, membership.organisation_id)[-1]
    assert (made.name, answer.location) == ("Shop", f"/connections/{made.id}/connect")


@pytest.mark.parametrize(("choice", "publishes"), [("follow", False), ("leave", True)])
def test_d17_a_reconnect_tells_that_the_vat_registration_changed(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session, choice: str, publishes: bool
) -> None:
    scene.set(vat_registered=False)
    log_in(signed_in, connected)
    session.expire_all()
    told = parse(signed_in.get(f"/connections/{connected.id}")).xpath("string(//*[@data-vat-changed])")
    assert ("no longer registered for VAT" in told, connected.publishes_vat) == (True, True)

    signed_in.submit(f"/connections/{connected.id}/vat", choice=choice)

    session.expire_all()
    assert connected.publishes_vat is publishes
    assert not parse(signed_in.get(f"/connections/{connected.id}")).xpath("//*[@data-vat-changed]")


def test_d26_an_own_choice_about_vat_is_no_change(
    signed_in: PageClient, connected: Connection, session: Session
) -> None:
    signed_in.submit(f"/connections/{connected.id}/questions")
    log_in(signed_in, connected)

    session.expire_all()
    assert (connected.publishes_vat, connected.vat_changed) == (False, False)


def test_con_1_the_page_says_that_a_test_tries_the_saved_login_again(
    signed_in: PageClient, connected: Connection, scene: Scene
) -> None:
    scene.set(password="another one")
    signed_in.submit(f"/connections/{connected.id}/test")
    before = len(scene.asked("GetCompanyDetails"))

    said = text_of(signed_in.get(f"/connections/{connected.id}"))

    assert "Test again tries the saved login once more" in said
    assert len(scene.asked("GetCompanyDetails")) == before == 2


def test_c34_disable_asks_first_and_enable_takes_it_back(
    signed_in: PageClient, connected: Connection, session: Session
) -> None:
    form = parse(signed_in.get(f"/connections/{connected.id}")).xpath("//form[contains(@action, '/disable')]")[0]
    assert "Items, lists and rules are kept" in form.get("data-confirm")

    signed_in.submit(f"/connections/{connected.id}/disable")
    assert "Main is disabled" in text_of(signed_in.get("/costs"))
    signed_in.submit(f"/connections/{connected.id}/enable")

    session.expire_all()
    assert connected.state is ConnectionState.CONNECTED


def test_c35_a_disabled_connection_shows_no_links_to_kashflow(
    signed_in: PageClient, connected: Connection, session: Session
) -> None:
    item = ItemFactory.create(connection=connected, ready=True, state=ItemState.PUBLISHED, ledger_number=7)
    document_step(session, item, state=StepState.PUBLISHED, remote_number=7, remote_id=4711)
    session.commit()
    before = "Open KashFlow" in signed_in.get(f"/items/{item.id}").text

    signed_in.submit(f"/connections/{connected.id}/disable")

    assert (before, "Open KashFlow" in signed_in.get(f"/items/{item.id}").text) == (True, False)


def test_h14_the_schedule_is_a_setting(signed_in: PageClient, connected: Connection, session: Session) -> None:
    signed_in.submit(f"/connections/{connected.id}", name="Shop", schedule="two_hourly")

    session.expire_all()
    assert (connected.name, connected.schedule) == ("Shop", Schedule.TWO_HOURLY)


def test_d16_a_test_is_told_and_a_refusal_holds(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session
) -> None:
    address = f"/connections/{connected.id}"
    signed_in.submit(f"{address}/test")
    works = text_of(signed_in.get(address))
    scene.set(api_enabled=False)
    signed_in.submit(f"{address}/test")
    held = text_of(signed_in.get(address))

    session.expire_all()
    assert "The connection works: Calder & Birch Ltd." in works
    assert ("CON-2" in held, "Test again" in held) == (True, True)
    assert connected.state is ConnectionState.NEEDS_RECONNECT


def test_con_7_a_test_of_what_cannot_be_reached_holds_nothing(
    signed_in: PageClient, connected: Connection, session: Session
) -> None:
    set_current(replace(current(), kashflow_url="http://127.0.0.1:9/api/service.asmx"))

    signed_in.submit(f"/connections/{connected.id}/test")

    session.expire_all()
    assert "CON-7" in signed_in.get(f"/connections/{connected.id}").text
    assert connected.state is ConnectionState.CONNECTED


def test_d20_d21_d22_refresh_is_apart_from_reconnect(
    signed_in: PageClient, connected: Connection, session: Session
) -> None:
    session.query(RefreshedList).delete()
    session.query(Refresh).delete()
    session.commit()

    answer = signed_in.submit(f"/connections/{connected.id}/refresh")

    assert answer.location == f"/lists?connection={connected.id}"
    assert "The lists are being refreshed" in text_of(signed_in.get(answer.location))


def test_looking_at_a_connection_writes_nothing(signed_in: PageClient, connected: Connection, session: Session) -> None:
    signed_in.get(f"/connections/{connected.id}")

    assert session.query(Defaults).count() == 0


def test_a_default_that_is_gone_stays_chosen(signed_in: PageClient, connected: Connection, session: Session) -> None:
    gone = EntryFactory.create(connection_id=connected.id, connection=None, category=True, code="7100", name="Rent")
    gone.active = False
    costs = defaults_of(session, connected.id, Kind.COST)
    costs.category_id = gone.id
    session.commit()

    form = parse(signed_in.get(f"/connections/{connected.id}")).xpath("//select[@name='cost_category']")[0]
    chosen = form.xpath("option[@selected]")[0]
    signed_in.submit(f"/connections/{connected.id}", name="Main", schedule="off", cost_category=chosen.get("value"))

    assert chosen.text == "7100 Rent (inactive)"
    session.expire_all()
    assert costs.category_id == gone.id


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "A connection needs a name."),
        ({"schedule": "hourly"}, "Choose how often"),
        ({"publishes_from": "yesterday"}, "is no date"),
        ({"cost_category": "Rent"}, "Choose a category of the list."),
        ({"cost_vat_rate": "a lot"}, "is no VAT rate"),
    ],
)
def test_a_setting_that_is_none_is_told_and_nothing_is_saved(
    signed_in: PageClient, connected: Connection, session: Session, wrong: dict[str, str], said: str
) -> None:
    answer = signed_in.submit(f"/connections/{connected.id}", **{"name": "Other", "schedule": "off", **wrong})

    session.expire_all()
    assert (answer.status_code, connected.name) == (422, "Main")
    assert said in answer.text


def test_h5_a_name_that_is_taken_is_told(signed_in: PageClient, connected: Connection) -> None:
    answer = signed_in.submit("/connections", name=connected.name)

    assert (answer.status_code, "There is another connection called" in answer.text) == (422, True)


def test_h4_the_pages_stay_on_the_connection_that_was_chosen(
    signed_in: PageClient, connected: Connection, session: Session, membership: Membership
) -> None:
    further = signed_in.submit("/connections", name="Second")
    second = list_connections(session, membership.organisation_id)[1]
    assert further.location == f"/connections/{second.id}/connect"
    EntryFactory.create(connection_id=second.id, connection=None, name="Only there")
    session.commit()

    signed_in.get(f"/suppliers?connection={second.id}")
    there = text_of(signed_in.get("/suppliers"))
    signed_in.get(f"/costs?connection={connected.id}")

    assert "Only there" in there
    assert "Only there" not in text_of(signed_in.get("/suppliers"))


@pytest.mark.parametrize("named", ["99999", "x", "99999999999999999999"])
def test_a_connection_of_nobody_here_is_not_found(signed_in: PageClient, connection: Connection, named: str) -> None:
    del connection
    assert signed_in.get(f"/suppliers?connection={named}").status_code == 404
    assert signed_in.get("/suppliers").status_code == 200
