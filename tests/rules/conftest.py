"""A connection with a few list entries, and callers of the HTTP interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from auth.keys import make_api_token
from auth.models import Membership, Organisation
from kashflow.ledger import ListKind
from kashflow.models import Connection
from kashflow.service import get_connection
from tests.factories.auth import MembershipFactory
from tests.pages import PageClient
from tests.rules.making import entry

Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    """The administrator's connection, with categories, suppliers, methods and rates."""
    found = get_connection(session, membership.organisation_id)
    for name, code in (("Vehicle fuel", "7300"), ("Office supplies", "7504"), ("Travel", "7400")):
        entry(session, found, ListKind.CATEGORIES, name, code)
    for name in ("Larkrise Service Station", "Bracken Office Supplies Ltd"):
        entry(session, found, ListKind.SUPPLIERS, name)
    for name in ("Cash", "Debit card"):
        entry(session, found, ListKind.PAYMENT_METHODS, name)
    return found


@pytest.fixture
def call(client: PageClient, session: Session, membership: Membership) -> Call:
    """Call the interface as the administrator."""
    return caller(client, make_api_token(session, membership, name="tests"))


@pytest.fixture
def standard_call(client: PageClient, session: Session, membership: Membership) -> Call:
    """Call the interface as a standard user of the same organisation."""
    organisation = session.get_one(Organisation, membership.organisation_id)
    other: Membership = MembershipFactory.create(organisation=organisation)
    return caller(client, make_api_token(session, other, name="tests"))


def caller(client: PageClient, token: str) -> Call:
    """Give what calls the interface with a token: method, path and JSON in; status and JSON out."""

    def call(method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        known = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): each for name, each in headers.items()}}
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers=known)
        return answer.status_code, answer.json

    return call
