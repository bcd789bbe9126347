"""What an item says of itself before anything of its pages is read."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.coding.making import begin_item
from capture.submissions.models import Submission
from capture.ways.models import Channel, ChannelKind
from kashflow.ledger import Kind
from kashflow.service import get_connection

USUAL = "set for everything that comes by “Post”"


@pytest.mark.parametrize(
    ("is_usual", "reasons"),
    [
        (True, {"owner": USUAL, "kind": USUAL}),
        (False, {"owner": "who sent it in, or was chosen then", "kind": "chosen when it was sent in"}),
    ],
)
def test_an_item_says_truly_where_its_owner_and_kind_are_from(
    session: Session, membership: Membership, is_usual: bool, reasons: dict[str, str]
) -> None:
    whose = {"organisation_id": membership.organisation_id}
    set_ = {"owner_id": membership.user_id, "wanted_kind": Kind.COST} if is_usual else {}
    sent = Submission(
        **whose,
        connection_id=get_connection(session, membership.organisation_id).id,
        channel=Channel(**whose, kind=ChannelKind.FOLDER, name="Post", **set_),
        owner_id=membership.user_id,
        wanted_kind=Kind.COST,
        filename="a.jpg",
        size=1,
    )
    session.add(sent)
    session.flush()

    item = begin_item(session, sent, [])

    assert {value.field: value.reason for value in item.values} == reasons
