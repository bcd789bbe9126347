"""The guided flow, over the sandbox: the steps, the login, the questions, and another organisation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.models import ItemState
from core.config import current, set_current
from kashflow.ledger import Kind
from kashflow.models import Connection, ConnectionState
from kashflow.service import list_connections, make_connection, saved_login
from lists.models import Defaults, Refresh
from publishing.models import StepState
from tests.factories.capture import EntryFactory, ItemFactory
from tests.kashflow.conftest import KEY, LOGIN, PASSWORD, Scene, document_step, log_in
from tests.pages import PageClient, parse, text_of


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
        "clear the box that allows only these IP addresses",
        "Update",
    ):
        assert words in said


def test_s8_g5_g6_this_servers_address_can_be_copied_and_the_list_compared(
    signed_in: PageClient, connection: Connection
) -> None:
    page = parse(signed_in.get(f"/connections/{connection.id}/connect"))

    assert page.xpath("string(//*[@id='own-address'])") == "127.0.0.1"
    assert page.xpath("//button/@data-copy") == ["own-address"]
    assert page.xpath("//table[caption]/tbody/tr/td/text()") == ["127.0.0.1", "Counterfoil"]


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
    early = signed_in.submit(f"/connections/{connection.id}/login", **LOGIN)

    assert early.location == f"/connections/{connection.id}/connect"
    assert parse(signed_in.get(early.location)).xpath("//input[@name='done']/@required")


def test_d10_d11_c16_a_login_that_works_leads_to_the_result_and_the_first_refresh(
    signed_in: PageClient, connection: Connection, session: Session
) -> None:
    answer = log_in(signed_in, connection, **LOGIN)
    said = text_of(signed_in.get(answer.location))

    assert "Connected to Calder & Birch Ltd" in said
    assert "registered, GB123456782" in said
    assert session.query(Refresh).filter_by(connection_id=connection.id).one().asked_by
    assert PASSWORD not in signed_in.get(f"/connections/{connection.id}/login").text


def test_con_1_a_refused_password_is_tried_once(signed_in: PageClient, connection: Connection, scene: Scene) -> None:
    answer = log_in(signed_in, connection, username="demo", password="wrong")

    assert (answer.status_code, "CON-1" in answer.text, "wrong" in answer.text) == (422, True, False)
    assert len(scene.asked("GetCompanyDetails")) == 1


def test_con_3_a_refused_address_is_shown_to_copy_then_a_key_lets_us_in(
    signed_in: PageClient, connection: Connection, scene: Scene, session: Session
) -> None:
    scene.set(restrict_addresses=True)
    refused = log_in(signed_in, connection, **LOGIN)
    assert parse(refused).xpath("string(//*[@id='refused-address'])") == "127.0.0.1"

    log_in(signed_in, connection, **LOGIN, autoauth_key=KEY)

    session.expire_all()
    assert connection.state is ConnectionState.CONNECTED


@pytest.mark.parametrize("key", ["nonsense", "1A2B3C4D-FFFF"])
def test_con_4_a_key_that_is_none_or_refused_is_told(
    signed_in: PageClient, connection: Connection, scene: Scene, key: str
) -> None:
    scene.set(restrict_addresses=True)

    answer = log_in(signed_in, connection, **LOGIN, autoauth_key=key)

    assert answer.status_code == 422
    assert "eight characters, a hyphen, four characters" in text_of(answer)


@pytest.mark.parametrize(
    ("setting", "code"), [("api_enabled", "CON-2"), ("locked_out", "CON-5"), ("subscription_ended", "CON-6")]
)
def test_con_2_con_5_con_6_are_told_with_what_to_do(
    signed_in: PageClient, connection: Connection, scene: Scene, setting: str, code: str
) -> None:
    scene.set(**{setting: setting != "api_enabled"})

    page = parse(log_in(signed_in, connection, **LOGIN))

    assert page.xpath("//section[@role='alert']/@data-code") == [code]
    assert "Nothing was sent." in page.xpath("string(//section[@role='alert'])")


def test_con_7_an_unreachable_server_offers_to_try_again(signed_in: PageClient, connection: Connection) -> None:
    set_current(replace(current(), kashflow_url="http://127.0.0.1:9/api/service.asmx"))

    answer = log_in(signed_in, connection, **LOGIN)

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


def test_d17_d18_d19_d29_reconnect_leads_to_the_steps_and_asks_only_for_what_changed(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session
) -> None:
    scene.set(password="the new one")
    before = saved_login(connected)
    page = parse(signed_in.get(f"/connections/{connected.id}/login"))
    assert page.xpath("//main//p/a/@href") == [f"/connections/{connected.id}/connect"]

    answer = log_in(signed_in, connected, password="the new one")

    session.expire_all()
    assert answer.location == f"/connections/{connected.id}"
    assert (saved_login(connected).username, saved_login(connected).password) == (before.username, "the new one")
    assert "Reconnected to Calder & Birch Ltd" in text_of(signed_in.get(answer.location))


def test_another_user_name_needs_its_own_password(signed_in: PageClient, connected: Connection, scene: Scene) -> None:
    before = len(scene.asked("GetCompanyDetails"))

    answer = log_in(signed_in, connected, username="somebody")

    assert (answer.status_code, "KashFlow needs a password." in answer.text) == (422, True)
    assert len(scene.asked("GetCompanyDetails")) == before


def offer_another(client: PageClient, connected: Connection, scene: Scene) -> str:
    """Reconnect to another organisation, and give the sealed login that its page holds."""
    scene.set(company="Alder Mill Ltd")
    page = log_in(client, connected)
    assert "These credentials belong to Alder Mill Ltd" in text_of(page)
    assert PASSWORD not in page.text
    return str(parse(page).xpath("string(//input[@name='sealed']/@value)"))


def test_con_8_another_organisation_gets_a_connection_of_its_own(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session, membership: Membership
) -> None:
    sealed = offer_another(signed_in, connected, scene)

    signed_in.submit(f"/connections/{connected.id}/other", choice="new", sealed=sealed)

    session.expire_all()
    names = [(each.name, each.company) for each in list_connections(session, membership.organisation_id)]
    assert names == [("Main", "Calder & Birch Ltd"), ("Alder Mill Ltd", "Alder Mill Ltd")]


def test_con_8_moving_takes_the_queue_back_and_leaves_the_old_lists(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session
) -> None:
    old = EntryFactory.create(connection_id=connected.id, connection=None, category=True)
    made_here = EntryFactory.create(connection_id=connected.id, connection=None, remote_id=None)
    item = ItemFactory.create(connection=connected, ready=True, state=ItemState.QUEUED)
    step = document_step(session, item)
    sealed = offer_another(signed_in, connected, scene)

    signed_in.submit(f"/connections/{connected.id}/other", choice="map", sealed=sealed)

    session.expire_all()
    assert (connected.company, connected.era) == ("Alder Mill Ltd", 1)
    assert (step.state, item.state) == (StepState.WITHDRAWN, ItemState.TO_REVIEW)
    assert (old.active, made_here.active, made_here.era) == (False, True, 1)


def test_con_8_a_login_that_is_refused_by_now_moves_nothing(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session, membership: Membership
) -> None:
    sealed = offer_another(signed_in, connected, scene)
    scene.set(api_enabled=False)

    answers = [
        signed_in.submit(f"/connections/{connected.id}/other", choice=choice, sealed=sealed)
        for choice in ("map", "new")
    ]

    session.expire_all()
    assert [parse(each).xpath("//section[@role='alert']/@data-code") for each in answers] == [["CON-2"]] * 2
    states = [(each.company, each.state) for each in list_connections(session, membership.organisation_id)]
    assert states == [("Calder & Birch Ltd", ConnectionState.CONNECTED), (None, ConnectionState.NOT_CONNECTED)]


def test_con_8_a_sealed_login_is_good_for_its_own_connection_alone(
    signed_in: PageClient, connected: Connection, scene: Scene, session: Session, membership: Membership
) -> None:
    sealed = offer_another(signed_in, connected, scene)
    second = make_connection(session, membership.organisation_id, name="Second")
    session.commit()

    answer = signed_in.submit(f"/connections/{second.id}/other", choice="map", sealed=sealed)

    assert (answer.status_code, "CON-10" in answer.text) == (422, True)
