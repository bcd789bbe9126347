"""The file that KashFlow gets: the original, or a PDF of its pages, small enough to be taken."""

from __future__ import annotations

import io
import json
import random

import pypdfium2
import pytest
from PIL import Image

from capture.intake.service import store
from capture.models import ItemPage, ItemState
from capture.paper.sheets import picture_key, words_key
from capture.reading.model import Box, Origin, Page, Word
from capture.reading.wire import to_plain
from capture.submissions.models import Document
from publishing.attaching import CannotAttach
from publishing.binding import NoPicture, bind_pages
from publishing.changes import attach_again, resend_item
from publishing.files import fetch_file
from publishing.payloads import MOST_BYTES, freeze_attachment
from publishing.service import queue_item
from publishing.shrinking import shrink_pictures
from tests.publishing.conftest import PERSON, Desk


def jpeg(width: int = 300, height: int = 400, *, noise: bool = False) -> bytes:
    picture = Image.new("RGB", (width, height), "white")
    if noise:
        picture = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))  # noqa: S311
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


def page_of(desk: Desk, media_type: str, data: bytes, position: int = 1) -> ItemPage:
    digest = store().put(data).rpartition("/")[2]
    document = Document(
        organisation_id=desk.connection.organisation_id, sha256=digest, media_type=media_type, size=len(data)
    )
    store().put_made(picture_key(digest, 1), jpeg())
    return ItemPage(document=document, page=1, position=position)


def test_pictures_become_the_pages_of_a_pdf_without_being_touched() -> None:
    pictures = [jpeg(300, 400), jpeg(400, 300)]

    made = bind_pages(pictures)

    pdf = pypdfium2.PdfDocument(made)
    assert [pdf[number].get_size() for number in range(2)] == [pytest.approx((631.5, 842)), pytest.approx((842, 631.5))]
    assert all(each in made for each in pictures)
    assert pdf[0].render().to_pil().convert("RGB").getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"%PDF-1.4", jpeg()[:40]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NoPicture):
        bind_pages([data])


def test_pictures_are_made_smaller_until_they_fit() -> None:
    pictures = [jpeg(1600, 1200, noise=True)] * 2

    made = shrink_pictures(pictures, 400_000)

    assert sum(map(len, made)) <= 400_000
    assert all(Image.open(io.BytesIO(each)).format == "JPEG" for each in made)


def test_a_hostile_picture_costs_only_the_attachment() -> None:
    with pytest.raises(CannotAttach):
        shrink_pictures([b"\xff\xd8\xff" + bytes(1000)], 400)


@pytest.mark.parametrize(
    ("media_type", "ending"), [("application/pdf", "pdf"), ("image/jpeg", "jpg"), ("image/png", "png")]
)
def test_what_kashflow_takes_goes_as_it_is(desk: Desk, media_type: str, ending: str) -> None:
    item = desk.item()
    item.pages = [page_of(desk, media_type, b"the original " + ending.encode())]
    desk.session.flush()

    payload = freeze_attachment(item)

    assert payload["filename"].endswith(f".{ending}")
    assert fetch_file(payload).content == b"the original " + ending.encode()


@pytest.mark.parametrize("media_type", ["image/heic", "image/tiff", "image/webp", "application/xml"])
def test_what_kashflow_does_not_take_goes_as_a_pdf_of_its_pages(desk: Desk, media_type: str) -> None:
    item = desk.item()
    item.pages = [page_of(desk, media_type, b"something " + media_type.encode())]
    desk.session.flush()

    payload = freeze_attachment(item)

    file = fetch_file(payload)
    assert (payload["filename"][-4:], file.media_type, file.content[:5]) == (".pdf", "application/pdf", b"%PDF-")


def test_a_file_over_the_limit_goes_as_a_pdf_under_it(desk: Desk) -> None:
    item = desk.item()
    item.pages = [page_of(desk, "image/jpeg", b"large")]
    item.pages[0].document.size = MOST_BYTES + 1
    store().put_made(picture_key(item.pages[0].document.sha256, 1), jpeg(2000, 2600, noise=True))
    desk.session.flush()

    file = fetch_file(freeze_attachment(item))

    assert file.media_type == "application/pdf"
    assert len(file.content) <= MOST_BYTES


