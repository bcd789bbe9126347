"""What hangs on a document: payments, files and notes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kashflow.sandbox.account import Account, Refusal
from kashflow.sandbox.decoding import Values
from kashflow.sandbox.documents import INVOICES, RECEIPTS, Documents


@dataclass(frozen=True)
class Parts:
    """The operations on the parts of one kind of document; ``methods`` is the list its payment methods are in."""

    documents: Documents
    methods: str

    @property
    def _kind(self) -> str:
        return self.documents.kind

    @property
    def _noun(self) -> str:
        return self._kind.capitalize()

    def insert_payment(self, account: Account, values: Values) -> int:
        """InsertReceiptPayment, InsertInvoicePayment: gives the payment's id."""
        sent = values[f"{self._noun}Payment"] or {}
        if sent.get("PayID"):
            account.violations.append("a new payment brings an id")
        if not account.known(self.methods, sent["PayMethod"]):
            account.violations.append(f"PayMethod {sent['PayMethod']} is not in the list of {self._kind} methods")
        if not account.known("bank_account", sent["PayAccount"]):
            account.violations.append(f"PayAccount {sent['PayAccount']} is no bank account")
        document = self.documents.get(account, sent["PayInvoice"])
        data = {name: value for name, value in sent.items() if value is not None}
        return account.add(f"{self._kind}_payment", data, parent=document.id)

    def payments(self, account: Account, values: Values) -> list[dict[str, Any]]:
        """GetReceiptPayment, GetInvoicePayment: by the document's number."""
        document = account.first(self._kind, number=values[f"{self._noun}Number"])
        found = account.all(f"{self._kind}_payment", parent=document.id) if document else []
        return [each.data | {"PayID": each.id} for each in found]

    def delete_payment(self, account: Account, values: Values) -> int:
        """DeleteReceiptPayment, DeleteInvoicePayment: by the payment's id."""
        record = account.first(f"{self._kind}_payment", id=values[f"{self._noun}PaymentNumber"])
        if record:
            account.store.remove(record.id)
        return 0

    def attach(self, account: Account, values: Values) -> int:
        """AttachFileToReceipt, AttachFileToInvoice: by the document's number."""
        document = self.documents.get(account, values[f"{self._noun}No"])
        try:
            content = base64.b64decode(values["Base64String"] or "", validate=True)
        except binascii.Error as error:
            raise Refusal("The file is not valid base64") from error
        name = values["Filename"] or ""
        if not name or not values["FileExtension"] or values["FileExtension"].startswith("."):
            account.violations.append("a file needs a name, and an extension without a dot")
        if values["FileSize"] != str(len(content)):
            account.violations.append(f"FileSize says {values['FileSize']}, the file has {len(content)} bytes")
        if account.settings.dropbox:
            data = {
                "ReceiptID": document.id,
                "ActualFilename": name,
                "AmazonFilename": hashlib.sha256(content).hexdigest(),
                "UploadDate": datetime.now(UTC).date().isoformat(),
                "ContentType": values["ContentType"],
                "FileSize": str(len(content)),
                "FileExtension": values["FileExtension"],
            }
            account.add(f"{self._kind}_attachment", data, parent=document.id, content=content)
        return 1

    def attachments(self, account: Account, values: Values) -> list[dict[str, Any]]:
        """GetReceiptAttachments: by the document's id."""
        document = self.documents.get_by_id(account, values["ReceiptID"])
        found = account.all(f"{self._kind}_attachment", parent=document.id) if document else []
        return [
            each.data | {"AttachmentID": each.id, "FileURL": f"{account.base}/attachments/{each.id}"} for each in found
        ]

    def delete_attachment(self, account: Account, values: Values) -> int:
        """DeleteReceiptAttachment."""
        document = self.documents.get_by_id(account, values["ReceiptID"])
        record = account.first(f"{self._kind}_attachment", id=values["AttachmentID"])
        if document and record and record.parent == document.id:
            account.store.remove(record.id)
        return 0

    def insert_note(self, account: Account, values: Values) -> bool:
        """InsertReceiptNote, InsertInvoiceNote: by the document's id."""
        document = self.documents.get_by_id(account, values[f"{self._noun}Id"])
        if document is None:
            raise Refusal(f"There is no {self._kind} with that id")
        data = {"NoteDate": values["NoteDate"], "Notes": values["Notes"] or ""}
        account.add(f"{self._kind}_note", data, parent=document.id)
        return True

    def notes(self, account: Account, values: Values) -> list[dict[str, Any]]:
        """GetReceiptNotes, GetInvoiceNotes: by the document's id."""
        document = self.documents.get_by_id(account, values[f"{self._noun}Id"])
        found = account.all(f"{self._kind}_note", parent=document.id) if document else []
        return [each.data | {"NoteId": each.id, f"{self._noun}Id": each.parent} for each in found]


RECEIPT_PARTS = Parts(RECEIPTS, "purchase_method")
INVOICE_PARTS = Parts(INVOICES, "sale_method")
