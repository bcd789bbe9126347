"""Splitting and merging under /api/v1."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.intake.service import get_channel
from capture.models import Item, ItemPage
from capture.submissions.models import Document, Submission
from capture.ways.models import ChannelKind
from kashflow.service import get_connection
from tests.factories.capture import ItemFactory
from tests.pages import Call


@pytest.fixture
def item(session: Session, membership: Membership) -> Item:
    """An item of two pages."""
    connection = get_connection(session, membership.organisation_id)
    whose = {"organisation_id": membership.organisation_id}
    document = Document(**whose, sha256="0" * 64, media_type="application/pdf", size=1)
    channel = get_channel(session, membership.organisation_id, ChannelKind.API)
    made: Item = ItemFactory.create(connection=connection)
    made.submission = Submission(
        **whose, connection_id=connection.id, channel=channel, document=document, filename="two.pdf", size=1
    )
    made.pages = [ItemPage(document=document, page=number, position=number) for number in (1, 2)]
    session.commit()
    return made


def test_d45_an_item_is_split_and_brought_back(call: Call, item: Item) -> None:
    status, split = call("POST", f"/items/{item.id}/split", {"parts": [[2], [{"page": 1, "region": [0, 0, 1, 0.5]}]]})
    busy, _ = call("POST", "/items/merge", {"items": [each["id"] for each in split["items"]]})  # they are being read
    undone, back = call("POST", f"/regroupings/{split['regrouping']}/undo")

    assert (status, [each["pages"] for each in split["items"]]) == (202, [1, 1])
    assert (busy, undone, [each["id"] for each in back["items"]]) == (409, 202, [item.id])


def test_d45_items_are_merged_and_brought_back(call: Call, session: Session, item: Item) -> None:
    other: Item = ItemFactory.create(connection_id=item.connection_id)
    session.commit()

    status, merged = call("POST", "/items/merge", {"items": [other.id, item.id]})
    undone, back = call("POST", f"/regroupings/{merged['regrouping']}/undo")

    assert (status, [each["pages"] for each in merged["items"]]) == (202, [2])
    assert (undone, [each["id"] for each in back["items"]]) == (202, [item.id, other.id])


@pytest.mark.parametrize(
    "parts",
    [
        *(None, "all", [], [[]], [1, 2], [[1, 2]], [[3], [1]], [[True], [2]], [["1"], [2]]),
        *([[1], [{"page": 2, "region": each}]] for each in (5, [0, 0, 1], [0, 0, 2, 1], [0, 0, "wide", 1])),
    ],
)
def test_what_are_no_parts_is_told(call: Call, item: Item, parts: object) -> None:
    status, answer = call("POST", f"/items/{item.id}/split", {"parts": parts})

    assert (status, answer["error"]["code"], answer["error"]["fields"]) == (422, "CAP-5", ["parts"])


@pytest.mark.parametrize("items", [None, 5, [], [True], ["1"], [{}]])
def test_what_are_no_items_to_merge_is_told(call: Call, items: object) -> None:
    assert call("POST", "/items/merge", {"items": items})[0] == 422


def test_a_stale_version_is_not_split(call: Call, item: Item) -> None:
    body = {"parts": [[1], [2]]}

    assert call("POST", f"/items/{item.id}/split", body, **{"If-Match": str(item.version - 1)})[0] == 412
