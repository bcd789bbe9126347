"""What the pages and the JSON interface show of an account's books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kashflow.sandbox.account import IDENTITIES, Account, outward
from kashflow.sandbox.documents import INVOICES, RECEIPTS, Documents
from kashflow.sandbox.store import Record, Store

BOOKS: dict[str, Documents] = {"purchases": RECEIPTS, "sales": INVOICES}


def usernames(store: Store) -> list[str]:
    """Give all accounts, oldest first."""
    return [row[0] for row in store.execute("SELECT username FROM accounts ORDER BY rowid")]


def ledger(account: Account) -> dict[str, Any]:
    """Give all of an account's books as JSON can hold them, files by size and SHA-256."""
    books = {
        name: [document(account, documents, record) for record in account.all(documents.kind)]
        for name, documents in BOOKS.items()
    }
    lists = {f"{kind}s": [outward(record) for record in account.all(kind)] for kind in IDENTITIES}
    return {"account": account.username, "company": account.settings.company, **books, **lists}


def document(account: Account, documents: Documents, record: Record) -> dict[str, Any]:
    """Give a purchase or sale with all that hangs on it."""
    kind = documents.kind
    shown = documents.outward(account, record)
    shown["Gross"] = shown["NetAmount"] + shown["VATAmount"]
    shown["Lines"] = [line | {"Net": Decimal(line["Rate"]) * Decimal(line["Quantity"])} for line in shown["Lines"]]
    shown["payments"] = [each.data | {"PayID": each.id} for each in account.all(f"{kind}_payment", parent=record.id)]
    shown["attachments"] = [
        each.data | {"AttachmentID": each.id, "sha256": each.data["AmazonFilename"]}
        for each in account.all(f"{kind}_attachment", parent=record.id)
    ]
    shown["notes"] = [each.data for each in account.all(f"{kind}_note", parent=record.id)]
    return shown


def violations(store: Store) -> list[dict[str, str]]:
    """Give the rules that were broken, oldest first."""
    rows = store.execute("SELECT at, operation, text FROM violations ORDER BY id")
    return [{"at": at, "operation": operation, "text": text} for at, operation, text in rows]


def requests(store: Store, *, last: int = 1_000_000) -> list[dict[str, str]]:
    """Give the last requests and how they ended, newest first."""
    rows = store.execute("SELECT at, account, operation, outcome FROM requests ORDER BY id DESC LIMIT ?", last)
    return [{"at": row[0], "account": row[1], "operation": row[2], "outcome": row[3]} for row in rows]
