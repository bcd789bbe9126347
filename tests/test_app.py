"""The web app as a whole: who gets in, what every answer carries, how it fails."""

from __future__ import annotations

import re
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask

from app import LONGEST_FORM, OPEN, STATIC, asset, pounds, uk_date, uk_time
from auth.models import Membership
from capture.store import DocumentStore
from core.errors import NotFound
from tests.factories.auth import PASSWORD
from tests.pages import PageClient, parse, text_of


def addresses(app: Flask, method: str) -> list[tuple[str, str]]:
    rules = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or set())]
    return [(rule.endpoint, re.sub(r"<[^>]+>", "1", rule.rule)) for rule in rules]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_strangers_see_nothing_but_what_is_listed_as_open(app: Flask, client: PageClient, method: str) -> None:
    token = client.csrf_token()
    for endpoint, address in addresses(app, method):
        response = client.open(address, method=method, headers={"X-CSRFToken": token})
        if endpoint in OPEN:
            assert response.status_code != 401
        elif address.startswith("/api/"):
            assert response.status_code == 401, address
        else:
            assert response.location.startswith("/sign-in"), address


def test_the_page_asked_for_comes_after_signing_in(client: PageClient) -> None:
    assert client.get("/account?a=b").location == "/sign-in?next=/account?a%3Db"


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(client: PageClient) -> None:
    response = client.get("/account", headers={"HX-Request": "true"})

    assert (response.status_code, response.headers["HX-Redirect"]) == (401, "/sign-in?next=/account")


@pytest.mark.parametrize("address", ["/account/password", "/sign-out", "/people", "/sign-in"])
def test_nothing_is_changed_without_the_csrf_token(signed_in: PageClient, address: str) -> None:
    assert signed_in.post(address, data={"email": "a@b.example"}).status_code == 400


def test_every_answer_carries_what_protects_the_reader(client: PageClient) -> None:
    headers = client.get("/sign-in").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self'; img-src 'self' data:;")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")
    assert headers["Cache-Control"] == "no-store"


def test_the_cookie_is_bound_to_the_host_behind_https_only(client: PageClient) -> None:
    plain = client.get("/sign-in").headers["Set-Cookie"]
    secure = client.get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]

    assert plain.startswith("counterfoil=")
    assert "Secure" not in plain
    assert secure.startswith("__Host-counterfoil=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(secure.split("; "))


def test_an_unknown_address_is_a_page(signed_in: PageClient) -> None:
    response = signed_in.get("/nowhere")

    assert (response.status_code, parse(response).findtext(".//h1")) == (404, "Not found")


def test_an_unknown_address_of_the_interface_is_json(client: PageClient) -> None:
    response = client.get("/api/v1/nowhere")

    assert response.status_code == 404
    assert '"code":"not-found"' in response.text


def test_our_errors_keep_their_code_and_text(app: Flask) -> None:
    with app.test_request_context("/api/v1/items/7"):
        answer = app.make_response(app.handle_user_exception(NotFound("There is no item 7.")))

    assert answer.status_code == 404
    assert answer.json == {"error": {"code": "not-found", "message": "There is no item 7.", "fields": []}}


def test_an_error_nobody_foresaw_says_nothing_of_its_cause(
    app: Flask, signed_in: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setitem(app.view_functions, "auth.show_account", fail)

    response = signed_in.get("/account")

    assert response.status_code == 500
    assert "secret" not in response.text


def test_a_file_of_the_pages_is_compressed_and_kept_for_ever(app: Flask, client: PageClient) -> None:
    with app.test_request_context():
        address = asset("app.css")

    response = client.get(address, headers={"Accept-Encoding": "gzip"})

    assert (response.content_encoding, response.cache_control.immutable) == ("gzip", True)
    assert len(response.data) < (STATIC / "app.css").stat().st_size / 3


def test_a_file_that_caches_keep_carries_no_cookie(signed_in: PageClient, membership: Membership) -> None:
    signed_in.submit("/sign-in", email=membership.user.email, password=PASSWORD)

    assert "Set-Cookie" not in signed_in.get("/static/app.css?v=1").headers


def test_a_stranger_sends_no_more_than_a_form(client: PageClient) -> None:
    assert client.submit("/sign-in", email="x" * LONGEST_FORM).status_code == 413


def test_documents_can_come_in_with_a_database_and_a_store(client: PageClient) -> None:
    assert client.get("/readyz").json == {"status": "ok", "problems": []}


def test_nothing_can_come_in_without_a_store(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DocumentStore, "writable", lambda _: False)

    response = client.get("/readyz")

    assert (response.status_code, response.json) == (503, {"status": "not ready", "problems": ["No file can be kept."]})


@pytest.mark.parametrize("chosen", ["0", "x", "", "999999"])
def test_a_connection_that_is_not_ours_is_unknown(signed_in: PageClient, chosen: str) -> None:
    assert signed_in.get(f"/account?connection={chosen}").status_code == 404


@pytest.mark.parametrize("address", ["/settings/trail?before=", "/lists/suppliers?after=", "/rules/new?party="])
def test_a_number_beyond_what_a_database_takes_is_no_error_of_ours(signed_in: PageClient, address: str) -> None:
    assert signed_in.get(f"{address}99999999999999999999").status_code < 500


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_operators_need_no_token_on_this_machine(client: PageClient, address: str) -> None:
    assert client.get(address).status_code == 200


def test_figures_are_for_this_machine_only(client: PageClient) -> None:
    direct = client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    passed_on = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})

    assert (direct.status_code, passed_on.status_code) == (404, 404)


def test_money_and_time_are_written_as_people_here_read_them() -> None:
    assert [pounds(123_456), pounds(-5), pounds(None), pounds(100, "SEK")] == ["£1,234.56", "-£0.05", "", "SEK\xa01.00"]
    assert uk_date(date(2026, 3, 3)) == "3 Mar 2026"
    assert uk_time(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 Jul 2026, 00:30"


def test_the_navigation_leads_only_where_there_is_something(signed_in: PageClient) -> None:
    links = parse(signed_in.get("/account")).xpath("//nav[@aria-label='Main']//a/@href")

    assert "/people" in links
    assert {signed_in.get(link).status_code for link in links} <= {200, 302}


def test_the_start_leads_to_the_first_page(signed_in: PageClient) -> None:
    assert "Counterfoil" in text_of(signed_in.get("/", follow_redirects=True))


def test_what_a_command_writes_is_readable_for_its_owner_alone(app: Flask, tmp_path: Path) -> None:
    assert app is not None

    (tmp_path / "written").touch()

    assert stat.S_IMODE((tmp_path / "written").stat().st_mode) == 0o600
