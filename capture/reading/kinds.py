"""What a document is: receipt, invoice, credit note, or nothing that VAT can be claimed from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from capture.reading.amounts import Amount
from capture.reading.candidates import Candidate
from capture.reading.folding import any_of, fold
from capture.reading.layout import Sheet
from capture.reading.model import DocumentType
from capture.reading.roles import Role

_CREDIT = any_of(
    r"""
    ^(?:(?:sales|vat|tax|purchase)[ -])?credit ?(?:note|memo|invoice)\b|^gutschrift|^(?:facture d')?avoir\b
    ^sales credit\b|^credit (?:no|number|to)\b|^credited to\b|credit note no
    ^creditnota|^creditfactuur|stornorechnung|^storno
    """
)
_NO_VAT = any_of(
    r"""
    ^(?:pro[ -]?forma(?: invoice)?|quotation|quote|estimate)\b
    ^(?:(?:advice|goods|collection) ?/ ?)?(?:delivery (?:note|docket)|despatch note|dispatch note)\b
    ^(?:packing (?:slip|list|note)|goods (?:received|delivered) note)\b
    ^(?:(?:account|customer|monthly) )?statement(?: of account)?\b|^(?:offerte|pakbon)\b
    ^(?:order (?:confirmation|acknowledge?ment)|sales order|purchase order|advice note|angebot)\b
    ^(?:remittance(?: advice)?|lieferschein|auftragsbestatigung|kontoauszug|bon de livraison|devis|booking conf\w*)\b
    not a (?:vat|tax) (?:invoice|receipt)|this is not an? (?:vat |tax )?(?:invoice|receipt)
    """
)
_INVOICE = any_of(
    r"""
    ^(?:(?:sales|vat|tax|commercial|final|service|simplified) )*invoice\b
    ^(?:hire|rental|repair|workshop|parts|labour|freight|trade|interim|monthly|account|self-billed) invoice$
    ^rechnung|^facture|^factuur
    invoice (?:no|number|date|#)|rechnungs(?:nummer|datum|-?nr)
    """
)
_RECEIPT = any_of(
    r"""
    \breceipt\b|\bchange\b|\bcash\b|\btill\b|(?<!received )(?<!received - )thank you|contactless|auth code
    pay & display|tunai|cashier
    \btisch\b|gegeben|zuruck\b|served by|\bserver\b|\bcovers\b|folio|please (?:keep|retain)|\bfare\b|\bpump\b
    """
)
_TITLES = {"receipt", "sales receipt", "vat receipt", "payment receipt", "your receipt", "cash sale", "cash receipt"}
_STAYS = ("guest folio", "guest invoice", "guest bill", "guest account", "folio", "hotel bill")
_STATEMENT = re.compile(r"(?:account |customer |monthly )?statement(?: of account)?|kontoauszug|releve de compte")
_NUMBER_LABEL = re.compile(r"[\s.-]*(?:no|nr|num|number|ref|reference|date|datum|dat|#|:|n°)\b")
_SLIP = any_of(
    r"""
    cardholder copy|customer copy|merchant copy|merchant id|\bmid\b|\btid\b|\baid\b|auth(?:orisation)? code
    pin verified|please debit
    """
)
_BOUGHT = any_of(r"""
    \b(?:ticket|parking|pay & display|journey|fare|pump|litres|travel|outward|booking)\b|\b(?:qty|quantity)\b
""")
_ASKS = any_of(
    r"""
    due date|payment due|sort code|iban|\bbacs\b|account n(?:o|umber)|terms|bank details|payable within
    remittance|direct debit|billing period|supply period|previous bill|uberweis|zahlbar|echeance|virement
    """
)


@dataclass(frozen=True)
class OwnBusiness:
    """Where our own business stands in a document: at its head, as the customer, beside another customer."""

    known: bool
    heads: bool = False
    receives: bool = False
    writes_to_others: bool = False
    only_vat_number: bool = False
    other_vat_number: bool = False


def find_types(
    sheet: Sheet, amounts: tuple[Amount, ...], *, customer: int, vat_shown: bool, paid: bool, due: bool
) -> Iterator[Candidate]:
    """Give what the document may be.

    ``customer`` is how many lines name one, ``paid`` whether a payment is shown, ``due`` whether a day to pay by is.
    """
    yield from _headings(sheet)
    text = fold(sheet.text)
    yield from _till(text, paid=paid)
    yield from _request(text, customer=customer, due=due)
    slip = len(set(_SLIP.findall(text)))
    if slip >= 2 and not vat_shown and not _has_items(amounts) and not _BOUGHT.search(text):
        yield Candidate(DocumentType.NOT_A_VAT_DOCUMENT, 2.0 + slip, "a card slip: no goods and no VAT")
    titles = [fold(cell.text).strip(" *-:") for line in sheet.lines[:10] for cell in line.cells]
    if any(title in _TITLES for title in titles):
        yield Candidate(DocumentType.RECEIPT, 2.0, "it calls itself a receipt")
    if any(title.startswith(_STAYS) for title in titles):
        yield Candidate(DocumentType.RECEIPT, 2.5, "it calls itself the bill of a stay")


def _till(text: str, *, paid: bool) -> Iterator[Candidate]:
    """Give what speaks for a receipt."""
    yield Candidate(DocumentType.RECEIPT, 0.4, "nothing says otherwise")
    marks = len(set(_RECEIPT.findall(text)))
    if marks:
        yield Candidate(DocumentType.RECEIPT, 0.6 * min(marks, 4), f"{marks} marks of a till")
    if paid:
        yield Candidate(DocumentType.RECEIPT, 1.2, "it shows the payment")


def _request(text: str, *, customer: int, due: bool) -> Iterator[Candidate]:
    """Give what speaks for an invoice: it names whom it asks, and by when."""
    if customer:
        yield Candidate(DocumentType.INVOICE, 1.6 if customer > 2 else 0.8, "it names a customer")
    asks = len(set(_ASKS.findall(text)))
    if asks:
        yield Candidate(DocumentType.INVOICE, 0.5 + 0.4 * min(asks, 3), "it asks to be paid")
    if due:
        yield Candidate(DocumentType.INVOICE, 1.2, "it says when it is due")


def is_statement(sheet: Sheet) -> bool:
    """Tell whether it is a statement of account: it repeats documents and has no total of its own."""
    cells = [fold(cell.text).strip(" *-:") for line in sheet.lines[:20] for cell in line.cells]
    return any(_STATEMENT.fullmatch(cell) for cell in cells)


def is_credit(sheet: Sheet) -> bool:
    """Tell whether it calls itself a credit note."""
    return any(_CREDIT.search(fold(cell.text).strip(" *-:#")) for line in sheet.lines[:20] for cell in line.cells)


def find_kinds(own: OwnBusiness) -> Iterator[Candidate]:
    """Give whether we bought or sold."""
    sale = 2.5 * own.heads + 1.0 * own.writes_to_others + 1.5 * own.only_vat_number
    if sale:
        yield Candidate("sale", sale, "our own business stands where the issuer does")
    if own.receives:
        yield Candidate("cost", 4.0, "it is addressed to our own business")
    if own.other_vat_number:
        yield Candidate("cost", 3.0, "the VAT number is another's")
    yield Candidate("cost", 1.2 if sale else 3.0 if own.known else 1.5, "we are not named as its issuer")


def _headings(sheet: Sheet) -> Iterator[Candidate]:
    """Give what short lines call the document, large ones at the top most of all."""
    body = sorted(line.span.height for line in sheet.lines)[len(sheet.lines) // 2] if sheet.lines else 1.0
    patterns = (
        (_CREDIT, DocumentType.CREDIT_NOTE, 4.5),
        (_NO_VAT, DocumentType.NOT_A_VAT_DOCUMENT, 4.5),
        (_INVOICE, DocumentType.INVOICE, 2.0),
    )
    invoiced = False
    for line in sheet.lines:
        for cell in line.cells:
            folded = fold(cell.text).strip(" *-:#")
            for pattern, kind, points in patterns:
                match = pattern.search(folded)
                if not match or len(folded) - len(match[0]) > 30 or cell.text.startswith("*"):
                    continue  # a sentence that mentions it, or a footnote
                if kind is DocumentType.NOT_A_VAT_DOCUMENT and _NUMBER_LABEL.match(folded, match.end()):
                    continue  # the number of another paper
                if match[0].startswith("remittance") and (invoiced or cell.top > 0.5 * cell.scale):
                    continue  # a slip to tear off
                invoiced |= kind is DocumentType.INVOICE
                exact = 1.0 if folded == match[0] else 0.0
                large = 0.5 if cell.height > 1.2 * body else 0.0
                early = 0.5 if line.number < 15 else 0.0
                yield Candidate(kind, points + exact + large + early, f'"{cell.text[:40]}"', cell)


def _has_items(amounts: tuple[Amount, ...]) -> bool:
    return sum(amount.role in {Role.OTHER, Role.NONE} for amount in amounts) >= 2
