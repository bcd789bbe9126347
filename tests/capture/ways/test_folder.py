"""Watched folders: files that lie still are taken once, committed before they are moved, and nothing is overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from capture.submissions.models import Mode
from capture.ways.folder import why_not_watched
from capture.ways.looking import due_channels, lock_of
from capture.ways.settings import FolderSettings
from core.config import Config, current, set_current
from core.db import process_lock
from core.errors import SettingWrong
from tests.capture.ways.conftest import Way
from tests.capture.ways.mails import pdf


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.iterdir()) if path.exists() else []


@pytest.fixture
def settings() -> Iterator[Config]:
    """The settings, put back afterwards."""
    kept = current()
    yield kept
    set_current(kept)


def test_a_file_that_lies_still_is_taken_at_the_second_look_and_moved(folder: Way, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(pdf(1))

    folder.look()
    assert (folder.rows(), names(tmp_path)) == ([], ["scan.pdf"])
    folder.look()

    assert (folder.names(), folder.states()) == (["scan.pdf"], ["received"])
    assert (names(tmp_path), names(tmp_path / "done")) == (["done"], ["scan.pdf"])
    assert folder.woken == [folder.rows()[0].id]


def test_d42_each_page_of_a_file_becomes_a_document_where_the_folder_says_so(folder: Way, tmp_path: Path) -> None:
    folder.channel.settings = FolderSettings(str(tmp_path), settles=0, mode=Mode.PAGES).as_row()
    (tmp_path / "scan.pdf").write_bytes(pdf(1))
    folder.look()
    folder.look()

    assert [row.mode for row in folder.rows()] == [Mode.PAGES]
    assert FolderSettings.from_row({"path": str(tmp_path), "settles": 0}).mode is Mode.EACH  # where it says nothing


def test_a_file_that_still_grows_is_never_taken(folder: Way, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf(1)[:4])
    folder.look()
    path.write_bytes(pdf(1))
    folder.look()
    assert folder.rows() == []

    folder.look()

    assert folder.rows()[0].size == len(pdf(1))


def test_a_file_that_somebody_has_open_to_write_is_not_taken_however_long_it_rests(folder: Way, tmp_path: Path) -> None:
    with (tmp_path / "scan.pdf").open("wb") as writer:
        writer.write(pdf(1)[:4])
        writer.flush()
        for _ in range(4):
            folder.look()
        assert folder.rows() == []
        writer.write(pdf(1)[4:])
    folder.look()
    folder.look()

    assert [row.size for row in folder.rows()] == [len(pdf(1))]


def test_a_folder_that_is_being_looked_into_is_not_due(folder: Way) -> None:
    assert due_channels() == [folder.channel.id]

    with process_lock(lock_of(folder.channel.id)):
        assert due_channels() == []
        folder.look()

    assert folder.channel.checked_at is None


def test_the_settling_time_is_waited_for(folder: Way, tmp_path: Path) -> None:
    folder.channel.settings = FolderSettings(str(tmp_path), settles=3600).as_row()
    (tmp_path / "scan.pdf").write_bytes(pdf(1))

    for _ in range(3):
        folder.look()

    assert folder.rows() == []


def test_nothing_in_done_is_overwritten(folder: Way, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / "scan.pdf").write_bytes(pdf(number))
        folder.look()
        folder.look()

    assert folder.states() == ["received"] * 3
    assert names(tmp_path / "done") == ["scan (2).pdf", "scan (3).pdf", "scan.pdf"]
    assert (tmp_path / "done" / "scan.pdf").read_bytes() == pdf(1)


def test_cap_1_a_refused_file_says_why_and_goes_into_refused(folder: Way, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a document")
    folder.look()
    folder.look()

    assert [(row.state.value, row.problem_code) for row in folder.rows()] == [("rejected", "CAP-1")]
    assert names(tmp_path / "refused") == ["notes.txt"]


def test_cap_1_a_file_over_the_limit_is_not_even_read(folder: Way, tmp_path: Path) -> None:
    with (tmp_path / "film.pdf").open("wb") as file:
        file.truncate(30_000_000_000)
    folder.look()
    folder.look()

    [row] = folder.rows()
    assert (row.problem_code, row.document_id, row.size) == ("CAP-1", None, 30_000_000_000)
    assert names(tmp_path / "refused") == ["film.pdf"]


def test_links_sub_folders_pipes_and_hidden_files_are_not_followed(folder: Way, tmp_path: Path) -> None:
    secret = tmp_path / "other" / "secret.pdf"
    secret.parent.mkdir()
    secret.write_bytes(pdf(1))
    (tmp_path / "link.pdf").symlink_to(secret)
    (tmp_path / ".hidden.pdf").write_bytes(pdf(2))
    os.mkfifo(tmp_path / "pipe.pdf")

    for _ in range(3):
        folder.look()

    assert (folder.rows(), folder.channel.problem) == ([], None)
    assert names(tmp_path) == [".hidden.pdf", "link.pdf", "other", "pipe.pdf"]


def test_cap_4_the_same_file_dropped_again_is_listed_as_a_duplicate(folder: Way, tmp_path: Path) -> None:
    for _ in range(2):
        (tmp_path / "scan.pdf").write_bytes(pdf(1))
        folder.look()
        folder.look()
    (tmp_path / "done" / "scan.pdf").rename(tmp_path / "scan.pdf")  # put back on purpose
    folder.look()
    folder.look()

    assert folder.states() == ["received", "duplicate", "duplicate"]


def test_names_in_any_bytes_are_taken(folder: Way, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe\n.pdf")).write_bytes(pdf(1))
    folder.look()
    folder.look()

    assert folder.states() == ["received"]


def test_cap_7_a_missing_folder_is_said_and_cleared_once_it_is_there(folder: Way, tmp_path: Path) -> None:
    folder.channel.settings = FolderSettings(str(tmp_path / "scans"), settles=0).as_row()
    folder.look()
    assert folder.channel.problem_code == "CAP-7"
    assert "There is no folder" in str(folder.channel.problem)
    (tmp_path / "scans").mkdir()

    folder.look()

    assert (folder.channel.problem, folder.channel.failures) == (None, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_cap_7_a_folder_that_may_not_be_read_is_said(folder: Way, tmp_path: Path) -> None:
    tmp_path.chmod(0o000)
    try:
        folder.look()
    finally:
        tmp_path.chmod(0o700)

    assert "may not use" in str(folder.channel.problem)


def test_done_that_leads_elsewhere_is_refused_and_the_file_comes_once(folder: Way, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "done").symlink_to(elsewhere)
    (tmp_path / "scan.pdf").write_bytes(pdf(1))
    for _ in range(3):
        folder.look()
    assert (folder.states(), names(elsewhere)) == (["received"], [])
    assert "is a link to elsewhere" in str(folder.channel.problem)
    (tmp_path / "done").unlink()

    folder.look()

    assert (folder.states(), names(tmp_path / "done")) == (["received"], ["scan.pdf"])


def test_folders_outside_of_the_roots_that_the_operator_set_are_not_looked_into(
    folder: Way, tmp_path: Path, settings: Config
) -> None:
    root = tmp_path / "scans"
    root.mkdir()
    (root / "way-out").symlink_to(tmp_path)
    (tmp_path / "scan.pdf").write_bytes(pdf(1))
    set_current(replace(settings, watch_roots=(root,)))
    for _ in range(2):
        folder.look()
    assert (folder.rows(), folder.channel.problem_code) == ([], "CAP-7")
    assert f"folders are watched only in {root}" in str(folder.channel.problem)

    allowed = [why_not_watched(path) is None for path in (root, root / "till", root / "way-out", tmp_path)]

    assert allowed == [True, True, False, False]


def test_the_folder_that_documents_are_kept_in_is_not_watched(tmp_path: Path, settings: Config) -> None:
    set_current(replace(settings, document_store=str(tmp_path / "kept")))

    allowed = [why_not_watched(path) is None for path in (tmp_path / "kept" / "ab", tmp_path, tmp_path / "scans")]

    assert allowed == [False, False, True]


def test_roots_that_are_no_whole_paths_stop_the_start() -> None:
    assert Config.from_env({"WATCH_ROOTS": "/srv/scans:/mnt"}).watch_roots == (Path("/srv/scans"), Path("/mnt"))
    with pytest.raises(SettingWrong, match="WATCH_ROOTS is 'scans'"):
        Config.from_env({"WATCH_ROOTS": "scans"})
