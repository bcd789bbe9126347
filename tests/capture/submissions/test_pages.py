"""The page of every file that arrived: what it says, and what its buttons do."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.history.events import WORKER
from capture.history.models import Event
from capture.intake.service import Batch, File, get_channel, receive, store
from capture.models import Item
from capture.reader import read_one, reader
from capture.status import archive, delete
from capture.submissions.models import Submission, SubmissionState
from capture.ways.models import ChannelKind
from core.config import current
from core.db import Base
from kashflow.service import get_connection
from tests.documents.draw import draw_pdf
from tests.documents.hostile import pdf_with_password
from tests.documents.papers import COFFEE, HOSTING
from tests.documents.pictures import draw_picture
from tests.pages import PageClient, parse, text_of

pytestmark = pytest.mark.processes
PASSWORD = "open-sesame-4071"
GIF = b"GIF89a and no more"


class Files:
    """Files of the signed-in administrator's organisation."""

    def __init__(self, session: Session, membership: Membership) -> None:
        self.session = session
        connection = get_connection(session, membership.organisation_id)
        channel = get_channel(session, membership.organisation_id, ChannelKind.WEB)
        self.batch = Batch(membership.organisation_id, connection.id, channel.id, membership.user_id)

    def add(self, data: bytes, name: str = "receipt.jpg") -> Submission:
        (received,) = receive([File(name, data)], self.batch)
        read_one(received.id)
        return self.again(received.id)

    def again(self, submission_id: int) -> Submission:
        self.session.expire_all()
        return self.session.get_one(Submission, submission_id)

    def items(self, submission: Submission) -> list[Item]:
        return list(self.session.scalars(select(Item).where(Item.submission_id == submission.id)))


@pytest.fixture(scope="module", autouse=True)
def one_reading_process() -> Iterator[None]:
    yield
    reader().close()


@pytest.fixture
def files(session: Session, membership: Membership) -> Files:
    return Files(session, membership)


def row(client: PageClient, submission: Submission) -> str:
    page = parse(client.get("/submissions"))
    (found,) = page.xpath(f"//tr[@data-submission='{submission.id}']")
    return " ".join(found.text_content().split())


def press(client: PageClient, submission: Submission, button: str, **fields: str) -> str:
    return text_of(client.post(
        f"/submissions/{submission.id}/{button}",
        data={"csrf_token": client.csrf_token(), **fields},
        follow_redirects=True,
    ))  # fmt: skip


def test_every_file_says_what_became_of_it_and_why(signed_in: PageClient, files: Files) -> None:
    read, refused = files.add(draw_pdf(HOSTING), "hosting.pdf"), files.add(GIF, "moving.gif")
    twice, broken = files.add(draw_pdf(HOSTING), "again.pdf"), files.add(b"%PDF-1.7 and no more", "broken.pdf")

    assert "Read Tarn Web Hosting Ltd £176.40, to review" in row(signed_in, read)
    assert "Rejected CAP-1: PDF, JPEG" in row(signed_in, refused)
    assert f"as item {files.items(read)[0].id}, now to review. It is kept" in row(signed_in, twice)
    assert "Unreadable CAP-2: The PDF is damaged" in row(signed_in, broken)


def test_the_original_is_given_back_whatever_became_of_it(signed_in: PageClient, files: Files) -> None:
    refused = files.add(GIF, "moving.gif")

    answer = signed_in.get(f"/submissions/{refused.id}/file")

    assert answer.data == GIF
    assert answer.headers["Content-Disposition"] == "attachment; filename=moving.gif"


