"""What keeps an item from being published, in words. Pure: facts in, problems out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capture.amounts.totals import Amounts, Line, SumsDisagree, TaxLine, spread
from capture.reading.model import DocumentType
from kashflow.ledger import Kind


@dataclass(frozen=True)
class Problem:
    """One problem with the field to go to; ``blocks`` tells whether the item cannot be published with it."""

    code: str
    field: str
    message: str
    blocks: bool = True


@dataclass(frozen=True)
class Checked:
    """What of an item is looked at."""

    kind: Kind
    document_type: DocumentType
    has_party: bool
    has_date: bool
    has_category: bool
    amounts: Amounts
    similar_parties: Sequence[str] = ()  # known ones, where the read name is linked to none
    lines: Sequence[Line] = ()
    tax_lines: Sequence[TaxLine] = ()
    publishes_vat: bool = True
    is_foreign: bool = False
    currency: str = "GBP"
    has_exchange_rate: bool = False
    paid: bool = False
    has_payment_method: bool = False
    has_bank_account: bool = False
    gone: Sequence[tuple[str, str]] = ()  # fields whose entry is inactive, with its name
    kept_by: str | None = None  # the channel it came by, where that sends nothing to KashFlow


NEEDED = {
    "supplier": "supplier",
    "customer": "customer",
    "date": "date",
    "total": "total",
    "tax": "VAT",
    "vat_rate": "VAT rate",
    "category": "category",
    "document_type": "document type",
    "exchange_rate": "exchange rate",
}


def missing_fields(item: Checked) -> list[str]:
    """Name the fields that an item still needs before it can be published, in the order of the form."""
    amounts = item.amounts
    lined = bool(item.lines) and all(line.category_id is not None for line in item.lines)
    open_rate = amounts.vat_rate is None and bool(amounts.tax) and not _rates_known(item)
    wanting = {
        "document_type": item.document_type is DocumentType.NOT_A_VAT_DOCUMENT,
        "date": not item.has_date,
        "supplier": item.kind is Kind.COST and not item.has_party,
        "customer": item.kind is Kind.SALE and not item.has_party,
        "category": not item.has_category and not lined,
        "exchange_rate": item.is_foreign and not item.has_exchange_rate,
        "total": amounts.total is None,
        "tax": item.publishes_vat and amounts.tax is None,
        "vat_rate": item.publishes_vat and open_rate,
    }
    return [name for name, is_missing in wanting.items() if is_missing]


def find_problems(item: Checked) -> list[Problem]:
    """Give everything a person should know before publishing: what is missing (PUB-1), sums (PUB-2), and remarks."""
    missing = missing_fields(item)
    problems = [*(_need(name, item) for name in missing), *_about_sums(item, missing)]
    if item.similar_parties:
        side = "supplier" if item.kind is Kind.COST else "customer"
        text = f"KashFlow has no {side} of this name; similar: {', '.join(item.similar_parties)}. Choose, or create it."
        problems.append(Problem("PUB-6", side, text))
    for name, entry in item.gone:
        text = f"“{entry}” was removed or archived in KashFlow. Nothing was sent. Choose another, or refresh the list."
        problems.append(Problem("PUB-3", name, text))
    if item.kept_by is not None:
        text = f"What comes by “{item.kept_by}” is not sent to KashFlow. Nothing was sent. An administrator can change "
        problems.append(Problem("PUB-17", "channel", f"{text}this under Channels."))
    problems += _about_payment(item)
    if not item.publishes_vat and item.amounts.tax:
        text = "This connection sends no VAT; the VAT that the document shows will not reach the return."
        problems.append(Problem("PUB-5", "tax", text, blocks=False))
    return problems


def _about_sums(item: Checked, missing: Sequence[str]) -> list[Problem]:
    amounts = item.amounts
    if {"total", "tax", "vat_rate"} & set(missing) or None in {amounts.net, amounts.tax, amounts.total}:
        return []
    try:
        spread(amounts, item.lines, item.tax_lines, with_tax=item.publishes_vat)
    except SumsDisagree as error:
        return [Problem(error.code, error.field or "total", str(error))]
    return []


def _about_payment(item: Checked) -> list[Problem]:
    if item.paid and not item.has_payment_method:
        text = "Paid, but no payment method is chosen: it will be entered as unpaid."
        return [Problem("PUB-13", "payment_method", text, blocks=False)]
    if item.paid and not item.has_bank_account:
        text = "Paid, but its payment method has no bank account yet: choose one here, or link one to the method."
        return [Problem("PUB-13", "bank_account", text, blocks=False)]
    return []


def needs(missing: Sequence[str]) -> str:
    """Say in one sentence what is missing (PUB-1)."""
    return f"Needs: {list_needed(missing)}. Nothing was sent."


def list_needed(missing: Sequence[str]) -> str:
    """Name fields in words: category, total and VAT."""
    names = [NEEDED[name] for name in missing]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _need(name: str, item: Checked) -> Problem:
    if name == "document_type":
        text = "This looks like a statement, an order, a delivery note or a card slip, which is no evidence for VAT. "
        return Problem("CAP-6", name, f"{text}Archive it, or choose its type.")
    if name == "exchange_rate":
        text = f"The document is in {item.currency}; enter how many {item.currency} make one unit of your own currency."
        return Problem("PUB-1", name, text)
    return Problem("PUB-1", name, f"Needs: {NEEDED[name]}.")


def _rates_known(item: Checked) -> bool:
    if item.lines:
        return all(line.vat_rate is not None for line in item.lines)
    taxes = [line.tax for line in item.tax_lines if line.tax is not None]
    return bool(taxes) and sum(taxes) == item.amounts.tax
