"""What an amount is by the words beside it: total, VAT, net, cash given and so on, in the languages we meet."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from capture.reading.folding import any_of, fold


class Role(StrEnum):
    """What the words beside an amount call it."""

    TOTAL = "total"
    DUE = "amount due"
    SUBTOTAL = "subtotal"
    NET = "net"
    TAX = "tax"
    CASH = "cash given"
    CARD = "card"
    PAID = "paid"
    CHANGE = "change"
    ROUNDING = "rounding"
    DISCOUNT = "discount"
    SERVICE = "service"
    DEPOSIT = "deposit"
    OTHER = "other"
    NONE = "no words"


_TAX = (
    r"(?<![a-z])(?:v\.?a\.?t\b\.?|gst|sst|hst|sales tax|service tax|tax(?:es)?\b|mwst|mw\.st|ust\b|u\.st|umsatzsteuer|"
    r"mehrwertsteuer|steuer(?:betrag)?\b|tva|btw|iva)"
)
_EX = r"(?:before|excl\w*\.?|exc\.?|ex\b\.?|without|w/o|ohne|hors|zzgl\.?|zuzuglich|net of|less)"
_IN = r"(?:incl\w*\.?|inc\b\.?|inci\w+|with|inkl\w*\.?|including|ttc|mit|brutto)"
_SUM = (
    r"(?:total|totaal|tota[li1]|totai|amount|amnt|amt|sum|sales|summe|betrag|montant|somme|price|charges?|"
    r"rechnungssumme)"
)
_LEAD = (
    r"^(?:incl\w*\.?|inc\b\.?|of which|dont|davon|includes|\(?incl?usive\)?|plus|add|waarvan|darin)?[\s:]*"
    r"(?:total|totaal|montant|summe)?[\s:(@]*\d*[.,]?\d*\s?%?\s*"
)

_PATTERNS = (  # the first that fits decides
    (
        Role.OTHER,
        any_of(r"""
            ^(?:total )?(?:qty|quantity|items?|item count|no\.? of|number of)\b|points?\b|litres?\b|\bkwh\b
            total (?:qty|oty|quantity|items?|discount|saving)|balance brought|voucher value
            insurance premium|premium tax|\bipt\b|(?:city|tourist|tourism|road|eco) tax|kurtaxe
        """),
    ),
    (
        Role.CHANGE,
        any_of(r"\bchange\b|wechselgeld|ruckgeld|monnaie|wisselgeld|\bbaki\b|chg due|cash back"),
    ),
    (
        Role.TOTAL,
        any_of(rf"""
            {_SUM}[^:]*(?:after|aft\.?|incl\w*\.?|with) rounding|total rounded|rounded total|\btotal after (?:disc|adj)
        """),
    ),
    (Role.TOTAL, any_of(rf"^{_IN} {_TAX} (?:total|amount|price|value)|^gross(?: value)?$")),
    (Role.ROUNDING, any_of(r"\bround|rundung|arrondi|afronding|\brnd\b|pembundaran")),
    (Role.SUBTOTAL, any_of(r"sub ?-?_?tot|zwischensumme|sous-? ?total|subtot")),
    (Role.NET, any_of(rf"{_TAX}.*\b(?:net|on|auf|von|sur|van)$")),
    (Role.TAX, any_of(rf"total includes {_TAX}|includes {_TAX}")),
    (Role.SERVICE, any_of(r"svr tax|service tax|serv\w* tax")),
    (
        Role.NET,
        any_of(rf"""
            {_SUM}?[^:]*\b{_EX}\s*\(?(?:of\s)?{_TAX}|\bht\b|\bexcl\b|{_TAX} ?excl|taxable|vatable
            netto(?!.*brutto)|net (?:amount|value|total|amt|sales|goods)|nettobetrag|rechnungssumme ohne
            base (?:tva|imponible)|ohne ust|^total nett?\b
        """),
    ),
    (Role.TAX, any_of(rf"{_LEAD}{_TAX}(?!\s?(?:invoice|inclusive|no\b|reg))")),
    (
        Role.TOTAL,
        any_of(rf"{_SUM}[^:]*\b(?!with\b(?! {_TAX})){_IN}\b|\bttc\b|brutto|gross (?:total|amount)|total gross"),
    ),
    (Role.TOTAL, any_of(r"^you (?:pay|paid)\b|^credit (?:value|total|amount)|(?:amount|sum) (?:credited|refunded)")),
    (Role.TOTAL, any_of(rf"^(?:grand )?total\b(?!\s*(?:amount\s*)?(?:of\s*)?{_TAX}|\s*(?:qty|items?|disc))")),
    (
        Role.TAX,
        any_of(rf"{_TAX}\s*(?:@|at|amount|amt|payable|total|value|charged|\d|:|$|\()|total (?:amount )?(?:of )?{_TAX}"),
    ),
    (
        Role.DEPOSIT,
        any_of(r"""
            deposit|previous|brought forward|payments? received|acompte|anzahlung|last bill|prepaid|already paid
            paid to date|erhaltene|aanbetaling|\bcis\b|retention|withh(?:eld|olding)
        """),
    ),
    (
        Role.DISCOUNT,
        any_of(r"""
            discount|\bdisc\b|saving|rabatt|remise|korting|skonto|deduct|reduction|coupon|\boffer\b|multibuy|promo
        """),
    ),
    (
        Role.SERVICE,
        any_of(r"""
            serv(?:ice|\.)? ?(?:charge|chrg|chg|tax)|svc|s\.?c\.? ?\d|gratuity|\btips?\b
            \d ?% service|service \d|^service$|staff service|cover charge|serv\. charge
            (?:optional|discretionary|suggested|added) (?:service|gratuity|tip)
            trinkgeld|pourboire
        """),
    ),
    (
        Role.SUBTOTAL,
        any_of(r"total goods|goods total|food ?(?:&|and) ?drink|positionssumme|total before|merchandise|items total"),
    ),
    (
        Role.CARD,
        any_of(
            r"""
            visa|master ?card|maestro|amex|american express|debit|credit card|contactless|eftpos|eft|paywave
            (?:(?:by|bank|on|to|payment|paid) )card|card (?:payment|sale|amount|total|tender|paid|charged?)
            apple pay|google pay|carte|karte|pin|girocard|ec-cash|sale amount|paypal
            """,
            before=r"\b",
            after=r"\b",
        ),
    ),
    (Role.CARD, any_of(r"^(?:your )?card\b(?! holder)")),  # other cards are goods
    (Role.CASH, any_of(r"\bcash\b|tender|tunai|\bbar\b|gegeben|especes|contant|amount received|received|cheque")),
    (Role.PAID, any_of(r"^paid\b|amount paid|paid amount|payment|\bbezahlt|paye\b|betaald")),
    (
        Role.DUE,
        any_of(r"""
            amount due|balance|total due|to pay|payable|net a payer|zahlbetrag|te betalen|zu zahlen|zahlen|outstanding
            now due|a payer|remaining|to be paid|please pay|verschuldigd
        """),
    ),
    (
        Role.TOTAL,
        any_of(r"""
            total|totaal|tota1|totai|iotal|t0tal|summe|gesamt|somme|rechnungsbetrag|endbetrag|grand|fare\b|fee paid
            credit due|factuurbedrag|amount$|jumlah|sum\b|\bdue\b|invoice value|bill amount|order value
        """),
    ),
    (Role.NET, any_of(r"\bnett?\b|goods\b|\bnetto\b|warenwert")),
)

_STRONG = any_of(r"""
    grand|invoice total|amount (?:due|payable)|to pay|gesamtbetrag|rechnungsbetrag|bruttosumme|ttc|net a payer
    total (?:due|paid|of|payable|to pay|amount|charged|gbp|eur|usd|sales|invoice|for|charges|cost|price|rm|in |\()
    te betalen|incl|rounded|after rounding|to be paid|^total:?$|endbetrag|summe gesamt|total (?:facture|rechnung)
    balance due
""")


_CURRENCY = re.compile(r"\b(?:rm|gbp|eur|usd|myr)\b")
_WORD = re.compile(r"[a-z]{2}|(?:[a-z]\.){2}")
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[01](?=[a-z]|\b)|\b[01](?=[a-z]{3})")


def _repair(text: str) -> str:
    """Put letters where OCR saw digits in a word, and undo its commonest slips."""
    text = _DIGIT_IN_WORD.sub(lambda match: {"0": "o", "1": "l"}[match[0]], text)
    return (
        text.replace("rnt", "mt")
        .replace("arno", "amo")
        .replace("pald", "paid")
        .replace("totai", "total")
        .replace("inel", "incl")
    )


def has_letters(text: str) -> bool:
    """Tell whether the text has a word in it, if only V.A.T., other than a currency."""
    return bool(_WORD.search(_CURRENCY.sub("", fold(text))))


@lru_cache(maxsize=5_000)
def role_of(label: str) -> Role:
    """Give what these words call an amount."""
    folded = _repair(fold(label)).strip(" :.-*#")
    if not has_letters(folded):
        return Role.NONE
    return next((role for role, pattern in _PATTERNS if pattern.search(folded)), Role.OTHER)


def is_strong(label: str) -> bool:
    """Tell whether the words name the final amount, not just any total."""
    return bool(_STRONG.search(fold(label).strip(" :.-*#")))
