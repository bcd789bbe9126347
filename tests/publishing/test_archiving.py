"""Items go to the archive by themselves where that is wanted, and come back with or without what was published."""

from __future__ import annotations

import pytest

from auth.models import Membership, Organisation
from capture.models import ItemState
from publishing.service import AlreadyQueued, queue_item
from tests.pages import Call, PageClient, parse
from tests.publishing.conftest import PERSON, Desk


def archives_after(desk: Desk, *what: str) -> None:
    desk.session.get_one(Organisation, desk.connection.organisation_id).archives_after = list(what)
    desk.session.commit()


def test_d48_what_is_published_is_archived_only_where_that_is_switched_on(desk: Desk) -> None:
    first = desk.item()
    desk.publish(first.id)
    archives_after(desk, "published")
    second = desk.item(reference="R-2")
    desk.publish(second.id)

    assert (first.archived_at is None, second.archived_at is None) == (True, False)
    assert desk.history(second)[-1] == "archived"


def test_d48_what_was_published_without_its_file_stays_in_sight(desk: Desk) -> None:
    archives_after(desk, "published")
    item = desk.item(paid="yes", payment_method="Card", bank_account="Current")
    queue_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.ledger.rejects_only("insert_payment", "No such account")
    desk.work()

    assert (item.state, item.problem_code, item.archived_at) == (ItemState.PUBLISHED, "PUB-12", None)


@pytest.mark.parametrize(
    ("what", "format_"), [("table", "csv"), ("table", "xlsx"), ("report", "pdf"), ("report", "zip")]
)
def test_d48_what_is_exported_is_archived(desk: Desk, signed_in: PageClient, what: str, format_: str) -> None:
    item, moving = desk.item(), desk.item(reference="R-2")
    moving.state = ItemState.SENDING
    other = {"table": "report", "report": "table"}[what]
    archives_after(desk, other)
    signed_in.submit("/cost/export", format=format_, ids=str(item.id))
    desk.session.expire_all()
    assert item.archived_at is None
    archives_after(desk, what)
    for each in (item, moving):
        assert signed_in.submit("/cost/export", format=format_, ids=str(each.id)).status_code == 200
    desk.session.expire_all()

    assert item.archived_at is not None
    assert moving.archived_at is None


def test_d48_the_switches_are_in_the_settings(signed_in: PageClient, desk: Desk, membership: Membership) -> None:
    signed_in.submit("/settings/archive", published="1", report="1")
    desk.session.expire_all()

    assert membership.organisation.archives_after == ["published", "report"]
    ticked = parse(signed_in.get("/settings")).xpath("//input[@type='checkbox'][@checked]/@name")
    assert {"published", "report"} <= set(ticked)
    assert "table" not in ticked


def test_d49_restored_as_it_is_it_cannot_be_published_again(desk: Desk, signed_in: PageClient) -> None:
    item = desk.item()
    archives_after(desk, "published")
    desk.publish(item.id)
    assert "Restore to publish again" in signed_in.get(f"/items/{item.id}").text
    signed_in.submit(f"/items/{item.id}/restore")
    desk.session.expire_all()

    assert (item.archived_at, item.state) == (None, ItemState.PUBLISHED)
    with pytest.raises(AlreadyQueued):
        queue_item(desk.session, desk.connection.id, item.id, PERSON)


def test_d49_with_its_publishing_data_cleared_it_can_but_kashflow_is_asked_first(
    desk: Desk, signed_in: PageClient
) -> None:
    item = desk.item()
    archives_after(desk, "published")
    desk.publish(item.id)
    signed_in.submit(f"/items/{item.id}/restore", again="1")
    desk.session.expire_all()
    assert (item.archived_at, item.state, item.ledger_number) == (None, ItemState.READY, None)

    desk.publish(item.id)
    assert (item.state, item.problem_code) == (ItemState.FAILED, "PUB-9")
    desk.publish(item.id, reason="it is a second one")
    assert (item.state, len(desk.ledger.purchases)) == (ItemState.PUBLISHED, 2)


def test_d49_the_interface_restores_in_both_ways(desk: Desk, call: Call) -> None:
    item = desk.item()
    desk.publish(item.id)
    call("POST", f"/items/{item.id}/archive")

    status, restored = call("POST", f"/items/{item.id}/restore")
    again, cleared = call("POST", f"/items/{item.id}/restore", {"again": True})
    wrong, error = call("POST", f"/items/{item.id}/restore", {"again": "yes"})

    assert (status, restored["archived"], restored["state"]) == (202, False, "published")
    assert (again, cleared["state"], cleared["publication"]["number"]) == (202, "ready", None)
    assert (wrong, error["error"]["fields"]) == (422, ["again"])
