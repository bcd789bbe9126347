"""Suppliers and customers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kashflow.sandbox.account import Account, Refusal, outward
from kashflow.sandbox.decoding import Values


@dataclass(frozen=True)
class Contacts:
    """The operations of one kind of contact: ``kind`` is supplier or customer, ``argument`` what an insert takes."""

    kind: str
    argument: str

    @property
    def _identity(self) -> str:
        return f"{self.kind.capitalize()}ID"

    def every(self, account: Account, _: Values) -> list[dict[str, Any]]:
        """GetSuppliers, GetCustomers."""
        return account.rows(self.kind)

    def by_code(self, account: Account, values: Values) -> dict[str, Any]:
        """GetSupplier, GetCustomer."""
        return self._found(account, code=values[f"{self.kind.capitalize()}Code"] or "")

    def by_id(self, account: Account, values: Values) -> dict[str, Any]:
        """GetSupplierByID, GetCustomerByID."""
        return self._found(account, id=values[self._identity])

    def insert(self, account: Account, values: Values) -> int:
        """InsertSupplier, InsertCustomer: gives the new id."""
        data = {name: value for name, value in (values[self.argument] or {}).items() if value is not None}
        code = str(data.get("Code", ""))
        if not data.get("Name"):
            account.violations.append(f"a {self.kind} without a name")
        if data.pop(self._identity, 0):
            account.violations.append(f"a new {self.kind} brings an id")
        if not re.fullmatch(r"[A-Za-z0-9]*", code):
            raise Refusal(f"the {self.kind} code specified is invalid, please re-enter without any special characters")
        if not code:
            account.violations.append(f"a {self.kind} without a code cannot be found again")
        elif account.first(self.kind, code=code):
            raise Refusal(f"{self.kind.capitalize()} Code is not unique")
        return account.add(self.kind, data, code=code or None)

    def _found(self, account: Account, **by: object) -> dict[str, Any]:
        record = account.first(self.kind, **by)
        if record:
            return outward(record)
        if account.settings.absent_is_refused:
            raise Refusal(f"There is no {self.kind} with that {next(iter(by))}")
        return {}


SUPPLIERS = Contacts("supplier", "supl")
CUSTOMERS = Contacts("customer", "custr")
