"""What a firm's name looks like, and what stands in its place that is none."""

from __future__ import annotations

import re

from capture.reading.contacts import EMAIL
from capture.reading.dates import find_dates
from capture.reading.folding import any_of, fold, plain

LEGAL = any_of(
    r"""
    ltd|limited|llp|plc|l\.?l\.?c|inc|corp(?:oration)?|gmbh|ag|kg|ohg|ug|e\.?k|gbr|enterprises?|b\.?v|n\.?v
    trading(?! estate| hours| as\b)|sarl|sas|s\.?a|srl|spa|oy|ab|a/s|aps|pty|& sons?|& co|company|co-operative
    council|borough|partners(?:hip)?|a\.g|s/b|[s5]dn\.? ?bhd|bhd
    """,
    before=r"\b",
    after=r"\b\.?",
)
MALAYSIAN = re.compile(r"\b(?:[s5]dn\.? ?bhd|bhd|s/b)\b")
GENERIC = re.compile(
    r"^(?:sdn|bhd|ltd|limited|plc|llp|enterprises?|restaurant|restoran|trading|holdings?|resources|group|marketing|services?|"
    r"(?:borough|city|county|district|town|parish)council|hardware|stationery|industries|company|co|inc|corporation|malaysia|international|foods?|stores?|supermarket|and|the|of|"
    r"tradings?|m|uk|gmbh|partners|associates|solutions|systems)*$"
)
_HEADING = any_of(
    r"""
    (?:invoice|receipt|bill|check|statement|credit note|delivery note|quotation|quote|estimate|copy|order|folio)\b
    (?:rechnung|gutschrift|facture|factuur|sales?|cardholder|customer|merchant|original|refund|reprint|page|date)\b
    (?:parking receipt|payment receipt|proforma|purchase|cash|logo|tel|fax|table|welcome|thank|pay (?:&|and) display)\b
    (?:opening|shopping|business|trading) hours|\w*adres(?:se)?$|invoice$
    .*\b(?:details|information|summary|mode|id|bill)$
    .*\b(?:date|no|nr|number|our invoice|due|by)$|[\w-]*(?:datum|nummer|-?nr)$|fallig\w*(?: am)?$|echeance$
    """,
    before=(
        r"^(?:(?:simplified|sales|vat|tax|gst|cash|pro[ -]?forma|commercial|guest|your|the|copy|duplicate|project|"
        r"kopie|copie|uw|ihre|votre|advice|electricity|gas|energy|water|phone|mobile|booking)(?: ?/)? ?)*"
    ),
)
_NOT_NAME = any_of(
    r"""
    (?:br )?no\.?|lot|unit|suite|jalan|jln|tel|fax|phone|www|http|email|e-mail|vat|gst|tax|company|co\.? ?(?:no|reg)|reg
    date|time|invoice|inv|cashier|table|server|till|receipt|trans|order|attn|qty|item|description|total|amount|bill to
    sold to|ship to|store|branch|site|page|guest|customer|account|kunden|datum|lieferant$|supplier$|expires|issued|fee
    a (?:division|member|subsidiary|trading name) of|part of the|(?:for )?(?:the )?period
    accounts payable|purchase ledger|f\.?a\.?o|a/c
    ticket|machine|location|pump|mid|tid|aid|hi|dear|subject|valued|member|served|operator|terminal|room
    (?:sun|mon|sat) ?-|telephone|mobile|whatsapp|hours|open|closed|client|klant|kunde|buyer|kaufer
    """,
    before=r"^",
    after=r"(?![a-z])",
)
OWNED = re.compile(
    r"^(?:dimiliki(?: oleh)?|owned (?:and operated )?by|operated by|own by|trading as|t/a)\s?:?\s*", re.IGNORECASE
)
_DEPARTMENT = re.compile(
    r"\s(?:customer (?:services?|care|support)|accounts? (?:department|dept\.?|receivable)|billing department|"
    r"services? (?:clients?|abonnés?|facturation)|kundenservice|kundendienst|buchhaltung|klantenservice)$",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?<=\w)\s+(?:(?:tax|vat|sales|payment|cash|commercial|pro[ -]?forma) )*"
    r"(?:invoice|receipt|credit (?:note|memo)|rechnung|facture|factuur)$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:supplier|seller|vendor|merchant|from|lieferant|verkäufer|rechnungssteller|absender|fournisseur|vendeur|"
    r"émetteur|leverancier)\s*:\s*|^(?:sold|issued|supplied) by\b\s*:?\s*",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\s*\(?(?:co\.? ?(?:reg)?\.? ?(?:no)?[.:]? ?)?\(?[A-Z]{0,2}\d{5,}[\s-]*[A-Z]{0,2}\)?\s*$", re.IGNORECASE
)
_CODE = re.compile(r"[a-z]{1,4}\d{2,}")
_EDGES = re.compile(r"^[\s*.,:;_|·•-]*(?:={2,}|=\s)?[\s*.,:;_|·•-]*|[\s*.,:;=_|·•-]+$")  # one = may be the name's own


def may_be_name(text: str) -> bool:
    """Tell whether this may be a firm's name."""
    folded = fold(clean_name(text))
    letters = len(re.findall(r"[a-z]", folded))
    if letters < 3 or letters < 0.5 * len(folded.replace(" ", "")):
        return False
    if GENERIC.match(plain(folded)) or (_HEADING.search(folded) and not LEGAL.search(folded)):
        return False
    if _CODE.fullmatch(folded) or _NOT_NAME.search(folded) or list(find_dates(text)) or EMAIL.search(folded):
        return False
    return not re.search(r"\b(?:vat|tva|mwst)\b|\(?gst|vat no|reg\.? ?no|\bno\. ?:", folded)


def clean_name(text: str) -> str:
    """Give the name without what is printed around it, and with letters where OCR saw digits."""
    text = _LABEL.sub("", re.split(r"\s[•·|]\s", text)[0])
    legal = LEGAL.search(fold(text))
    if legal and re.match(r"\s*[,;-].*\d", fold(text)[legal.end() :]):  # its address follows
        text = text[: legal.end()]
    text = _EDGES.sub("", _NUMBER.sub("", OWNED.sub("", text)))
    text = _DEPARTMENT.sub("", text)
    text = text if _HEADING.search(fold(text)) else _TITLE.sub("", text)
    return re.sub(r"(?<![\d-])\b1(?=[A-Z]{3})", "I", re.sub(r"(?<=[A-Z])0(?=[A-Z])", "O", text))
