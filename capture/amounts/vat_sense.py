"""Whether an item's VAT makes sense: warnings with their reason and source. Pure; they never alter what is printed.

Sources: VAT Notice 700 (the VAT guide), VAT Regulations 1995 (SI 1995/2518) and the Value Added Tax Act 1994 (VATA).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stdnum.gb import vat as gb

from capture.amounts.totals import EXEMPT, TaxLine, percent_of
from capture.checking import Problem
from capture.reading.model import DocumentType
from core.money import format_money, share
from kashflow.ledger import Kind

SIMPLIFIED_UP_TO = 250_00  # pence, VAT included
YEARS = 4
UK_PREFIXES = ("GB", "XI")
STANDARD, REDUCED, ZERO = Decimal(20), Decimal(5), Decimal(0)
HOSPITALITY = Decimal("12.5")
PERIODS = (  # percent, first and last day on which it was charged
    (ZERO, date(1973, 4, 1), date.max),
    (REDUCED, date(1997, 9, 1), date.max),
    (STANDARD, date(2011, 1, 4), date.max),
    (Decimal("17.5"), date(2010, 1, 1), date(2011, 1, 3)),
    (Decimal(15), date(2008, 12, 1), date(2009, 12, 31)),
    (Decimal("17.5"), date(1991, 4, 1), date(2008, 11, 30)),
    (HOSPITALITY, date(2021, 10, 1), date(2022, 3, 31)),
)


@dataclass(frozen=True)
class VatFacts:
    """What of an item is looked at; amounts in hundredths of its currency.

    ``vat_number`` is the supplier's, as read or as KashFlow has it; ``own_name_read`` tells whether the document names
    its customer; ``read_type`` is what the document looked like; ``twin`` names an item with the same reference.
    """

    kind: Kind
    today: date
    document_type: DocumentType = DocumentType.INVOICE
    read_type: DocumentType | None = None
    net: int | None = None
    tax: int | None = None
    total: int | None = None
    vat_rate: str | None = None
    tax_lines: Sequence[TaxLine] = ()
    line_count: int = 0
    currency: str = "GBP"
    own_currency: str = "GBP"
    vat_number: str | None = None
    reference: str | None = None
    own_name_read: bool = False
    issued_on: date | None = None
    open_from: date | None = None
    twin: int | None = None

    @property
    def reclaims(self) -> bool:
        """Whether VAT of a cost would be reclaimed by it."""
        return self.kind is Kind.COST and bool(self.tax)


Check = Callable[[VatFacts], Iterator[Problem]]


def find_warnings(facts: VatFacts) -> list[Problem]:
    """Give everything about an item's VAT that a person should look at."""
    return [problem for check in CHECKS for problem in check(facts)]


def check_rows(facts: VatFacts) -> Iterator[Problem]:
    """VAT-1: in each row of a VAT summary net and VAT give the gross, within a penny.

    VAT Regulations 1995, regulation 14(1)(h), (i) and (l): a VAT invoice states rate and net of what was supplied, the
    net total, and the total of the VAT.
    """
    for row in facts.tax_lines:
        if None not in {row.net, row.tax, row.gross} and abs(_sum(row)) > 1:
            text = f"At {_rate(row.percent)} net {_money(row.net, facts)} and VAT {_money(row.tax, facts)} do not make "
            yield _warn("VAT-1", "tax", f"{text}{_money(row.gross, facts)}.")


def check_rates(facts: VatFacts) -> Iterator[Problem]:
    """VAT-2: the VAT is that of a rate that was charged in the United Kingdom on the day, row by row.

    VATA sections 2 (standard rate, 20 per cent since 4 January 2011), 29A (reduced rate) and 30 (zero rate); 12.5 per
    cent for hospitality from 1 October 2021 to 31 March 2022. Rounding: Notice 700 paragraph 17.5 lets each
    line be rounded, so a penny a line is allowed.
    """
    rows = [row for row in facts.tax_lines if row.net is not None and row.tax is not None]
    if not rows and facts.vat_rate is not None and facts.net is not None and facts.tax is not None:
        rows = [TaxLine(facts.vat_rate, facts.net, facts.tax)]
    for row in rows:
        if row.percent != EXEMPT and not _is_charged(Decimal(row.percent), facts.issued_on or facts.today):
            yield _warn("VAT-2", "vat_rate", f"{_rate(row.percent)} is no rate of UK VAT on that day.")
        elif _is_off(row, facts):
            wanted = _money(share(row.net or 0, percent_of(row.percent)), facts)
            text = f"VAT {_money(row.tax, facts)} is not {_rate(row.percent)} of {_money(row.net, facts)} ({wanted})."
            yield _warn("VAT-2", "tax", text)
    if not rows and facts.net and facts.tax and abs(facts.tax) > abs(share(facts.net, STANDARD)) + _slack(facts):
        text = f"VAT {_money(facts.tax, facts)} is more than 20% of the net, {_money(facts.net, facts)}."
        yield _warn("VAT-2", "tax", text)


