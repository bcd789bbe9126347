"""What else is printed about the firm that issued a document: telephone, addresses, company number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from capture.reading.candidates import Candidate
from capture.reading.folding import any_of, fold, plain
from capture.reading.layout import Sheet, Span

EMAIL = re.compile(r"[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
WEBSITE = re.compile(
    r"(?<![@a-z0-9.-])(?:https?://)?(?:www\.)?[a-z0-9-]{3,}\."
    r"(?:co\.uk|com\.my|org\.uk|com|net|org|uk|de|fr|nl|eu|ie|example|shop|io)\b(?:/\S*)?"
)
_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?) ?(\d[a-z]{2})\b")
_PHONE = re.compile(
    r"\b(?:tel(?:efon|ephone)?|phone|ph|fon|mobile|call)[ .:]{0,4}([+(\d][\d ()/.-]{6,16}\d)|"
    r"(?<![\w/.+-])((?!\d\d-\d\d-)(?=\d{10,11}(?!\d)|[+\d]*[ ()/-])(?:\+\d{1,3}|\(?0[1-9])[\d ()-]{7,14}\d)(?![\d/.:])"
)
_NO_PHONE = re.compile(
    r"(?:vat|tva|ust|btw|siret|siren|iban|bic|konto|account|kvk|klant|kunden|customer|hrb|rcs|reg|fax|gst|gln|invoice|"
    r"rechnung|facture|factuur|steuer|routing|no|nr|n°)\W*(?:[a-z.-]{0,14}\W*)?$"
)
_COMPANY = re.compile(r"(?:company|co\.?|registered in england|reg(?:istration)?\.?)[^\d]{0,28}(\d{8})(?!\d)")
_BIG_MAIL = {
    "gmail",
    "yahoo",
    "hotmail",
    "outlook",
    "facebook",
    "localhost",
    "instagram",
    "btinternet",
    "icloud",
    "live",
}
_PATTERNS = (
    ("supplier_email", EMAIL),
    ("supplier_website", WEBSITE),
    ("supplier_phone", _PHONE),
    ("supplier_postcode", _POSTCODE),
    ("company_number", _COMPANY),
)
ADDRESS = any_of(r"""
    \b(?:road|rd|street|st|lane|avenue|ave|jalan|jln|lot|taman|floor|unit|suite|square|sq|park|place|drive|close)\b
    \b(?:way|strasse|str|rue|straat|p\.?o\.? ?box|ind(?:ustrial)? est|estate|kawasan|lorong|persiaran|house|bandar)\b
    seksyen|strasse\b|\b\d{4,5} [a-z]|\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b
""")


def find_contacts(sheet: Sheet, block: frozenset[Span], name: str) -> Iterator[tuple[str, Candidate]]:
    """Give what else is printed about the issuer, by field; an address in the web named after them is theirs."""
    for line in sheet.lines:
        for cell in line.cells:
            if cell in block:
                continue
            for field, pattern in _PATTERNS:
                folded = fold(cell.text)
                match = pattern.search(folded)
                if match and not (pattern is _PHONE and _NO_PHONE.search(folded[: match.start()])):
                    value = " ".join(group for group in match.groups() if group) or match[0]
                    early = 1.0 - line.number / max(len(sheet.lines), 1)
                    value = value.upper() if pattern is _POSTCODE else value.strip()
                    theirs = 1.5 if any(in_domain(name, domain) for domain in _domains(match[0])) else 0.0
                    score = 1.0 + early + theirs
                    yield field, Candidate(value, score, field.replace("_", " "), cell.part(*match.span()))


def find_domains(sheet: Sheet) -> set[str]:
    """Give the names in the document's web and mail addresses, without those of the big mail services."""
    return _domains(fold(sheet.text))


def _domains(text: str) -> set[str]:
    found = [match.split("@")[1] for match in EMAIL.findall(text)] + [match[0] for match in WEBSITE.finditer(text)]
    names = {re.sub(r"^(?:https?://)?(?:www\.)?", "", each).split(".")[0] for each in found}
    return {name.replace("-", "") for name in names if len(name) > 3} - _BIG_MAIL


def in_domain(name: str, domain: str) -> bool:
    """Tell whether a web address is named after the firm: at least half of the name, or its beginning."""
    compact = plain(name)
    if compact == domain:
        return True
    if len(compact) < 5 or len(domain) < 4:
        return False
    inside = domain in compact and 2 * len(domain) >= len(compact)
    return inside or domain.startswith(compact) or (len(domain) > 7 and compact.startswith(domain[:8]))
