"""A connection with a few list entries."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from kashflow.ledger import ListKind
from kashflow.models import Connection
from kashflow.service import get_connection
from tests.rules.making import entry


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
