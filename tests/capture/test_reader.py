from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.intake.service import Batch, File, get_channel, receive
from capture.models import Item
from capture.reader import MOST_ATTEMPTS, read_one, reader
from capture.reading.errors import EngineMissing
from capture.reading.model import Origin
from capture.store import StoreUnavailable, document_key
from capture.submissions.models import Submission, SubmissionState
from capture.ways.models import ChannelKind
from core.config import current, set_current
from kashflow.service import get_connection
from tests.documents.draw import draw_pdf
from tests.documents.einvoices import cii
from tests.documents.papers import COFFEE, HOSTING
from tests.documents.pictures import draw_picture

pytestmark = pytest.mark.processes


@pytest.fixture
def batch(session: Session, membership: Membership) -> Iterator[Batch]:
    organisation = membership.organisation_id
    connection = get_connection(session, organisation)
    channel = get_channel(session, organisation, ChannelKind.WEB)
    settings = current()
    yield Batch(organisation, connection.id, channel.id)
    set_current(settings)
    reader().close()


def submit(session: Session, batch: Batch, data: bytes) -> Submission:
    (received,) = receive([File("receipt", data)], batch)
    return session.get_one(Submission, received.id)


def test_a_file_is_read_once(session: Session, batch: Batch) -> None:
    submission = submit(session, batch, draw_pdf(HOSTING))

    assert (len(read_one(submission.id)), read_one(submission.id)) == (1, [])
    session.refresh(submission)
    assert submission.state is SubmissionState.READ


def test_an_e_invoice_becomes_an_item_with_a_page(session: Session, batch: Batch) -> None:
    (item_id,) = read_one(submit(session, batch, cii()).id)

    item = session.get_one(Item, item_id)
    assert (item.reference, item.total, item.issued_on, len(item.pages)) == ("KF-31882", 120_00, date(2026, 3, 14), 1)
    assert {value.origin for value in item.values if value.field == "total"} == {Origin.E_INVOICE}


def test_an_unreadable_file_says_why(session: Session, batch: Batch) -> None:
    submission = submit(session, batch, b"%PDF-1.7 and no more")

    assert read_one(submission.id) == []
    session.refresh(submission)
    assert (submission.state, submission.problem_code) == (SubmissionState.UNREADABLE, "CAP-2")


def test_a_missing_engine_costs_a_file_nothing(session: Session, batch: Batch) -> None:
    submission = submit(session, batch, draw_picture(COFFEE))
    set_current(replace(current(), ocr_engine="openvino"))

    for _ in range(MOST_ATTEMPTS + 1):
        with pytest.raises(EngineMissing):
            read_one(submission.id)

    session.refresh(submission)
    assert (submission.state, submission.attempts) == (SubmissionState.RECEIVED, 0)


def test_a_store_that_does_not_answer_costs_a_file_nothing(session: Session, batch: Batch) -> None:
    submission = submit(session, batch, draw_pdf(HOSTING))
    assert submission.document is not None
    path = Path(current().document_store) / document_key(submission.document.sha256)
    path.unlink()
    path.symlink_to(path)  # it is there, and cannot be opened

    for _ in range(MOST_ATTEMPTS + 1):
        with pytest.raises(StoreUnavailable):
            read_one(submission.id)

    path.unlink()
    session.refresh(submission)
    assert (submission.state, submission.attempts) == (SubmissionState.RECEIVED, 0)
