"""What items show, asked for as pages do."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.intake.service import store
from capture.models import Item, ItemPage
from capture.paper.sheets import picture_key
from capture.submissions.models import Document
from kashflow.service import get_connection
from tests.factories.capture import ItemFactory
from tests.pages import PageClient, parse

EVERY_SIZE = pytest.mark.parametrize("name", ["pages/1.jpg", "pages/1/card.jpg", "thumb.jpg"])


@pytest.fixture
def item(session: Session, membership: Membership) -> Item:
    connection = get_connection(session, membership.organisation_id)
    document = Document(
        organisation_id=membership.organisation_id, sha256=uuid4().hex * 2, media_type="image/jpeg", size=1
    )
    made: Item = ItemFactory.create(connection=connection)
    made.pages = [ItemPage(document=document, page=1, position=1)]
    session.commit()
    return made


@EVERY_SIZE
def test_a_page_is_shown_in_every_size(signed_in: PageClient, item: Item, name: str) -> None:
    picture = BytesIO()
    Image.new("L", (30, 40), 255).save(picture, "JPEG")
    store().put_made(picture_key(item.pages[0].document.sha256, 1), picture.getvalue())

    answer = signed_in.get(f"/items/{item.id}/{name}")

    assert (answer.status_code, answer.mimetype, answer.data[:2]) == (200, "image/jpeg", b"\xff\xd8")


@EVERY_SIZE
def test_a_page_whose_picture_is_lost_has_a_plain_one_in_its_place(
    signed_in: PageClient, item: Item, name: str
) -> None:
    answer = signed_in.get(f"/items/{item.id}/{name}")

    assert (answer.status_code, answer.mimetype) == (404, "image/svg+xml")
    assert parse(answer).text_content().split() == ["This", "page", "cannot", "be", "shown."]