def test_pub_15_a_file_that_kashflow_does_not_keep_leaves_the_item_published_and_can_be_sent_again(desk: Desk) -> None:
    item = desk.item()
    item.pages = [page_of(desk, "application/pdf", b"%PDF original")]
    desk.ledger.stores_no_files = True
    queue_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()
    assert (item.state, item.problem_code) == (ItemState.PUBLISHED, "PUB-15")

    desk.ledger.stores_no_files = False
    resend_item(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()
    attach_again(desk.session, desk.connection.id, item.id, PERSON)
    desk.work()

    [[kept]] = desk.ledger.files.values()  # a file that is there is not sent twice
    assert (item.state, item.problem, kept[1]) == (ItemState.PUBLISHED, None, b"%PDF")


def halves() -> bytes:
    """Give a picture that is red on the left and blue on the right."""
    picture = Image.new("RGB", (400, 300), "red")
    picture.paste("blue", (200, 0, 400, 300))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def test_d45_of_a_part_of_a_page_no_more_is_attached(desk: Desk) -> None:
    item = desk.item()
    item.pages = [page_of(desk, "image/jpeg", b"two receipts")]
    item.pages[0].region = [0.55, 0.0, 0.45, 1.0]
    store().put_made(picture_key(item.pages[0].document.sha256, 1), halves())
    desk.session.flush()

    file = fetch_file(freeze_attachment(item))

    with pypdfium2.PdfDocument(file.content) as pdf:
        (page,) = pdf
        assert page.get_width() / page.get_height() == pytest.approx(180 / 300, abs=0.01)
        shown = page.render().to_pil().convert("RGB")
    assert {shown.getpixel((x, 40))[2] > 200 for x in (5, shown.width - 5)} == {True}
    assert halves() not in file.content


def test_d45_of_a_file_split_by_pages_the_items_own_pages_are_attached(desk: Desk) -> None:
    item = desk.item()
    item.pages = [page_of(desk, "application/pdf", b"%PDF three pages")]
    document = item.pages[0].document
    document.pages = [{"width": 1, "height": 1}] * 3
    item.pages[0].page = 3
    store().put_made(picture_key(document.sha256, 3), jpeg(200, 100))
    desk.session.flush()

    payload = freeze_attachment(item)

    assert payload["original"] is None
    with pypdfium2.PdfDocument(fetch_file(payload).content) as pdf:
        assert [page.get_size() for page in pdf] == [pytest.approx((842, 421))]


def test_d45_a_part_of_a_page_is_attached_with_its_own_words_alone(desk: Desk) -> None:
    item = desk.item()
    item.pages = [page_of(desk, "application/pdf", b"%PDF one page")]
    item.pages[0].region = [0.5, 0.0, 0.5, 1.0]
    digest = item.pages[0].document.sha256
    left, right = Word("Left", Box(0.1, 0.2, 0.1, 0.02)), Word("10.00\\(£)", Box(0.75, 0.5, 0.25, 0.02))
    page = Page(1, 300, 400, (left, right), Origin.TEXT_LAYER)
    store().put_made(words_key(digest), json.dumps(to_plain((page,))).encode())
    desk.session.flush()

    with pypdfium2.PdfDocument(fetch_file(freeze_attachment(item)).content) as pdf:
        text, (width, height) = pdf[0].get_textpage(), pdf[0].get_size()
        assert text.get_text_bounded() == "10.00\\(£)"
        assert text.get_charbox(0)[0] / width == pytest.approx(0.5, abs=0.05)
        assert 1 - text.get_charbox(0)[1] / height == pytest.approx(0.52, abs=0.01)


def test_d45_of_a_merged_item_all_pages_are_attached_in_their_order(desk: Desk) -> None:
    item = desk.item()
    item.pages = [page_of(desk, "application/pdf", b"%PDF one"), page_of(desk, "image/png", b"other", position=2)]
    store().put_made(picture_key(item.pages[1].document.sha256, 1), jpeg(400, 300))
    desk.session.flush()

    with pypdfium2.PdfDocument(fetch_file(freeze_attachment(item)).content) as pdf:
        assert [round(page.get_width()) for page in pdf] == [632, 842]