def test_a_locked_pdf_is_read_by_its_password_which_is_kept_nowhere_cap_2(
    signed_in: PageClient, files: Files, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    original = pdf_with_password(PASSWORD)
    locked = files.add(original, "statement.pdf")
    assert "Enter password" in row(signed_in, locked)

    assert "This password does not open the PDF" in press(signed_in, locked, "password", password="guess")
    assert "Unlocked. A copy that opens" in press(signed_in, locked, "password", password=PASSWORD)

    (item_id,) = read_one(locked.id)
    assert session.get_one(Item, item_id).total == 120_00
    assert signed_in.get(f"/submissions/{locked.id}/file").data == original
    copy = files.again(locked.id).unlocked
    assert copy is not None
    assert session.get_one(Item, item_id).pages[0].document == copy
    rows = [str(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    kept = [store().get(each.key) for each in store().files()]
    assert PASSWORD not in "".join([*rows, caplog.text])
    assert not any(PASSWORD.encode() in data for data in kept)


def test_an_unreadable_picture_is_entered_by_hand_beside_what_is_left_of_it(
    signed_in: PageClient, files: Files
) -> None:
    whole = draw_picture(COFFEE)
    cut = files.add(whole[: len(whole) // 2])
    assert cut.state is SubmissionState.UNREADABLE

    press(signed_in, cut, "item")
    press(signed_in, cut, "item")

    (item,) = files.items(cut)
    assert (item.state, len(item.pages), item.missing != []) == ("to_review", 1, True)
    assert signed_in.get(f"/items/{item.id}/pages/1.jpg").data.startswith(b"\xff\xd8")
    assert signed_in.get(f"/items/{item.id}/words").get_json() == {"1": []}
    assert "Try again" not in row(signed_in, cut)


@pytest.mark.parametrize("data", [GIF, b"%PDF-1.7 and no more"])
def test_what_cannot_be_shown_is_entered_by_hand_all_the_same(signed_in: PageClient, files: Files, data: bytes) -> None:
    refused = files.add(data, "moving.gif")

    assert "This file cannot be shown here. Download it" in press(signed_in, refused, "item")


def test_a_file_too_large_to_keep_is_entered_by_hand(signed_in: PageClient, files: Files) -> None:
    large = files.add(bytes(current().max_file_mb * 1_000_000 + 1), "large.jpg")
    assert "Download" not in row(signed_in, large)

    assert "There is no file to show" in press(signed_in, large, "item")


def test_a_duplicate_is_processed_when_somebody_wants_it_cap_4(signed_in: PageClient, files: Files) -> None:
    first, twice = files.add(draw_pdf(HOSTING)), files.add(draw_pdf(HOSTING))
    assert "Process anyway" in row(signed_in, twice)

    press(signed_in, twice, "again")
    read_one(twice.id)

    assert (files.again(twice.id).state, len(files.items(twice))) == (SubmissionState.READ, 1)
    assert "already" in press(signed_in, first, "again")


def test_a_refused_file_is_tried_again_and_says_again_why(signed_in: PageClient, files: Files) -> None:
    refused = files.add(GIF, "moving.gif")

    assert "this is a GIF picture" in press(signed_in, refused, "again")
    assert files.again(refused.id).state is SubmissionState.REJECTED


def test_what_was_refused_by_an_older_version_is_read_now(signed_in: PageClient, files: Files) -> None:
    file = files.add(draw_pdf(HOSTING), "hosting.pdf")
    for item in files.items(file):
        files.session.execute(text("DELETE FROM events WHERE item_id = :id"), {"id": item.id})
        files.session.delete(item)
    file.state, file.problem_code, file.problem = SubmissionState.REJECTED, "CAP-1", "this is a PDF"
    assert file.document is not None
    file.document.media_type = "application/octet-stream"
    files.session.commit()

    press(signed_in, file, "again")

    assert len(read_one(file.id)) == 1


def test_what_was_deleted_or_archived_is_brought_back_d38(signed_in: PageClient, files: Files) -> None:
    file = files.add(draw_pdf(HOSTING))
    (item,) = files.items(file)
    delete(files.session, item.connection_id, item.id, WORKER)
    archive(files.session, item.connection_id, item.id, WORKER)
    files.session.commit()
    assert "deleted" in row(signed_in, file)

    press(signed_in, file, "restore")

    (item,) = files.items(files.again(file.id))
    assert (item.deleted_at, item.archived_at) == (None, None)
    assert "Restore" not in row(signed_in, file)


def test_the_history_says_who_did_it(signed_in: PageClient, files: Files, session: Session) -> None:
    twice = [files.add(draw_pdf(HOSTING)) for _ in range(2)][1]

    press(signed_in, twice, "again")

    told = session.scalars(select(Event).where(Event.submission_id == twice.id).order_by(Event.id.desc())).first()
    assert told is not None
    assert (told.what, told.actor) == ("processed anyway", "person")


def test_a_page_that_asks_for_itself_gets_its_rows_and_nothing_when_nothing_moved(
    signed_in: PageClient, files: Files
) -> None:
    files.add(GIF)
    first = signed_in.get("/submissions", headers={"HX-Request": "true"})

    again = signed_in.get("/submissions", headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})

    assert ("<html" in first.text, again.status_code) == (False, 304)
