"""The HTTP interface and its description say the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks
from sqlalchemy.orm import Session

from app import LONGEST_TEXT
from auth.keys import make_api_token
from auth.models import Membership
from core.config import ROOT
from kashflow.models import ConnectionState
from kashflow.service import get_connection
from tests.factories.capture import ItemFactory
from tests.pages import Call, PageClient

PREFIX = "/api/v1"
NOT_CHECKED = [  # what one call alone cannot tell: ids that do not exist, texts that are no amount
    checks.ignored_auth,
    checks.positive_data_acceptance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.missing_required_header,
]
DESCRIBED: dict[str, Any] = json.loads((ROOT / "static" / "openapi.json").read_text(encoding="utf-8"))


def test_every_call_is_described_and_every_described_call_is_there(app: Flask) -> None:
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX)), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, calls in DESCRIBED["paths"].items() for method in calls}

    assert there == described


@pytest.mark.parametrize("path", ["/items", "/lists/suppliers", "/connection", "/items/1", "/submissions/1"])
def test_a_call_without_a_token_is_refused(client: PageClient, path: str) -> None:
    assert client.get(PREFIX + path).status_code == 401


@pytest.mark.parametrize(
    ("asked", "body", "field"),
    [
        ("POST /rules/trial", {"rule": {"id": [], "when": {"text": "fuel"}, "set": {"paid": True}}}, ["rule"]),
        ("POST /publish", {"items": [True]}, ["items"]),
        ("PUT /connection", {"name": None}, ["name"]),
        ("GET /items?after=x", None, ["after"]),
    ],
)
def test_what_is_of_the_wrong_kind_is_told_by_its_field(
    client: PageClient, session: Session, membership: Membership, asked: str, body: object, field: list[str]
) -> None:
    headers = {"Authorization": f"Bearer {make_api_token(session, membership, name='test')}"}
    method, path = asked.split()

    answer = client.open(PREFIX + path, method=method, json=body, headers=headers)

    assert (answer.status_code, answer.get_json()["error"]["fields"]) == (422, field)


@pytest.mark.parametrize("deed", ["publish", "resend", "undo"])
def test_what_cannot_be_done_names_its_problems(
    call: Call, session: Session, membership: Membership, deed: str
) -> None:
    connection = get_connection(session, membership.organisation_id)
    connection.state = ConnectionState.CONNECTED
    item = ItemFactory.create(connection=connection)
    session.commit()

    status, answer = call("POST", f"/items/{item.id}/{deed}")

    assert status in {409, 422}
    assert answer["problems"]
    assert all({"code", "field", "message"} <= set(each) for each in answer["problems"])


def test_what_holds_no_files_is_not_long(client: PageClient, session: Session, membership: Membership) -> None:
    headers = {"Authorization": f"Bearer {make_api_token(session, membership, name='test')}"}

    answer = client.post(f"{PREFIX}/rules", json={"name": "x" * LONGEST_TEXT}, headers=headers)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "request-entity-too-large")


def test_whatever_is_sent_the_answer_is_as_described(app: Flask, session: Session, membership: Membership) -> None:
    token = make_api_token(session, membership, name="test")
    ItemFactory.create(connection=get_connection(session, membership.organisation_id))
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", app)

    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        call = found.ok()
        if call.path.startswith("/connection") and call.method != "get":
            continue  # asks KashFlow

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=call.as_strategy())
        def check(case: schemathesis.Case[Any]) -> None:
            answer = case.call(headers={"Authorization": f"Bearer {token}"})
            case.validate_response(answer, excluded_checks=NOT_CHECKED)

        check()
