"""What else is printed about the firm that issued a document: telephone, addresses, company number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from capture.reading.candidates import Candidate
from capture.reading.folding import any_of, fold
from capture.reading.layout import Sheet
from capture.reading.parties import Parties

EMAIL = re.compile(r"[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
WEBSITE = re.compile(
    r"(?<![@a-z0-9.-])(?:https?://)?(?:www\.)?[a-z0-9-]{3,}\."
    r"(?:co\.uk|com\.my|org\.uk|com|net|org|uk|de|fr|nl|eu|ie|example|shop|io)\b(?:/\S*)?"
)
_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?) ?(\d[a-z]{2})\b")
_PHONE = re.compile(r"(?:tel(?:ephone)?|phone|ph|fon)?[.: ]*((?:\+\d{1,3}[ -]?)?(?:\(0?\d+\)|0\d)[\d ()-]{7,14}\d)")
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


def find_contacts(sheet: Sheet, parties: Parties) -> Iterator[tuple[str, Candidate]]:
    """Give what else is printed about the issuer, by field."""
    for line in sheet.lines:
        for cell in line.cells:
            if cell in parties.block:
                continue
            for field, pattern in _PATTERNS:
                match = pattern.search(fold(cell.text))
                if match:
                    value = " ".join(group for group in match.groups() if group) or match[0]
                    early = 1.0 - line.number / max(len(sheet.lines), 1)
                    value = value.upper() if pattern is _POSTCODE else value.strip()
                    yield field, Candidate(value, 1.0 + early, field.replace("_", " "), cell.part(*match.span()))


def find_domains(sheet: Sheet) -> set[str]:
    """Give the names in the document's web and mail addresses, without those of the big mail services."""
    text = fold(sheet.text)
    found = [match.split("@")[1] for match in EMAIL.findall(text)] + [match[0] for match in WEBSITE.finditer(text)]
    names = {re.sub(r"^(?:https?://)?(?:www\.)?", "", each).split(".")[0] for each in found}
    return {name.replace("-", "") for name in names if len(name) > 3} - _BIG_MAIL
