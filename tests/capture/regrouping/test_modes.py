"""How the pages of files that arrive together become documents (PRODUCT.md D41, D43, CAP-5)."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Membership
from capture.intake.service import Batch, File, receive
from capture.jobs import find_due, publish_by_rule
from capture.models import Item
from capture.reader import read_one
from capture.submissions.finding import Ask, find_page
from capture.submissions.items import items_of
from capture.submissions.models import Mode, Submission, SubmissionState
from core.db import now
from rules.models import Rule
from tests.capture.regrouping.conftest import Send
from tests.documents.draw import draw_pages, draw_pdf
from tests.documents.papers import COFFEE, HARDWARE, HOSTING, TIMBER
from tests.documents.pictures import lay_above, lay_beside
from tests.factories.auth import MembershipFactory
from tests.pages import PageClient
from worker import Due

pytestmark = pytest.mark.processes


def test_cap_5_a_file_of_several_documents_stays_one_item_and_is_proposed_to_be_split(send: Send) -> None:
    (item,) = send(draw_pages(HOSTING, TIMBER))

    assert item.proposal == [[[1, None]], [[2, None]]]
    assert len(item.pages) == 2
    assert [each["message"] for each in item.remarks if each["code"] == "CAP-5"] == [
        "Looks like 2 documents in one. Split them, or keep them as one."
    ]


def test_cap_5_two_receipts_in_one_picture_are_proposed_with_their_places(send: Send) -> None:
    (item,) = send(lay_beside(COFFEE, HARDWARE))

    (((_, left),), ((_, right),)) = item.proposal
    assert left[0] + left[2] <= right[0]


def test_cap_5_a_proposed_split_is_not_published_by_a_rule(session: Session, send: Send) -> None:
    (item,) = send(lay_beside(COFFEE, HARDWARE))
    rule = Rule(connection_id=item.connection_id, name="Coffee", auto_publish=True)
    session.add(rule)
    session.flush()
    item.publisher_rule_id = rule.id
    session.commit()

    publish_by_rule(item.id)

    session.refresh(item)
    assert any("Looks like 2 documents" in reason for reason in item.held_back)


def test_d41_each_page_becomes_a_document(send: Send, batch: Batch) -> None:
    items = send(
        draw_pages(HOSTING, replace(HOSTING, reference="TWH-1"), TIMBER), batch=replace(batch, mode=Mode.PAGES)
    )

    assert [item.supplier_name for item in items] == [each.shop.name for each in (HOSTING, HOSTING, TIMBER)]
    assert [[page.page for page in item.pages] for item in items] == [[1], [2], [3]]


@pytest.mark.parametrize("lay", [lay_beside, lay_above])
def test_d41_automatic_splitting_makes_what_the_reading_finds(
    send: Send, batch: Batch, lay: Callable[..., bytes]
) -> None:
    items = send(lay(COFFEE, HARDWARE), batch=replace(batch, mode=Mode.SPLIT))

    assert [item.supplier_name for item in items] == [COFFEE.shop.name, HARDWARE.shop.name]
    assert [len(item.pages) for item in items] == [1, 1]
    assert all(item.pages[0].region for item in items)
    assert not any(item.proposal for item in items)


def test_d43_several_files_become_one_document_in_the_order_sent(session: Session, send: Send, batch: Batch) -> None:
    (item,) = send(draw_pdf(TIMBER), draw_pages(HOSTING, HOSTING), batch=replace(batch, mode=Mode.ONE))

    submissions = list(session.scalars(select(Submission).order_by(Submission.id)))
    shown = [(page.document_id, page.page) for page in item.pages]
    first, second = (each.document_id for each in submissions)
    assert shown == [(first, 1), (second, 1), (second, 2)]
    assert [items_of(session, each) for each in submissions] == [[item], [item]]
    assert [row.own for row in find_page(session, batch.connection_id, Ask())[0]] == [[item], [item]]
    assert item.unread_since is None


def test_d43_a_page_that_cannot_be_read_is_named_on_the_one_document(send: Send, batch: Batch) -> None:
    (item,) = send(b"%PDF-1.7 and no more", draw_pdf(TIMBER), batch=replace(batch, mode=Mode.ONE))

    assert len(item.pages) == 1
    assert item.notes[0].startswith("paper-1 is not part of this:")


def test_d43_a_page_read_later_than_the_others_goes_its_own_way(session: Session, batch: Batch) -> None:
    one = replace(batch, mode=Mode.ONE)
    first, second = receive([File("a", draw_pdf(TIMBER)), File("b", draw_pdf(HOSTING))], one)
    lost = session.get_one(Submission, second.id)
    lost.state = SubmissionState.UNREADABLE
    session.commit()

    (together,) = read_one(first.id)
    lost.state = SubmissionState.RECEIVED
    session.commit()
    (alone,) = read_one(second.id)

    assert together != alone
    session.refresh(lost)
    assert [item.id for item in items_of(session, lost)] == [alone]


def test_items_that_wait_to_be_read_are_found_by_the_sweep(session: Session, send: Send) -> None:
    (item,) = send(draw_pdf(TIMBER))
    due = Due("capture.jobs.read_waiting_item", (item.id,))
    assert due not in find_due()

    item.unread_since = now() - timedelta(minutes=1)
    session.commit()

    assert due in find_due()


def sent(page: PageClient, **fields: str) -> int:
    files = [(io.BytesIO(draw_pdf(paper)), f"{paper.reference}.pdf") for paper in (TIMBER, HOSTING)]
    data = {"csrf_token": page.csrf_token(), "file": files, **fields}
    return page.post("/submissions", data=data, headers={"Accept": "application/json"}).status_code


def test_d41_mode_and_owner_are_chosen_once_for_a_batch(
    signed_in: PageClient, session: Session, membership: Membership
) -> None:
    colleague = MembershipFactory.create(organisation=membership.organisation)
    session.commit()

    assert sent(signed_in, mode="one", owner=str(colleague.user_id), kind="sale") == 202

    rows = list(session.scalars(select(Submission).order_by(Submission.id)))
    assert {(row.mode, row.owner_id, row.wanted_kind, row.group_id) for row in rows} == {
        (Mode.ONE, colleague.user_id, "sale", rows[0].id)
    }


@pytest.mark.parametrize("wrong", [{"mode": "halves"}, {"owner": "x"}])
def test_a_mode_or_owner_that_is_none_takes_nothing(
    signed_in: PageClient, session: Session, wrong: dict[str, str]
) -> None:
    assert sent(signed_in, **wrong) == 422
    assert sent(signed_in, owner=str(MembershipFactory.create().user_id)) == 422  # of another organisation
    assert list(session.scalars(select(Submission))) == []


def test_the_command_line_takes_several_files_as_one_document(
    session: Session, signed_in: PageClient, tmp_path: Path
) -> None:
    paths = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for path, paper in zip(paths, (TIMBER, HOSTING), strict=True):
        path.write_bytes(draw_pdf(paper))

    arguments = ["submit", "--mode", "one", *map(str, paths)]
    assert signed_in.application.test_cli_runner().invoke(args=arguments).exit_code == 0

    rows = list(session.scalars(select(Submission).order_by(Submission.id)))
    assert [row.group_id for row in rows] == [rows[0].id] * 2
    assert list(session.scalars(select(Item))) == []