def check_number(facts: VatFacts) -> Iterator[Problem]:
    """VAT-3: whoever charges VAT shows a UK VAT number, and it is one (format and check digits).

    Notice 700 paragraphs 16.3 and 16.6: full and simplified invoices both show the supplier's registration number.
    """
    if not facts.reclaims or _is_foreign(facts):
        return
    if not facts.vat_number:
        yield _warn("VAT-3", "tax", "VAT is charged, but the supplier shows no VAT number: it may not be reclaimable.")
    elif not gb.is_valid(facts.vat_number.upper().removeprefix("GB").removeprefix("XI")):
        yield _warn("VAT-3", "tax", f"{facts.vat_number} is no UK VAT number; a digit is wrong, or it is made up.")


def check_foreign(facts: VatFacts) -> Iterator[Problem]:
    """VAT-4: VAT of another country is not reclaimed on a UK return.

    Notice 723A: it is refunded by the country that charged it, if at all.
    """
    if not facts.reclaims:
        return
    if _is_foreign(facts):
        text = f"The VAT number {facts.vat_number} is of another country: its VAT is not reclaimed on a UK return."
        yield _warn("VAT-4", "tax", text)
    elif facts.currency != facts.own_currency and not facts.vat_number:
        text = (
            f"VAT in {facts.currency} without a UK VAT number is likely that of another country, not reclaimable here."
        )
        yield _warn("VAT-4", "tax", text)


def check_full_invoice(facts: VatFacts) -> Iterator[Problem]:
    """VAT-5: over £250 a simplified invoice does not do; a full one has a number and names the customer.

    VAT Regulations 1995, regulations 14 and 16A; Notice 700 paragraphs 16.3 and 16.6.
    """
    if not facts.reclaims or facts.currency != "GBP" or abs(facts.total or 0) <= SIMPLIFIED_UP_TO:
        return
    lacking = [
        name for name, is_there in (("a number", facts.reference), ("your name", facts.own_name_read)) if not is_there
    ]
    if lacking:
        text = (
            f"Over £250 a full VAT invoice is needed; this one lacks {' and '.join(lacking)}. Ask the supplier for one."
        )
        yield _warn("VAT-5", "document_type", text)


def check_document(facts: VatFacts) -> Iterator[Problem]:
    """VAT-6: a statement, order confirmation, pro-forma or card slip is no evidence for VAT.

    VAT Regulations 1995, regulation 29(2): input tax is claimed by a document under regulation 13, a VAT invoice.
    """
    if facts.reclaims and DocumentType.NOT_A_VAT_DOCUMENT is facts.read_type is not facts.document_type:
        text = (
            "The document looks like no VAT invoice (a statement, an order, a card slip): its VAT is not reclaimable."
        )
        yield _warn("VAT-6", "document_type", text)


def check_day(facts: VatFacts) -> Iterator[Problem]:
    """VAT-7: not in the future. VAT-8: reclaimed within four years. PUB-8: not in a period that is closed.

    VAT Regulations 1995, regulation 29(1A): four years after the return was due for the first period in which it could
    have been claimed; the date of the document is the nearest that is known.
    """
    if facts.issued_on is None:
        return
    if facts.issued_on > facts.today + timedelta(days=1):  # it may be tomorrow somewhere
        yield _warn("VAT-7", "date", f"{facts.issued_on:%d %b %Y} is in the future.")
    if facts.reclaims and facts.issued_on < _years_before(facts.today):
        yield _warn("VAT-8", "date", f"{facts.issued_on:%d %b %Y} is over four years ago: too late to reclaim its VAT.")
    if facts.open_from is not None and facts.issued_on < facts.open_from:
        text = f"{facts.issued_on:%d %b %Y} lies before {facts.open_from:%d %b %Y}, from when on items are published."
        yield _warn("PUB-8", "date", text)


def check_twin(facts: VatFacts) -> Iterator[Problem]:
    """VAT-9: a supplier's reference comes once; twice is the same invoice, and its VAT would be reclaimed twice.

    VAT Regulations 1995, regulation 14(1)(a): a VAT invoice has a sequential number that identifies it uniquely.
    """
    if facts.twin is not None:
        yield _warn("VAT-9", "reference", f"Item {facts.twin} has the same reference, {facts.reference}: a duplicate?")


CHECKS: tuple[Check, ...] = (
    *(check_rows, check_rates, check_number, check_foreign),
    *(check_full_invoice, check_document, check_day, check_twin),
)


def _warn(code: str, field: str, message: str) -> Problem:
    return Problem(code, field, message, blocks=False)


def _sum(row: TaxLine) -> int:
    return (row.net or 0) + (row.tax or 0) - (row.gross or 0)


def _is_charged(percent: Decimal, day: date) -> bool:
    return any(percent == rate and first <= day <= last for rate, first, last in PERIODS)


def _is_off(row: TaxLine, facts: VatFacts) -> bool:
    return abs(share(row.net or 0, percent_of(row.percent)) - (row.tax or 0)) > _slack(facts)


def _slack(facts: VatFacts) -> int:
    return 1 + facts.line_count


def _is_foreign(facts: VatFacts) -> bool:
    number = (facts.vat_number or "").upper().replace(" ", "")
    return number[:2].isalpha() and not number.startswith(UK_PREFIXES)


def _years_before(day: date) -> date:
    try:
        return day.replace(year=day.year - YEARS)
    except ValueError:  # 29 February
        return day.replace(year=day.year - YEARS, day=28)


def _rate(percent: str) -> str:
    return "exempt" if percent == EXEMPT else f"{percent}%"


def _money(amount: int | None, facts: VatFacts) -> str:
    return format_money(amount or 0, facts.currency)
