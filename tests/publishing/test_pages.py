"""What the item page and the HTTP interface say of a publication, and what they let a person do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from auth.keys import make_api_token
from auth.models import Membership
from capture.history.events import Who
from capture.history.models import Actor
from capture.intake.service import get_channel
from capture.models import Item, ItemPage, ItemState
from capture.submissions.models import Document, Submission
from capture.ways.models import ChannelKind
from kashflow.ledger import Kind
from kashflow.models import ConnectionState
from publishing.service import queue_item
from tests.pages import PageClient, parse, text_of
from tests.publishing.conftest import PERSON, Desk


@pytest.fixture
def item(desk: Desk) -> Item:
    made = desk.item()
    channel = get_channel(desk.session, desk.connection.organisation_id, ChannelKind.WEB)
    made.submission = Submission(
        organisation_id=desk.connection.organisation_id,
        connection_id=desk.connection.id,
        channel_id=channel.id,
        filename="receipt.pdf",
        size=9,
    )
    return made


def page(client: PageClient, item: Item) -> str:
    return client.get(f"/items/{item.id}").get_data(as_text=True)


def test_a_queued_item_says_its_place_and_can_be_taken_back(desk: Desk, item: Item, signed_in: PageClient) -> None:
    queue_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.session.commit()

    shown = page(signed_in, item)

    assert "Number 1 in the queue" in shown
    assert f"/items/{item.id}/cancel" in shown


def test_a_held_item_says_why_it_waits(desk: Desk, item: Item, signed_in: PageClient) -> None:
    queue_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.ledger.refuses_login = True
    desk.work()

    shown = page(signed_in, item)

    assert 'data-problem="CON-1"' in shown
    assert "data-held" in shown


def test_an_unconfirmed_item_says_when_kashflow_is_asked_next(desk: Desk, item: Item, signed_in: PageClient) -> None:
    desk.ledger.loses_answer = True
    desk.publish(item.id)

    shown = page(signed_in, item)

    assert 'data-problem="PUB-11"' in shown
    assert "KashFlow is asked next at" in shown
    assert f"/items/{item.id}/look" in shown


def test_pub_9_offers_link_anyway_and_cancel(desk: Desk, item: Item, signed_in: PageClient) -> None:
    desk.publish(desk.item().id)
    desk.publish(item.id)

    shown = page(signed_in, item)

    assert 'data-problem="PUB-9"' in shown
    assert all(f"/items/{item.id}/{action}" in shown for action in ("link", "publish", "cancel"))
    assert "Link to purchase 1 (£120.00)" in shown


def test_send_changes_and_undo_are_offered_on_a_published_item(desk: Desk, item: Item, signed_in: PageClient) -> None:
    desk.publish(item.id)
    before = page(signed_in, item)
    desk.edit(item, reference="R-2")
    desk.session.commit()

    shown = page(signed_in, item)

    assert "Send changes" not in before
    assert "Send changes" in shown
    assert f"/items/{item.id}/undo" in shown


def test_an_error_vanishes_with_its_cause(desk: Desk, item: Item, signed_in: PageClient) -> None:
    desk.ledger.rejects = "No."
    desk.publish(item.id)
    failed = page(signed_in, item)
    desk.publish(item.id)

    assert 'data-problem="PUB-16"' in failed
    assert "data-problem" not in page(signed_in, item)


def test_a_held_queue_tells_the_connections_problem_over_http(
    desk: Desk, item: Item, client: PageClient, membership: Membership, session: Session
) -> None:
    queue_item(session, desk.connection.id, item.id, PERSON)
    desk.connection.state, desk.connection.problem_code = ConnectionState.NEEDS_RECONNECT, "CON-1"
    desk.connection.problem = "KashFlow did not accept the login."
    token = make_api_token(session, membership, name="test")

    answer: Any = client.get(f"/api/v1/items/{item.id}", headers={"Authorization": f"Bearer {token}"}).get_json()

    assert answer["publication"]["problem"]["code"] == "CON-1"
    assert (answer["state"], answer["publication"]["held"]) == (ItemState.QUEUED, True)


def test_bulk_publish_has_a_result_for_each_and_stops_at_none(
    desk: Desk, client: PageClient, membership: Membership, session: Session
) -> None:
    good, bad, last = desk.item(reference="A"), desk.item(category=""), desk.item(reference="B")
    token = make_api_token(session, membership, name="test")
    session.commit()

    answer = client.post(
        "/api/v1/publish",
        json={"items": [good.id, bad.id, 999_999, last.id]},
        headers={"Authorization": f"Bearer {token}"},
    )

    told: Any = answer.get_json()
    results = [(each["state"], (each["problem"] or {}).get("code")) for each in told["results"]]
    assert results == [("queued", None), (None, "PUB-1"), (None, "not-found"), ("queued", None)]


@pytest.mark.parametrize("page", ["undo", "ledger"])
def test_con_1_a_login_refused_to_a_page_holds_the_queue(
    desk: Desk, item: Item, signed_in: PageClient, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    desk.publish(item.id)
    monkeypatch.setattr("publishing.views.ledger_of", lambda _: desk.ledger)
    desk.ledger.refuses_login = True

    signed_in.get(f"/items/{item.id}/{page}")

    desk.session.refresh(desk.connection)
    assert desk.connection.state is ConnectionState.NEEDS_RECONNECT


def test_undo_shows_the_kashflow_record_first(
    desk: Desk, item: Item, signed_in: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish(item.id)
    monkeypatch.setattr("publishing.views.ledger_of", lambda _: desk.ledger)

    shown = signed_in.get(f"/items/{item.id}/undo").get_data(as_text=True)

    assert 'data-undo="found"' in shown
    assert all(each in shown for each in ("Purchase 1", "R-1", "£120.00"))


def test_h33_a_message_tells_the_result_of_each_of_ones_own_publishes(
    desk: Desk, signed_in: PageClient, membership: Membership
) -> None:
    good, refused, foreign = desk.item(reference="A"), desk.item(reference="B"), desk.item(reference="C")
    since = news(signed_in)["at"]
    me = Who(Actor.PERSON, "Me", membership.user_id)
    for item, who in ((good, me), (foreign, PERSON)):
        queue_item(desk.session, desk.connection.id, item.id, who)
    desk.work()
    desk.ledger.rejects = "No."
    queue_item(desk.session, desk.connection.id, refused.id, me)
    desk.work()

    told = [(each["tone"], each["item_id"]) for each in news(signed_in, since)["news"]]

    assert told == [("success", good.id), ("danger", refused.id)]
    assert news(signed_in, news(signed_in)["at"])["news"] == []


def test_h33_many_results_are_told_as_one(desk: Desk, signed_in: PageClient, membership: Membership) -> None:
    since = news(signed_in)["at"]
    for number in range(5):
        item = desk.item(reference=f"R-{number}")
        queue_item(desk.session, desk.connection.id, item.id, Who(Actor.PERSON, "Me", membership.user_id))
    desk.session.commit()
    begun = news(signed_in, since)
    desk.work()

    assert (begun["at"], begun["news"]) == (since, [])
    assert [each["text"] for each in news(signed_in, since)["news"]] == ["5 items are published."]


def test_h32_no_message_appears_where_it_is_switched_off(
    desk: Desk, item: Item, signed_in: PageClient, membership: Membership
) -> None:
    since = news(signed_in)["at"]
    queue_item(desk.session, desk.connection.id, item.id, Who(Actor.PERSON, "Me", membership.user_id))
    desk.work()
    with_it = page(signed_in, item)

    desk.connection.shows_message = False
    desk.session.commit()

    assert news(signed_in, since)["news"] == []
    assert ("data-sent" in with_it, "data-sent" in page(signed_in, item)) == (True, False)


def news(client: PageClient, since: int | None = None) -> Any:  # noqa: ANN401 - JSON
    return client.get("/sent", query_string={"since": since} if since is not None else {}).get_json()


def test_con_7_every_page_says_since_when_kashflow_does_not_answer_and_what_waits(
    desk: Desk, item: Item, signed_in: PageClient
) -> None:
    desk.ledger.is_unreachable = True
    desk.publish(item.id)

    shown = page(signed_in, item)
    signed_in.submit(f"/connections/{desk.connection.id}/try")

    told = r"CON-7: KashFlow could not be reached since \d+ \w+, \d\d:\d\d; nothing was sent; {}\. 1 item waits"
    assert re.search(told.format(r"next try at \d\d:\d\d:\d\d"), shown)
    assert re.search(told.format("tried again now"), page(signed_in, item))


@pytest.mark.parametrize(
    ("state", "there"),
    [
        (ConnectionState.CONNECTED, True),
        (ConnectionState.NEEDS_RECONNECT, True),
        (ConnectionState.NOT_CONNECTED, False),
    ],
)
def test_h2_d5_there_is_a_publish_button_once_kashflow_is_connected(
    desk: Desk, item: Item, signed_in: PageClient, state: ConnectionState, there: bool
) -> None:
    desk.connection.state = state
    desk.session.commit()

    for address in (f"/items/{item.id}", "/costs?tab=ready"):
        buttons = parse(signed_in.get(address)).xpath("//button[contains(., 'Publish') or @data-act='publish']")
        assert bool(buttons) is there, address
    assert ("KashFlow is not connected yet" in page(signed_in, item)) is not there


def test_g18_the_mark_in_a_row_says_whether_kashflow_has_the_item(
    desk: Desk, item: Item, signed_in: PageClient
) -> None:
    desk.item(reference="R-2")
    desk.publish(item.id)

    rows = parse(signed_in.get("/costs?tab=all")).xpath("//tr[@data-item]//*[contains(@class, 'ledger-mark')]")

    marks = {each.get("aria-label"): len(each.xpath(".//*[local-name()='svg']")) for each in rows}
    assert marks == {"In KashFlow as 1": 2, "Not in KashFlow yet": 1}


def test_d28_the_files_of_many_items_are_sent_again_with_a_result_for_each(
    desk: Desk, item: Item, signed_in: PageClient
) -> None:
    document = Document(
        organisation_id=desk.connection.organisation_id, sha256="a" * 64, media_type="image/png", size=9
    )
    item.pages = [ItemPage(document=document, page=1, position=1)]
    unsent = desk.item(reference="R-2")
    desk.ledger.stores_no_files = True
    desk.publish(item.id)
    desk.ledger.stores_no_files = False
    lacked = page(signed_in, item)

    answer = signed_in.post(
        "/cost/bulk",
        data={"csrf_token": signed_in.csrf_token(), "action": "attach", "ids": [str(item.id), str(unsent.id)]},
    )
    desk.work()

    result = text_of(signed_in.get(answer.location))
    assert 'data-problem="PUB-15"' in lacked
    assert "1 of 1 in KashFlow" in result
    assert "Only a published item's file can be sent again." in result
    assert [len(files) for files in desk.ledger.files.values()] == [1]


def test_the_document_in_kashflow_is_opened_by_its_address_where_that_is_known(
    desk: Desk, item: Item, signed_in: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish(item.id)
    monkeypatch.setattr("publishing.views.ledger_of", lambda _: desk.ledger)
    unknown = signed_in.get(f"/items/{item.id}/ledger/document").location

    desk.ledger.alter_last(Kind.COST, permalink="https://kashflow.example/purchase/1")

    assert unknown == "https://kashflow.example/login?once=1"
    assert signed_in.get(f"/items/{item.id}/ledger/document").location == "https://kashflow.example/purchase/1"
