"""A full disk refuses documents before they are accepted, whichever way they come, and keeps none of them (CAP-10)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from auth.keys import make_api_token
from auth.models import Membership
from capture.intake import service as intake
from capture.intake.service import store
from capture.submissions.models import Submission
from core.config import current, set_current
from tests.documents.papers import COFFEE
from tests.documents.pictures import draw_picture
from tests.pages import PageClient


@pytest.fixture(autouse=True)
def empty_store(app: Flask, tmp_path: Path) -> Iterator[None]:
    """A store of the test's own."""
    del app
    settings = current()
    set_current(replace(settings, document_store=str(tmp_path / "documents")))
    yield
    set_current(settings)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk have a little less room than is left free."""
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=99_000, f_frsize=1000))


def nothing_is_kept(session: Session) -> bool:
    return not session.scalar(select(func.count()).select_from(Submission)) and not list(store().files())


def sent() -> dict[str, object]:
    return {"file": (BytesIO(draw_picture(COFFEE)), "coffee.jpg")}


@pytest.mark.usefixtures("full")
def test_the_interface_refuses(client: PageClient, session: Session, membership: Membership) -> None:
    headers = {"Authorization": f"Bearer {make_api_token(session, membership, name='test')}"}

    answer = client.post("/api/v1/documents", data=sent(), headers=headers)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "CAP-10")
    assert nothing_is_kept(session)


@pytest.mark.usefixtures("full")
def test_the_page_refuses_and_says_why(signed_in: PageClient, session: Session) -> None:
    data = sent() | {"csrf_token": signed_in.csrf_token()}

    answer = signed_in.post("/submissions", data=data, headers={"Accept": "application/json"})

    assert "the disk is full. Nothing was saved." in answer.get_json()["error"]["message"]
    assert nothing_is_kept(session)


@pytest.mark.usefixtures("full", "membership")
def test_the_command_refuses(app: Flask, session: Session, tmp_path: Path) -> None:
    (tmp_path / "coffee.jpg").write_bytes(draw_picture(COFFEE))

    result = app.test_cli_runner().invoke(args=["submit", str(tmp_path / "coffee.jpg")])

    assert (result.exit_code, "the disk is full" in result.output) == (1, True)
    assert nothing_is_kept(session)


def test_a_database_without_room_is_told_as_the_same(
    signed_in: PageClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_row(*_: object) -> object:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(intake, "_enter_one", no_row)
    data = sent() | {"csrf_token": signed_in.csrf_token()}

    answer = signed_in.post("/submissions", data=data, headers={"Accept": "application/json"})

    assert answer.get_json()["error"]["code"] == "CAP-10"
    assert session.scalar(select(func.count()).select_from(Submission)) == 0
