"""The pages of connections, over the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from auth.keys import open_session
from auth.models import Membership, Organisation
from capture.models import ItemState
from core.config import current, set_current
from kashflow.ledger import Kind
from kashflow.models import Connection, ConnectionState, Schedule
from kashflow.service import list_connections, saved_login
from lists.models import Defaults, Refresh, RefreshedList
from publishing.models import Step, StepKind, StepState
from tests.factories.auth import MembershipFactory
from tests.factories.capture import EntryFactory, ItemFactory
from tests.kashflow.conftest import PASSWORD, Scene
from tests.pages import PageClient, parse, text_of

LOGIN = {"name": "Main", "username": "demo", "password": PASSWORD, "done": "1"}


@pytest.fixture
def connection(session: Session, membership: Membership, scene: Scene) -> Iterator[Connection]:
    """The connection of whoever is signed in, with the sandbox as its KashFlow."""
    config = current()
    set_current(replace(config, kashflow_url=scene.sandbox.url))
    connection = list_connections(session, membership.organisation_id)[0]
    session.commit()
    yield connection
    set_current(config)


@pytest.fixture
def connected(signed_in: PageClient, connection: Connection, session: Session) -> Connection:
    signed_in.submit(f"/connections/{connection.id}/login", **LOGIN)
    session.expire_all()
    assert connection.state is ConnectionState.CONNECTED
    return connection


def standard(client: PageClient, session: Session, organisation_id: int) -> PageClient:
    member = MembershipFactory.create(organisation=session.get_one(Organisation, organisation_id))
    client.sign_in(open_session(session, member, address="", user_agent=""))
    return client


def test_h3_c13_every_connection_shows_its_state_in_words(signed_in: PageClient, connection: Connection) -> None:
    card = parse(signed_in.get("/connections")).xpath(f"//*[@data-connection='{connection.id}']")[0].text_content()

    assert "Not connected" in card
    assert "not connected yet" in card


def test_d2_a_standard_user_sees_no_connections(
    client: PageClient, session: Session, membership: Membership, connection: Connection
) -> None:
    visitor = standard(client, session, membership.organisation_id)

    assert "/connections" not in parse(visitor.get("/costs")).xpath("//nav//a/@href")
    for address in ("/connections", f"/connections/{connection.id}", f"/connections/{connection.id}/login"):
        assert visitor.get(address).status_code == 403


def test_d3_con_9_a_standard_user_is_told_whom_to_ask(
    client: PageClient, session: Session, membership: Membership, connection: Connection
) -> None:
    del connection
    visitor = standard(client, session, membership.organisation_id)
    answer = visitor.get("/connections")

    assert "CON-9" in answer.text
    assert membership.user.email in text_of(answer)
    assert f"Ask {membership.user.email}" in text_of(visitor.get("/lists"))


def test_d7_d8_h7_h8_s6_s7_s9_c10_c11_c12_g4_g6_the_steps_in_kashflow_come_first(
    signed_in: PageClient, connection: Connection
) -> None:
    said = text_of(signed_in.get(f"/connections/{connection.id}/connect"))

    for words in (
        "Apps",
        "API Settings",
        "Enable SOAP API",
        "separate API password",
        "AutoAuth",
        "old interface",
        "Remote Login",
        "kashflow.com",
        "Update",
    ):
        assert words in said


def test_s8_g5_this_servers_address_can_be_copied(signed_in: PageClient, connection: Connection) -> None:
    page = parse(signed_in.get(f"/connections/{connection.id}/connect"))

    assert page.xpath("string(//*[@id='own-address'])") == "127.0.0.1"
    assert page.xpath("//button/@data-copy") == ["own-address"]


def test_s1_s2_s4_d6_a_new_connection_begins_with_its_name(
    signed_in: PageClient, connection: Connection, session: Session, membership: Membership
) -> None:
    page = parse(signed_in.get("/connections"))
    answer = signed_in.submit("/connections", name="Shop")

    assert page.xpath(f"//*[@data-connection='{connection.id}']//a[contains(., 'Connect')]")
    assert page.xpath("//button[contains(., 'New connection')]/ancestor::form//input[@name='name']/@required")
    made = list_connections(session, membership.organisation_id)[-1]
    assert (made.name, answer.location) == ("Shop", f"/connections/{made.id}/connect")


def test_s5_g7_g8_d29_the_login_takes_what_the_api_page_shows(signed_in: PageClient, connection: Connection) -> None:
    page = parse(signed_in.get(f"/connections/{connection.id}/login?done=1"))

    required = {each.get("name"): each.get("required") for each in page.xpath("//form[@method='post']//input[@id]")}
    assert required == {"name": "", "username": "", "password": "", "autoauth_key": None}
    assert "The one on the API Settings page." in page.text_content()


def test_h17_h21_h28_c14_no_grouping_is_asked_for_where_there_is_none(
    signed_in: PageClient, connected: Connection
) -> None:
    page = parse(signed_in.get(f"/connections/{connected.id}/questions"))

    asked = set(page.xpath("//*[@data-field]/@data-field"))
    of_kinds = {f"{kind}_{what}" for kind in Kind for what in ("category", "vat_rate")}
    assert asked == {"publishes_vat", "publishes_from", "shows_message"} | of_kinds


def test_d12_one_is_told_to_allow_a_minute_for_the_lists(signed_in: PageClient, connected: Connection) -> None:
    assert "allow a minute or two" in text_of(signed_in.get(f"/connections/{connected.id}/connected"))


def test_d9_connecting_waits_for_the_tick(signed_in: PageClient, connection: Connection) -> None:
    early = signed_in.submit(f"/connections/{connection.id}/login", **{**LOGIN, "done": ""})

    assert early.location == f"/connections/{connection.id}/connect"
    assert parse(signed_in.get(early.location)).xpath("//input[@name='done']/@required")


def test_d10_d11_c16_a_login_that_works_leads_to_the_result_and_the_first_refresh(
    signed_in: PageClient, connection: Connection, session: Session
) -> None:
    answer = signed_in.submit(f"/connections/{connection.id}/login", follow_redirects="", **LOGIN)
    said = text_of(signed_in.get(answer.location))

    assert "Connected to Calder & Birch Ltd" in said
    assert "registered, GB123456782" in said
    assert session.query(Refresh).filter_by(connection_id=connection.id).one().asked_by
    assert PASSWORD not in signed_in.get(f"/connections/{connection.id}/login").text


def test_con_1_a_refused_password_is_tried_once(signed_in: PageClient, connection: Connection, scene: Scene) -> None:
    answer = signed_in.submit(f"/connections/{connection.id}/login", **{**LOGIN, "password": "wrong"})

    assert (answer.status_code, "CON-1" in answer.text, "wrong" in answer.text) == (422, True, False)
    assert len(scene.asked("GetCompanyDetails")) == 1


def test_con_3_a_refused_address_is_shown_to_copy_then_a_key_lets_us_in(
    signed_in: PageClient, connection: Connection, scene: Scene, session: Session
) -> None:
    scene.set(restrict_addresses=True)
    refused = signed_in.submit(f"/connections/{connection.id}/login", **LOGIN)
    assert parse(refused).xpath("string(//*[@id='refused-address'])") == "127.0.0.1"

    signed_in.submit(f"/connections/{connection.id}/login", **LOGIN, autoauth_key="1A2B3C4D-5E6F")

    session.expire_all()
    assert connection.state is ConnectionState.CONNECTED


@pytest.mark.parametrize("key", ["nonsense", "1A2B3C4D-FFFF"])
def test_con_4_a_key_that_is_none_or_refused_is_told(
    signed_in: PageClient, connection: Connection, scene: Scene, key: str
) -> None:
    scene.set(restrict_addresses=True)

    answer = signed_in.submit(f"/connections/{connection.id}/login", **LOGIN, autoauth_key=key)

    assert answer.status_code == 422
    assert "eight characters, a hyphen, four characters" in text_of(answer)


@pytest.mark.parametrize(
    ("setting", "code"), [("api_enabled", "CON-2"), ("locked_out", "CON-5"), ("subscription_ended", "CON-6")]
)
def test_con_2_con_5_con_6_are_told_with_what_to_do(
    signed_in: PageClient, connection: Connection, scene: Scene, setting: str, code: str
) -> None:
    scene.set(**{setting: setting != "api_enabled"})

    page = parse(signed_in.submit(f"/connections/{connection.id}/login", **LOGIN))

    assert page.xpath("//section[@role='alert']/@data-code") == [code]
    assert "Nothing was sent." in page.xpath("string(//section[@role='alert'])")


def test_con_7_an_unreachable_server_offers_to_try_again(signed_in: PageClient, connection: Connection) -> None:
    set_current(replace(current(), kashflow_url="http://127.0.0.1:9/api/service.asmx"))

    answer = signed_in.submit(f"/connections/{connection.id}/login", **LOGIN)

    assert ("CON-7" in answer.text, "Try now" in answer.text) == (True, True)


def test_g9_g10_g12_h31_the_questions_are_saved(signed_in: PageClient, connected: Connection, session: Session) -> None:
    rent = EntryFactory.create(connection_id=connected.id, connection=None, category=True, code="7100x")
    session.commit()
    answers = {"publishes_from": "2026-04-01", "cost_category": str(rent.id), "cost_vat_rate": "20"}
    answers |= {"sale_category": "", "sale_vat_rate": "exempt"}

    signed_in.submit(f"/connections/{connected.id}/questions", **answers)

    session.expire_all()
    costs, sales = (session.query(Defaults).filter_by(connection_id=connected.id, kind=kind).one() for kind in Kind)
    assert (connected.publishes_vat, connected.shows_message) == (False, False)
    assert connected.publishes_from == date(2026, 4, 1)
    assert (costs.category_id, costs.vat_rate, sales.vat_rate) == (rent.id, "20", "exempt")


def test_a_category_of_another_connection_is_none(signed_in: PageClient, connected: Connection) -> None:
    theirs = EntryFactory.create(category=True)

    answer = signed_in.submit(f"/connections/{connected.id}/questions", cost_category=str(theirs.id))

    assert answer.status_code == 404


def test_d17_d18_d19_reconnect_asks_only_for_what_changed(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session
) -> None:
    scene.set(password="the new one")
    before = saved_login(connected)

    answer = signed_in.submit(f"/connections/{connected.id}/login", password="the new one", done="1")

    session.expire_all()
    assert answer.location == f"/connections/{connected.id}"
    assert (saved_login(connected).username, saved_login(connected).password) == (before.username, "the new one")
    assert "Reconnected to Calder & Birch Ltd" in text_of(signed_in.get(answer.location))


@pytest.mark.parametrize(("choice", "publishes"), [("follow", False), ("leave", True)])
def test_d17_a_reconnect_tells_that_the_vat_registration_changed(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session, choice: str, publishes: bool
) -> None:
    scene.set(vat_registered=False)
    signed_in.submit(f"/connections/{connected.id}/login", done="1")
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
    signed_in.submit(f"/connections/{connected.id}/login", done="1")

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


def test_another_user_name_needs_its_own_password(signed_in: PageClient, connected: Connection, scene: Scene) -> None:
    before = len(scene.asked("GetCompanyDetails"))

    answer = signed_in.submit(f"/connections/{connected.id}/login", username="somebody", done="1")

    assert (answer.status_code, "KashFlow needs a password." in answer.text) == (422, True)
    assert len(scene.asked("GetCompanyDetails")) == before


def test_con_8_another_organisation_gets_a_connection_of_its_own(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session, membership: Membership
) -> None:
    scene.set(company="Alder Mill Ltd")
    page = signed_in.submit(f"/connections/{connected.id}/login", done="1")
    assert "These credentials belong to Alder Mill Ltd" in text_of(page)
    sealed = parse(page).xpath("string(//input[@name='sealed']/@value)")

    signed_in.submit(f"/connections/{connected.id}/other", choice="new", sealed=sealed)

    session.expire_all()
    names = [(each.name, each.company) for each in list_connections(session, membership.organisation_id)]
    assert names == [("Main", "Calder & Birch Ltd"), ("Alder Mill Ltd", "Alder Mill Ltd")]
    assert PASSWORD not in page.text


def test_con_8_moving_takes_the_queue_back_and_leaves_the_old_lists(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session
) -> None:
    old = EntryFactory.create(connection_id=connected.id, connection=None, category=True)
    made_here = EntryFactory.create(connection_id=connected.id, connection=None, remote_id=None)
    item = ItemFactory.create(connection=connected, ready=True, state=ItemState.QUEUED)
    step = Step(connection_id=connected.id, item=item, kind=StepKind.DOCUMENT, payload={"kind": "cost"})
    step.payload_hash = "0" * 64
    session.add(step)
    session.commit()
    scene.set(company="Alder Mill Ltd")
    page = signed_in.submit(f"/connections/{connected.id}/login", done="1")

    sealed = parse(page).xpath("string(//input[@name='sealed']/@value)")
    signed_in.submit(f"/connections/{connected.id}/other", choice="map", sealed=sealed)

    session.expire_all()
    assert (connected.company, connected.era) == ("Alder Mill Ltd", 1)
    assert (step.state, item.state) == (StepState.WITHDRAWN, ItemState.TO_REVIEW)
    assert (old.active, made_here.active, made_here.era) == (False, True, 1)


def test_con_8_a_sealed_login_is_good_for_its_own_connection_alone(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session, membership: Membership
) -> None:
    scene.set(company="Alder Mill Ltd")
    page = signed_in.submit(f"/connections/{connected.id}/login", done="1")
    sealed = parse(page).xpath("string(//input[@name='sealed']/@value)")
    signed_in.submit("/connections", name="Second")
    second = list_connections(session, membership.organisation_id)[1]

    answer = signed_in.submit(f"/connections/{second.id}/other", choice="map", sealed=sealed)

    assert (answer.status_code, "CON-10" in answer.text) == (422, True)


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
    step = Step(connection_id=connected.id, item=item, kind=StepKind.DOCUMENT, payload={"kind": "cost"})
    step.payload_hash, step.state, step.remote_number, step.remote_id = "0" * 64, StepState.PUBLISHED, 7, 4711
    session.add(step)
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
