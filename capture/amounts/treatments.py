"""What a VAT treatment makes of an item's amounts. Pure; whole pence."""

from __future__ import annotations

from dataclasses import replace

from capture.amounts.totals import Amounts, percent_of
from core.money import tax_within
from rules.settings import NO_TAX, VatTreatment


def treat(known: Amounts, treatment: VatTreatment) -> Amounts:
    """Give the amounts under a VAT treatment.

    Inclusive: the total holds VAT at the item's rate, whatever was read of it. Exempt, no VAT, and reverse charge (the
    customer accounts for the VAT, the supplier charges none: VATA 1994 sections 8 and 55A, HMRC VAT Notices 741A and
    735): the whole total is net.
    Without a total nothing follows.
    """
    if treatment in NO_TAX:
        rated = replace(known, vat_rate=NO_TAX[treatment])
        return rated if known.total is None else replace(rated, net=known.total, tax=0)
    if treatment is VatTreatment.INCLUSIVE and known.total is not None and known.vat_rate is not None:
        tax = tax_within(known.total, percent_of(known.vat_rate))
        return replace(known, tax=tax, net=known.total - tax)
    return known
