"""What rules set, and what an item's fields become by it: terms, templates, splits. Pure; total."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from core.money import format_money
from lists.service import EXEMPT
from rules.conditions import Facts

ENTRY_FIELDS = ("category", "payment_method", "bank_account", "project", "product", "source")
SETTABLE = (
    *("category", "vat_rate", "vat_treatment", "payment_method", "bank_account", "paid", "due_date", "project"),
    *("product", "source", "description", "currency", "kind", "document_type", "owner", "note", "split", "accept"),
)
WORDS = ("supplier", "customer", "date", "month", "year", "reference", "total", "currency", "channel", "owner")
_WORD = re.compile(r"\{(\w*)\}")


class VatTreatment(StrEnum):
    """How VAT is taken: as it was read; within the total at the item's rate; or none, for one of three reasons."""

    AS_READ = "as_read"
    INCLUSIVE = "inclusive"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"
    NO_VAT = "no_vat"


NO_TAX = {  # and the rate that goes with it
    VatTreatment.EXEMPT: EXEMPT,
    VatTreatment.REVERSE_CHARGE: "0",
    VatTreatment.NO_VAT: "0",
}


def due_on(terms: Mapping[str, Any], issued_on: date) -> date:
    """Give when a document of this date is due: so many days after it, or after the end of its month."""
    start = issued_on
    if terms.get("end_of_month"):
        start = issued_on.replace(day=monthrange(issued_on.year, issued_on.month)[1])
    try:
        return start + timedelta(days=int(terms.get("days", 0)))
    except OverflowError:
        return date.max


def fill(template: str, facts: Facts) -> str:
    """Put an item's values into a template's {words}; what is not known is left out."""
    day = facts.issued_on
    values = {
        "supplier": facts.supplier_name,
        "customer": facts.customer_name,
        "date": f"{day:%d/%m/%Y}" if day else None,
        "month": f"{day:%B %Y}" if day else None,
        "year": str(day.year) if day else None,
        "reference": facts.reference,
        "total": format_money(facts.total, facts.currency) if facts.total is not None else None,
        "currency": facts.currency,
        "channel": facts.channel_name,
        "owner": facts.owner_name,
    }
    text = _WORD.sub(lambda found: values.get(found.group(1)) or "", template)
    return " ".join(text.split())


def unknown_words(template: str) -> list[str]:
    """Give the {words} of a template that nothing stands for."""
    return [word for word in _WORD.findall(template) if word not in WORDS]
