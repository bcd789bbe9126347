"""A database of one connection with items ready to be published, for benchmarks without a sandbox."""

from __future__ import annotations

import app  # noqa: F401 - every table
from auth.service import add_organisation
from core import config, db
from kashflow.ledger import ListKind
from kashflow.models import ConnectionState
from kashflow.service import make_connection
from lists.matching import plain
from lists.models import Entry
from tests.publishing.stocked import SUPPLIERS, make_items

LISTED = (
    *((ListKind.SUPPLIERS, name, None, "") for name in SUPPLIERS),
    (ListKind.CATEGORIES, "Cleaning", "7801", ""),
    (ListKind.BANK_ACCOUNTS, "Petty cash", None, ""),
    (ListKind.PAYMENT_METHODS, "Cash", None, "cost"),
    *((ListKind.VAT_RATES, rate, rate, "") for rate in ("20", "5", "0", "exempt")),
)


def stock(many: int) -> list[int]:
    """Make it in the data folder of the settings; give the items' ids."""
    db.bind(db.make_engine(config.current().database_url))
    db.Base.metadata.create_all(db.engine())
    with db.transaction() as session:
        connection = make_connection(session, add_organisation(session, "Speed Ltd").id)
        connection.state, connection.username = ConnectionState.CONNECTED, "demo"
        for number, (kind, name, code, side) in enumerate(LISTED, start=1):
            row = Entry(connection_id=connection.id, list_kind=kind, name=name, search_name=plain(name), code=code)
            row.side, row.remote_id = side, str(number)
            session.add(row)
        session.flush()
        return make_items(session, connection, many)
