"""The sandbox's pages, its switches and what it tells from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree

from kashflow.errors import Unclear
from kashflow.ledger import Kind, Ledger, NewAttachment
from kashflow.sandbox import faults
from kashflow.sandbox.server import start
from kashflow.sandbox.showing import usernames
from tests.kashflow.conftest import PASSWORD, Scene, call
from tests.kashflow.test_client import contact_of, paper

ROOT = Path(__file__).resolve().parents[2]


def test_a_login_link_works_once(scene: Scene, ledger: Ledger) -> None:
    link = ledger.remote_login_url().removeprefix(scene.sandbox.site)

    assert call(scene, "GET", link)[0] == 302
    assert call(scene, "GET", link)[0] == 403


def test_a_login_link_expires(scene: Scene, ledger: Ledger) -> None:
    link = ledger.remote_login_url().removeprefix(scene.sandbox.site)
    scene.sandbox.store.execute("UPDATE links SET at = at - 121")

    assert call(scene, "GET", link)[0] == 403


def test_the_books_outlive_a_restart(tmp_path: Path) -> None:
    with start(tmp_path) as first:
        Scene(first).account.add("supplier", {"Name": "Kept"}, code="KEPT")
    with start(tmp_path) as second:
        assert Scene(second).account.first("supplier", code="KEPT")


@pytest.mark.parametrize(
    "path",
    ["", "purchases", "sales", "suppliers", "customers", "lists", "requests", "trouble", "settings", "documents/{id}"],
)
def test_every_page_has_one_heading_that_begins_its_title(scene: Scene, ledger: Ledger, path: str) -> None:
    ledger.insert_document(Kind.COST, paper(ledger, 501_248))
    (document,) = ledger.documents(Kind.COST, 501_248)

    status, page = call(scene, "GET", "/sandbox/" + path.format(id=document.remote_id))

    html = etree.fromstring(page, etree.HTMLParser())
    (heading,) = html.iter("h1")
    assert status == 200
    assert (html.findtext(".//title") or "").startswith(str(heading.text))


def test_a_file_can_be_fetched_byte_for_byte(scene: Scene, ledger: Ledger) -> None:
    ledger.insert_document(Kind.COST, paper(ledger, 501_248))
    ledger.attach(Kind.COST, NewAttachment(1, "a.pdf", "text/html", b"\xff\x00\x01"))
    record = scene.account.first("receipt_attachment")
    assert record is not None

    connection = HTTPConnection(urlsplit(scene.sandbox.site).netloc, timeout=30)
    connection.request("GET", f"/sandbox/attachments/{record.id}")
    response = connection.getresponse()

    assert response.read() == b"\xff\x00\x01"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_fault_is_switched_on_by_json_counts_down_and_is_switched_off(scene: Scene) -> None:
    planned = json.dumps({"operation": "Insert*", "fault": "drop_after", "times": 2, "skip": 1}).encode()

    assert call(scene, "POST", "/sandbox/faults", planned, **{"Content-Type": "application/json"})[0] == 201
    struck = [faults.strike(scene.sandbox.store, "InsertSupplier") is not None for _ in range(4)]
    assert struck == [False, True, True, False]
    assert call(scene, "POST", "/sandbox/faults", b'{"fault": "x"}', **{"Content-Type": "application/json"})[0] == 422


def test_a_late_commit_comes_after_the_connection_was_lost(scene: Scene, ledger: Ledger) -> None:
    scene.strikes("late_commit", "InsertSupplier", seconds=601)
    with pytest.raises(Unclear):
        contact_of(ledger, Kind.COST)
    (late,) = [each for each in threading.enumerate() if isinstance(each, threading.Timer) and each.interval == 601]
    late.cancel()
    before = ledger.find_contact(Kind.COST, "CF7K2M")

    late.function()

    assert (before, ledger.find_contact(Kind.COST, "CF7K2M") is not None) == (None, True)


def test_another_site_cannot_press_the_switches(scene: Scene) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/x-www-form-urlencoded"}

    assert call(scene, "POST", "/sandbox/trouble", b"fault=drop_after", **headers)[0] == 403
    assert faults.planned(scene.sandbox.store) == []


def test_a_second_account_has_books_of_its_own(scene: Scene, ledger: Ledger) -> None:
    ledger.insert_document(Kind.COST, paper(ledger, 501_248))
    other = json.dumps({"username": "other", "password": "o", "company": "Other Ltd"}).encode()

    assert call(scene, "POST", "/sandbox/accounts", other, **{"Content-Type": "application/json"})[0] == 201

    theirs = json.loads(call(scene, "GET", "/sandbox/ledger.json?account=other")[1])
    assert (theirs["company"], theirs["purchases"], len(theirs["suppliers"])) == ("Other Ltd", [], 12)


def form(scene: Scene, path: str, fields: str) -> int:
    return call(scene, "POST", path, fields.encode(), **{"Content-Type": "application/x-www-form-urlencoded"})[0]


def test_the_first_account_stays_the_first_when_its_settings_change(scene: Scene) -> None:
    as_json = {"Content-Type": "application/json"}
    other = json.dumps({"username": "z", "password": "p", "company": "Z"}).encode()
    call(scene, "POST", "/sandbox/accounts", other, **as_json)
    call(scene, "PATCH", "/sandbox/settings", json.dumps({"remote_login": False}).encode(), **as_json)

    assert scene.account.settings.remote_login is False
    assert usernames(scene.sandbox.store) == ["demo", "z"]


def test_a_fault_is_switched_on_and_off_on_its_page(scene: Scene) -> None:
    assert form(scene, "/sandbox/trouble", "fault=refuse&operation=GetSuppliers&times=3&text=No") == 302
    ((_, fault),) = faults.planned(scene.sandbox.store)
    assert (fault.fault, fault.operation, fault.times, fault.text) == ("refuse", "GetSuppliers", 3, "No")

    assert form(scene, "/sandbox/trouble", "clear=1") == 302
    assert faults.planned(scene.sandbox.store) == []
    assert form(scene, "/sandbox/trouble", "fault=meteor") == 422


def test_settings_are_changed_on_their_page(scene: Scene) -> None:
    assert form(scene, "/sandbox/settings", "password=new&company=New+Ltd&currency=GBP&lock_date=2026-01-31") == 302

    settings = scene.account.settings
    assert (settings.password, settings.company, settings.lock_date) == ("new", "New Ltd", "2026-01-31")
    assert not settings.api_enabled  # a box that is not ticked
    assert form(scene, "/sandbox/settings", "lock_date=yesterday") == 422


def test_a_list_is_changed_by_json(scene: Scene, ledger: Ledger) -> None:
    as_json = {"Content-Type": "application/json"}
    entry = json.dumps({"kind": "supplier", "data": {"Code": "NEW1", "Name": "New"}}).encode()

    added = json.loads(call(scene, "POST", "/sandbox/records", entry, **as_json)[1])["id"]
    call(scene, "PATCH", f"/sandbox/records/{added}", b'{"Name": "Renamed"}', **as_json)
    renamed = ledger.find_contact(Kind.COST, "NEW1")
    call(scene, "DELETE", f"/sandbox/records/{added}")

    assert renamed is not None
    assert renamed.name == "Renamed"
    assert ledger.find_contact(Kind.COST, "NEW1") is None


@pytest.mark.processes
def test_the_command_runs_until_told_to_end_and_says_when_it_cannot(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kashflow.sandbox", "--port", "0", "--data", str(tmp_path)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert running.stderr is not None
    port = running.stderr.readline().split("/api/")[0].rpartition(":")[2]

    second = subprocess.run([*command[:4], port, *command[5:]], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (second.returncode, "cannot start" in second.stderr) == (1, True)
    running.terminate()
    assert running.wait(timeout=60) == 0


def test_the_log_has_a_line_for_each_request_and_nothing_of_its_body(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        contact_of(ledger, Kind.COST)

    assert [each.getMessage() for each in caplog.records] == ["InsertSupplier demo OK"]
    assert PASSWORD not in caplog.text
    assert "Bramble" not in caplog.text
