"""One account of the sandbox: its settings, who may come in, and its books."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any

from kashflow.sandbox.store import Record, Store

IDENTITIES = {  # the field that carries the id, for each kind of record that goes out as it is kept
    "nominal": "id",
    "vat_rate": "ID",
    "supplier": "SupplierID",
    "customer": "CustomerID",
    "source": "ID",
    "purchase_method": "MethodID",
    "sale_method": "MethodID",
    "bank_account": "AccountID",
    "sub_product": "id",
    "project": "ID",
    "currency": "CurrencyId",
}


class Refusal(Exception):
    """A well-formed no: Status NO with this text."""


@dataclass(frozen=True)
class Settings:
    """What can be set for an account, as on KashFlow's API settings page, and what the sandbox is to imitate."""

    password: str
    company: str
    api_password: str = ""
    api_enabled: bool = True
    locked_out: bool = False
    subscription_ended: bool = False
    restrict_addresses: bool = False
    allowed_addresses: list[str] = field(default_factory=list)
    autoauth_enabled: bool = True
    autoauth_key: str = "1A2B3C4D-5E6F"
    remote_login: bool = True
    dropbox: bool = True
    vat_registered: bool = True
    vat_number: str = "GB123456782"
    currency: str = "GBP"
    lock_date: str = ""
    fields_of_2026: bool = True
    absent_is_refused: bool = False
    cap_supplier_list: bool = False

    def changed(self, changes: dict[str, Any]) -> Settings:
        """Give these settings with some changed.

        Raises:
            ValueError: there is no such setting, or its value is of another type.
        """
        kinds = {each.name: type(getattr(self, each.name)) for each in fields(self)}
        for name, value in changes.items():
            if name not in kinds or not isinstance(value, kinds[name]):
                raise ValueError(f"{name} is no setting, or {value!r} no value for it")
        if changes.get("lock_date"):
            date.fromisoformat(changes["lock_date"])
        return replace(self, **changes)


class Account:
    """The books of one account, for the time of one request from an address."""

    def __init__(
        self, store: Store, username: str, *, address: str = "", base: str = "", violations: list[str] | None = None
    ) -> None:
        self.store = store
        self.username = username
        self.address = address
        self.settings = get_settings(store, username)
        self.base = base
        self.violations = violations if violations is not None else []

    def all(self, kind: str, **by: object) -> list[Record]:
        """Give the records of a kind."""
        return self.store.find(self.username, kind, **by)

    def first(self, kind: str, **by: object) -> Record | None:
        """Give the first of these records."""
        return self.store.first(self.username, kind, **by)

    def add(self, kind: str, data: dict[str, Any], **columns: Any) -> int:  # noqa: ANN401 - the store's columns
        """Add a record and give its id."""
        return self.store.add(self.username, kind, data, **columns)

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """Give the records of a kind with their ids, as they go out."""
        return [outward(record) for record in self.all(kind)]

    def known(self, kind: str, identity: int) -> bool:
        """Tell whether an id is in a list."""
        return any(row[IDENTITIES[kind]] == identity for row in self.rows(kind))


def outward(record: Record) -> dict[str, Any]:
    """Give a record's fields with its id; a few lists bring ids of their own."""
    return {IDENTITIES[record.kind]: record.id} | record.data


def get_settings(store: Store, username: str) -> Settings:
    """Give an account's settings.

    Raises:
        Refusal: there is no such account.
    """
    rows = store.execute("SELECT settings FROM accounts WHERE username = ?", username)
    if not rows:
        raise Refusal("Incorrect username or password")
    return Settings(**json.loads(rows[0][0]))


def save_settings(store: Store, username: str, settings: Settings) -> None:
    """Keep an account's settings."""
    statement = (  # replacing the row would make it the last account
        "INSERT INTO accounts (username, settings) VALUES (?, ?) "
        "ON CONFLICT (username) DO UPDATE SET settings = excluded.settings"
    )
    store.execute(statement, username, json.dumps(asdict(settings)))


def check_entry(settings: Settings, password: str, address: str, operation: str) -> None:
    """Let a caller in, in the order: login, state of the account, address.

    Raises:
        Refusal: the caller may not come in.
    """
    if password != (settings.api_password or settings.password):
        raise Refusal("Incorrect username or password")
    if settings.locked_out:
        raise Refusal("Your account has been locked because of too many failed login attempts")
    if not settings.api_enabled:
        raise Refusal("The SOAP API is not enabled for this account")
    if settings.subscription_ended:
        raise Refusal("Your subscription has expired")
    if settings.restrict_addresses and address not in settings.allowed_addresses and operation != "AutoAuthIP":
        raise Refusal(f"The IP address of {address} is not in the access list")
