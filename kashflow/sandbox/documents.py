"""Purchases and sales: KashFlow calls them receipts and invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kashflow.sandbox.account import Account, Refusal
from kashflow.sandbox.decoding import NO_DATE, Values
from kashflow.sandbox.store import Record

CAP = 100
HEADER = (
    "InvoiceDate",
    "DueDate",
    "CustomerReference",
    "EstimateCategory",
    "SuppressTotal",
    "ProjectID",
    "CurrencyCode",
    "ExchangeRate",
    "CISRCNetAmount",
    "CISRCVatAmount",
    "IsCISReverseCharge",
)
FILTERS = {"All", "Unpaid", "Overdue", "Overpaid", "Paid", "ThisMonth"}
INFORMATION = (
    "This function has now been modified to return the last 100 receipts. Use GetReceiptsWithPaging for the others. "
    "Total records: {total}, total pages: {pages}"
)
_PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Documents:
    """The operations of one kind of document: ``kind`` is receipt or invoice, ``contact`` whose it is."""

    kind: str
    contact: str

    @property
    def _noun(self) -> str:
        return self.kind.capitalize()

    def insert(self, account: Account, values: Values) -> int:
        """InsertReceipt, InsertInvoice in both forms: gives the number, the highest so far plus one."""
        sent = values.get("Inv_TD") or values.get("Inv") or {}
        number = sent.get("InvoiceNumber", 0)
        if number:
            account.violations.append(f"a new {self.kind} brings the number {number}")
            self._remove(account, account.first(self.kind, number=number))
        if sent.get("InvoiceDBID"):
            account.violations.append(f"a new {self.kind} brings an id")
        data = self._checked(account, sent)
        number = number or account.store.highest(account.username, self.kind) + 1
        account.add(self.kind, data, number=number, parent=sent["CustomerID"])
        return number

    def update(self, account: Account, values: Values) -> int:
        """UpdateReceipt_TypeDefined, UpdateInvoice_TypeDefined: by number; the lines are replaced."""
        sent = values.get("Receipt_TD") or values.get("InvTD") or {}
        record = self.get(account, sent.get("InvoiceNumber", 0))
        self._refuse_locked(account, record.data["InvoiceDate"])
        account.store.change(record.id, self._checked(account, sent), parent=sent["CustomerID"])
        return record.number

    def by_number(self, account: Account, values: Values) -> dict[str, Any]:
        """GetReceipt, GetInvoice in both forms."""
        number = values[f"{self._noun}Number"]
        if account.first(self.kind, id=number):
            account.violations.append(f"the id {number} stands where a {self.kind} number is wanted")
        return self._found(account, number=number)

    def by_id(self, account: Account, values: Values) -> dict[str, Any]:
        """GetInvoiceByID."""
        return self._found(account, id=self._real_id(account, values[f"{self._noun}ID"]))

    def of_contact(self, account: Account, values: Values) -> list[dict[str, Any]]:
        """GetReceiptsForSupplier, GetInvoicesForCustomer_typeDefined."""
        contact = values.get("SupplierID") or values.get("CustID")
        rows = [self.outward(account, each) for each in account.all(self.kind, parent=contact)]
        return rows[-CAP:] if account.settings.cap_supplier_list else rows

    def newest(self, account: Account, _: Values) -> dict[str, Any]:
        """GetReceipts: the highest numbers only, and a text that says so."""
        rows = self._descending(account)
        text = INFORMATION.format(total=len(rows), pages=-(-len(rows) // CAP))
        return {"GetReceiptsResult": rows[:CAP], "StatusDetail": text}

    def recent(self, account: Account, values: Values) -> list[dict[str, Any]]:
        """GetReceipts_Recent, GetInvoices_Recent: by the document's date."""
        rows = sorted(self._descending(account), key=lambda row: str(row["InvoiceDate"]), reverse=True)
        return rows[: values[f"NumberOf{self._noun}s"]]

    def between(self, account: Account, values: Values) -> list[dict[str, Any]]:
        """GetInvoicesByDateRange."""
        first, last = values["StartDate"], values["EndDate"]
        return [row for row in self._descending(account) if first <= row["InvoiceDate"] <= last]

    def page(self, account: Account, values: Values) -> dict[str, Any]:
        """GetReceiptsWithPaging."""
        size = min(values["PerPage"] or CAP, CAP)
        page = max(values["Page"], 1)
        wanted = values["FilterBy"] or "All"
        if wanted not in FILTERS:
            raise Refusal(f"{wanted} is not a valid filter")
        records = sorted(account.all(self.kind), key=lambda record: -record.number)
        if wanted != "All":
            records = [each for each in records if _passes(self.outward(account, each), wanted)]
        return {
            "GetReceiptsWithPagingResult": [
                self.outward(account, each) for each in records[(page - 1) * size : page * size]
            ],
            "PageNumber": page,
            "TotalPages": -(-len(records) // size),
            "TotalRecords": len(records),
        }

    def delete_by_number(self, account: Account, values: Values) -> int:
        """DeleteReceipt, DeleteInvoice."""
        account.violations.append(f"a {self.kind} is deleted by its number, which may be another's by now")
        self._remove(account, account.first(self.kind, number=values[f"{self._noun}Number"]))
        return 0

    def delete_by_id(self, account: Account, values: Values) -> int:
        """DeleteReceiptByID, DeleteInvoiceByID: the answer is the same whether or not there was one."""
        identity = self._real_id(account, values[f"{self._noun}ID"])
        self._remove(account, account.first(self.kind, id=identity))
        return 0

    def get(self, account: Account, number: int) -> Record:
        """Give a document by its number.

        Raises:
            Refusal: there is none.
        """
        record = account.first(self.kind, number=number)
        if record is None:
            if account.first(self.kind, id=number):
                account.violations.append(f"the id {number} stands where a {self.kind} number is wanted")
            raise Refusal(f"There is no {self.kind} with that number")
        return record

    def get_by_id(self, account: Account, identity: int) -> Record | None:
        """Give a document by its id, None when there is none; a number given for an id is noted."""
        return account.first(self.kind, id=self._real_id(account, identity))

    def outward(self, account: Account, record: Record) -> dict[str, Any]:
        """Give a document as it goes out: sums from its lines, paid by its payments."""
        contact = account.first(self.contact, id=record.parent)
        lines = record.data["Lines"]
        net = sum((_net(line) for line in lines), Decimal(0))
        tax = sum((Decimal(line["VatAmount"]) for line in lines), Decimal(0))
        payments = account.all(f"{self.kind}_payment", parent=record.id)
        paid = sum((Decimal(each.data["PayAmount"]) for each in payments), Decimal(0))
        return record.data | {
            "InvoiceDBID": record.id,
            "InvoiceNumber": record.number,
            "CustomerID": record.parent,
            "Customer": contact.data.get("Name") if contact else "",
            "CustomerName": contact.data.get("Name") if contact else "",
            "NetAmount": net,
            "VATAmount": tax,
            "AmountPaid": paid,
            "Paid": int(bool(payments) and abs(paid) >= abs(net + tax)),
            "PermaLink": f"{account.base}/documents/{record.id}",
        }

    def _found(self, account: Account, **by: object) -> dict[str, Any]:
        record = account.first(self.kind, **by)
        if record:
            return self.outward(account, record)
        if account.settings.absent_is_refused:
            raise Refusal(f"There is no {self.kind} with that {next(iter(by))}")
        return {"Lines": []}

    def _descending(self, account: Account) -> list[dict[str, Any]]:
        records = sorted(account.all(self.kind), key=lambda record: -record.number)
        return [self.outward(account, record) for record in records]

    def _real_id(self, account: Account, identity: int) -> int:
        if account.first(self.kind, number=identity):
            account.violations.append(f"the number {identity} stands where a {self.kind} id is wanted")
        return identity

    def _remove(self, account: Account, record: Record | None) -> None:
        if record:
            self._refuse_locked(account, record.data["InvoiceDate"])
            account.store.remove(record.id, with_parts=True)

    def _refuse_locked(self, account: Account, day: str) -> None:
        lock = account.settings.lock_date
        if lock and day <= lock:
            raise Refusal(f"Transactions up to {date.fromisoformat(lock):%d/%m/%Y} are locked")

    def _checked(self, account: Account, sent: Values) -> dict[str, Any]:
        if not account.first(self.contact, id=sent.get("CustomerID", 0)):
            raise Refusal(f"There is no {self.contact} with that id")
        if sent["InvoiceDate"] == NO_DATE:
            account.violations.append(f"a {self.kind} without a date")
        self._refuse_locked(account, sent["InvoiceDate"])
        code = sent["CurrencyCode"]
        if code and not account.first("currency", code=code):
            raise Refusal(f"The currency {code} is not set up")
        if not sent["Lines"]:
            account.violations.append(f"a {self.kind} without lines")
        foreign = bool(code) and code != account.settings.currency
        factor = Decimal(sent["ExchangeRate"] or 1) if foreign else Decimal(1)
        lines = [_line(account, line, factor) for line in sent["Lines"] or []]
        return {name: sent[name] for name in HEADER if sent.get(name) is not None} | {"Lines": lines}


def _line(account: Account, line: Values, factor: Decimal) -> dict[str, Any]:
    """Keep a line as KashFlow does: Rate at two decimals, home amounts turned into the document's currency."""
    if not line["ValuesInCurrency"] and factor != 1:
        line = line | {"Rate": line["Rate"] * factor, "VatAmount": line["VatAmount"] * factor}
    rate = _two(line["Rate"])
    if rate != line["Rate"]:
        account.violations.append("a Rate with more than two decimals, which KashFlow does not keep")
    charge = line["ChargeType"]
    if charge and not account.first("nominal", id=charge):
        if any(each.data["Code"] == charge for each in account.all("nominal")):
            account.violations.append(f"the nominal code {charge} stands where a nominal id is wanted")
        raise Refusal(f"There is no nominal with the id {charge}")
    if line["ProductID"] and not account.first("sub_product", id=line["ProductID"]):
        account.violations.append(f"ProductID {line['ProductID']} is no sub-product")
    if line["ProjID"] and not account.first("project", id=line["ProjID"]):
        account.violations.append(f"ProjID {line['ProjID']} is no project")
    kept = {name: value for name, value in line.items() if value is not None and name != "ValuesInCurrency"}
    return kept | {"Rate": str(rate), "VatAmount": str(_two(line["VatAmount"])), "LineID": account.store.new_id()}


def _net(line: dict[str, Any]) -> Decimal:
    return _two(Decimal(line["Rate"]) * Decimal(line["Quantity"]))


def _two(value: Decimal) -> Decimal:
    return value.quantize(_PENNY, rounding=ROUND_HALF_UP)


def _passes(row: dict[str, Any], wanted: str) -> bool:
    left: Decimal = row["NetAmount"] + row["VATAmount"] - row["AmountPaid"]
    today = date.today().isoformat()  # noqa: DTZ011 - the service's own day
    return {
        "Paid": bool(row["Paid"]),
        "Unpaid": not row["Paid"],
        "Overpaid": left < 0,
        "Overdue": not row["Paid"] and str(row["DueDate"]) < today,
        "ThisMonth": str(row["InvoiceDate"])[:7] == today[:7],
    }[wanted]


RECEIPTS = Documents("receipt", "supplier")
INVOICES = Documents("invoice", "customer")
