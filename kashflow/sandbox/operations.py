"""Which function carries out which operation, and how it is carried out as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kashflow.sandbox import lists
from kashflow.sandbox.account import Account, Refusal, check_entry, get_settings
from kashflow.sandbox.contacts import CUSTOMERS, SUPPLIERS
from kashflow.sandbox.decoding import Request, Values
from kashflow.sandbox.documents import INVOICES, RECEIPTS
from kashflow.sandbox.encoding import OF_2026
from kashflow.sandbox.parts import INVOICE_PARTS, RECEIPT_PARTS
from kashflow.sandbox.store import Store

Handler = Callable[[Account, Values], Any]


def _rows(kind: str) -> Handler:
    return lambda account, _: account.rows(kind)


HANDLERS: dict[str, Handler] = {
    "AutoAuthIP": lists.authorise_address,
    "GetCompanyDetails": lists.company,
    "isUserVATRegistered": lists.is_vat_registered,
    "GetRemoteLoginURL": lists.remote_login,
    "GetNominalCodesExtended": _rows("nominal"),
    "GetVATRates": _rows("vat_rate"),
    "GetSuppliers": SUPPLIERS.every,
    "GetCustomers": CUSTOMERS.every,
    "GetCustomerSources": _rows("source"),
    "GetProductsWithSubProducts": lists.products,
    "GetSubProducts": lists.sub_products,
    "GetProjects_Full": lists.projects,
    "GetCurrencies": _rows("currency"),
    "GetBankAccounts": _rows("bank_account"),
    "GetInvPayMethods": _rows("sale_method"),
    "GetRecPayMethods": _rows("purchase_method"),
    "GetSupplier": SUPPLIERS.by_code,
    "GetSupplierByID": SUPPLIERS.by_id,
    "InsertSupplier": SUPPLIERS.insert,
    "GetCustomer": CUSTOMERS.by_code,
    "GetCustomerByID": CUSTOMERS.by_id,
    "InsertCustomer": CUSTOMERS.insert,
    "InsertReceipt": RECEIPTS.insert,
    "InsertReceipt_TypeDefined": RECEIPTS.insert,
    "GetReceipt": RECEIPTS.by_number,
    "GetReceipt_TypeDefined": RECEIPTS.by_number,
    "GetReceipts": RECEIPTS.newest,
    "GetReceipts_Recent": RECEIPTS.recent,
    "GetReceiptsWithPaging": RECEIPTS.page,
    "GetReceiptsForSupplier": RECEIPTS.of_contact,
    "UpdateReceipt_TypeDefined": RECEIPTS.update,
    "DeleteReceipt": RECEIPTS.delete_by_number,
    "DeleteReceiptByID": RECEIPTS.delete_by_id,
    "InsertInvoice": INVOICES.insert,
    "InsertInvoice_TypeDefined": INVOICES.insert,
    "GetInvoice_TypeDefined": INVOICES.by_number,
    "GetInvoiceByID": INVOICES.by_id,
    "GetInvoices_Recent": INVOICES.recent,
    "GetInvoicesByDateRange": INVOICES.between,
    "GetInvoicesForCustomer_typeDefined": INVOICES.of_contact,
    "UpdateInvoice_TypeDefined": INVOICES.update,
    "DeleteInvoice": INVOICES.delete_by_number,
    "DeleteInvoiceByID": INVOICES.delete_by_id,
    "InsertReceiptPayment": RECEIPT_PARTS.insert_payment,
    "GetReceiptPayment": RECEIPT_PARTS.payments,
    "DeleteReceiptPayment": RECEIPT_PARTS.delete_payment,
    "InsertInvoicePayment": INVOICE_PARTS.insert_payment,
    "GetInvoicePayment": INVOICE_PARTS.payments,
    "DeleteInvoicePayment": INVOICE_PARTS.delete_payment,
    "AttachFileToReceipt": RECEIPT_PARTS.attach,
    "GetReceiptAttachments": RECEIPT_PARTS.attachments,
    "DeleteReceiptAttachment": RECEIPT_PARTS.delete_attachment,
    "AttachFileToInvoice": INVOICE_PARTS.attach,
    "InsertReceiptNote": RECEIPT_PARTS.insert_note,
    "GetReceiptNotes": RECEIPT_PARTS.notes,
    "InsertInvoiceNote": INVOICE_PARTS.insert_note,
    "GetInvoiceNotes": INVOICE_PARTS.notes,
}


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: what is answered, and which fields an older service would leave out."""

    values: dict[str, Any]
    without: frozenset[str] = frozenset()


def carry_out(store: Store, request: Request, *, address: str, base: str) -> Outcome:
    """Do what was asked for, whole or not at all."""
    name = request.operation.name
    username = request.values["UserName"] or ""
    without = OF_2026
    try:
        with store.transaction():
            settings = get_settings(store, username)
            without = frozenset() if settings.fields_of_2026 else OF_2026
            check_entry(settings, request.values["Password"] or "", address, name)
            account = Account(store, username, address=address, base=base, violations=request.violations)
            return Outcome(_answer(name, HANDLERS[name](account, request.values)), without)
    except Refusal as error:
        return Outcome({"Status": "NO", "StatusDetail": str(error)}, without)


def _answer(name: str, result: object) -> dict[str, Any]:
    answer: dict[str, Any] = {"Status": "OK", "StatusDetail": ""}
    if isinstance(result, dict) and f"{name}Result" in result:
        return answer | result
    return answer | {f"{name}Result": result}
