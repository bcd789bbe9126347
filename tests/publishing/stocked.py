"""Makes a data folder with an organisation, a connection to the sandbox and many items ready to be published.

python -m tests.publishing.stocked ITEMS prints the token and the items' ids as JSON; settings are the environment's.
"""

from __future__ import annotations

import hashlib
import json
import sys

from sqlalchemy import select
from sqlalchemy.orm import Session

import app  # noqa: F401 - every table
from auth.keys import make_api_token
from auth.models import Role
from auth.service import NewUser, add_organisation, add_user
from capture.intake.service import store
from capture.models import Item, ItemPage, Layer
from capture.reading.model import Origin
from capture.review import Edit, Evidence, put_value, settle
from capture.submissions.models import Document
from core import config, db, log
from kashflow.connecting import connect
from kashflow.models import Connection
from kashflow.service import Login, make_connection
from lists.models import Entry
from lists.refreshing import request_refresh, run_refresh

EVIDENCE = Evidence(Layer.PERSON, Origin.PERSON)
SUPPLIERS = ("Larkrise Service Station", "Mossgate Coffee House", "New One", "New Two", "New Three")
LOGIN = Login("demo", "demo-password")


def make_items(session: Session, connection: Connection, many: int) -> list[int]:
    """Make items of several suppliers, some of them new; every second one is paid, all have a file."""
    entries = {entry.name: entry.id for entry in session.scalars(select(Entry).where(Entry.is_cost))}
    made = []
    for number in range(1, many + 1):
        facts = {"date": "2026-03-01", "reference": f"CHAOS-{number:05d}", "net": "100.00", "tax": "20.00"}
        facts |= {"total": "120.00", "vat_rate": "20", "document_type": "invoice", "category": "Cleaning"}
        facts |= {"supplier": SUPPLIERS[number % len(SUPPLIERS)]}
        if number % 2:
            facts |= {"paid": "yes", "payment_method": "Cash", "bank_account": "Petty cash"}
        item = Item(connection_id=connection.id)
        item.pages = [ItemPage(document=_document(connection, number), page=1, position=1)]
        session.add(item)
        session.flush()
        for name, value in facts.items():
            put_value(session, item, name, Edit(value, entries.get(value)), EVIDENCE)
        settle(session, item)
        made.append(item.id)
    return made


def _document(connection: Connection, number: int) -> Document:
    data = f"%PDF-1.4\n% document {number}\n".encode()
    store().put(data)
    digest = hashlib.sha256(data).hexdigest()
    return Document(
        organisation_id=connection.organisation_id, sha256=digest, media_type="application/pdf", size=len(data)
    )


def main(many: int) -> None:
    """Make it all and say how to reach it."""
    log.set_up()
    db.bind(db.make_engine(config.current().database_url))
    db.Base.metadata.create_all(db.engine())
    with db.transaction() as session:
        organisation = add_organisation(session, "Chaos Ltd")
        connection_id = make_connection(session, organisation.id).id
        user = NewUser("a@business.example", "a quiet river at noon", Role.ADMINISTRATOR)
        token = make_api_token(session, add_user(session, organisation.id, user, by="test"), name="test")
    connect(organisation.id, connection_id, LOGIN)
    with db.transaction() as session:
        refresh_id = request_refresh(session, connection_id, who="test").id
    run_refresh(refresh_id)
    with db.transaction() as session:
        items = make_items(session, session.get_one(Connection, connection_id), many)
    json.dump({"token": token, "items": items}, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
