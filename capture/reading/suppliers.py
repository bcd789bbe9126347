"""Who issued the document: the name at its head, and what else is printed about the firm."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

from capture.reading.candidates import Candidate
from capture.reading.dates import find_dates
from capture.reading.folding import any_of, fold, plain, words
from capture.reading.layout import Line, Sheet, Span
from capture.reading.parties import Parties

HEAD_LINES = 12
_LEGAL = any_of(
    r"""
    ltd|limited|llp|plc|l\.?l\.?c|inc|corp(?:oration)?|gmbh|ag|kg|ohg|ug|e\.?k|gbr|sdn\.? ?bhd|bhd|s/b
    enterprises?|trading|b\.?v|n\.?v|sarl|sas|s\.?a|srl|spa|oy|ab|a/s|aps|pty|& sons?|& co\b|company
    co-operative|council|borough|partners(?:hip)?|a\.g
    """,
    before=r"\b",
    after=r"\b\.?",
)
_TRADE = any_of(
    r"""
    hotel|inn|arms|cafe|coffee|restaurant|restoran|bakery|bar|bistro|pub|garage|stores?|shop|market|supermarket
    pharmacy|chemist|stationers?|hardware|services?|supplies|fuels?|station|taxis?|cars?|foods?|kitchen|books?
    electrical|motors?|bank|college|school|university|parking
    """,
    before=r"\b",
    after=r"\b",
)
_HEADING = any_of(
    r"""
    (?:invoice|receipt|bill|check|statement|credit note|delivery note|quotation|quote|estimate|copy|order|folio)\b
    (?:rechnung|gutschrift|facture|factuur|sales?|cardholder|customer|merchant|original|refund|reprint|page|date)\b
    (?:parking receipt|payment receipt|proforma|purchase|cash|logo|tel|fax|table|welcome|thank|pay (?:&|and) display)\b
    """,
    before=r"^(?:(?:simplified|sales|vat|tax|gst|cash|pro ?forma|commercial|guest|your|the|copy|duplicate|project) )*",
)
_NOT_NAME = any_of(
    r"""
    no\.?|lot|unit|suite|jalan|jln|tel|fax|phone|www|http|email|e-mail|vat|gst|tax|company|co\.? ?(?:no|reg)|reg
    date|time|invoice|inv|cashier|table|server|till|receipt|trans|order|attn|qty|item|description|total|amount
    bill to|sold to|ship to|store|branch|site|page|guest|customer|account|kunden|datum|lieferant$|supplier$
    expires|issued|fee|ticket|machine|reg|period|location|pump|mid|tid|aid|your|hi|dear|subject
    """,
    before=r"^",
    after=r"\b",
)
_ADDRESS = any_of(r"""
    \b(?:road|rd|street|st|lane|avenue|ave|jalan|jln|lot|taman|floor|unit|suite|square|sq|park|place|drive|close)\b
    \b(?:way|strasse|str|rue|straat|p\.?o\.? ?box|ind(?:ustrial)? est|estate|kawasan|lorong|persiaran|house|bandar)\b
    seksyen|strasse\b|\b\d{4,5} [a-z]|\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b
""")
_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?) ?(\d[a-z]{2})\b")
_PHONE = any_of(
    r"""
    tel(?:ephone)?|phone|ph|t|fon
    """,
    after=r"?[.: ]*((?:\+\d{1,3}[ -]?)?(?:\(0?\d+\)|0\d)[\d ()-]{7,14}\d)",
)
_EMAIL = re.compile(r"[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_WEBSITE = re.compile(
    r"(?<![@a-z0-9.-])(?:https?://)?(?:www\.)?[a-z0-9-]{3,}\.(?:co\.uk|com\.my|org\.uk|com|net|org|"
    r"uk|de|fr|nl|eu|ie|example|shop|io)\b(?:/\S*)?"
)
_LABEL = any_of(
    r"""
    supplier|seller|vendor|from|lieferant|verkaufer|fournisseur|vendeur|leverancier|merchant|sold by|issued by
    name
    """,
    before=r"^",
    after=r"\s?:?\s*(?=[a-z]|$)",
)
_FOOT = re.compile(
    r"([a-z][\w&'.,() -]{2,50}?(?:ltd|limited|plc|llp)\b\.?)[ ,]*(?:registered|reg\b|is registered|\(?reg|company)"
)
_PAYEE = any_of(
    r"""
    titulaire du compte|kontoinhaber|account name|beneficiary|payee|cheques? payable to|beneficiaire
    """,
    after=r"\s?:?\s*(.+)$",
)
_OWNED = re.compile(r"^(?:dimiliki|owned by|operated by|own by|trading as|t/a)\s?:?\s*")


def find_suppliers(sheet: Sheet, parties: Parties) -> Iterator[Candidate]:
    """Give the names the issuer may have."""
    body = statistics.median(line.span.height for line in sheet.lines) if sheet.lines else 1.0
    domains = _domains(sheet)
    rank = 0
    for line in sheet.lines[: HEAD_LINES * 2]:
        for index, cell in enumerate(line.cells):
            if line.page != sheet.lines[0].page or not _may_be_name(cell, parties):
                continue
            score, why = _head_score(sheet, line, cell, rank, body)
            rank += 1
            if any(_in_domain(cell.text, domain) for domain in domains):
                score, why = score + 2.0, why + ", its web or mail address names it"
            if index:
                score -= 0.3
            yield Candidate(_clean(cell.text), score, why, cell)
    yield from _labelled(sheet, parties)


def find_contacts(sheet: Sheet, parties: Parties) -> Iterator[tuple[str, Candidate]]:
    """Give what else is printed about the issuer, by field."""
    patterns = (
        ("supplier_email", _EMAIL),
        ("supplier_website", _WEBSITE),
        ("supplier_phone", _PHONE),
        ("supplier_postcode", _POSTCODE),
    )
    for line in sheet.lines:
        for cell in line.cells:
            if cell in parties.block:
                continue
            for field, pattern in patterns:
                match = pattern.search(fold(cell.text))
                if match:
                    value = f"{match[1]} {match[2]}".upper() if pattern is _POSTCODE else match[match.lastindex or 0]
                    early = 1.0 - line.number / max(len(sheet.lines), 1)
                    yield (
                        field,
                        Candidate(
                            value.strip(), 1.0 + early, field.removeprefix("supplier_"), cell.part(*match.span())
                        ),
                    )
            found = re.search(
                r"(?:company|co\.?|registered in england|reg(?:istration)?\.?)[^\d]{0,28}(\d{8})(?!\d)", fold(cell.text)
            )
            if found:
                yield "company_number", Candidate(found[1], 2.0, "company number", cell.part(*found.span(1)))


def _may_be_name(cell: Span, parties: Parties) -> bool:
    folded = fold(cell.text).strip(" -*.:=_")
    letters = len(re.findall(r"[a-z]", folded))
    if letters < 3 or letters < 0.5 * len(folded.replace(" ", "")) or cell in parties.block:
        return False
    if _HEADING.search(folded) and not _LEGAL.search(folded):
        return False
    if _NOT_NAME.search(folded) or list(find_dates(cell.text)) or _EMAIL.search(folded):
        return False
    return not re.search(r"\(?gst|vat no|reg\.? ?no|\bno\. ?:", folded)


def _head_score(sheet: Sheet, line: Line, cell: Span, rank: int, body: float) -> tuple[float, str]:
    folded = fold(cell.text)
    score, why = 3.0 - 0.8 * rank, f"name {rank + 1} from the top"
    if _LEGAL.search(folded):
        score, why = score + 1.6, why + ", a legal form"
    elif _TRADE.search(folded):
        score += 0.6
    if cell.height > 1.25 * body:
        score, why = score + min(2.0, 2 * (cell.height / body - 1)), why + ", in large letters"
    if _ADDRESS.search(folded) and not _LEGAL.search(folded):
        score -= 2.0
    if any(_ADDRESS.search(fold(other.text)) for other in sheet.lines[line.number + 1 : line.number + 4]):
        score += 0.5
    if len(words(cell.text)) > 7:
        score -= 2.0
    if cell.text.rstrip().endswith(":") or ("," in cell.text and not _LEGAL.search(folded)):
        score -= 1.0
    return score, why


def _labelled(sheet: Sheet, parties: Parties) -> Iterator[Candidate]:
    for line, index in sheet.cells:
        cell = line.cells[index]
        folded = fold(cell.text)
        foot = _FOOT.search(folded)
        if foot and cell not in parties.block:
            yield Candidate(
                _clean(cell.text[foot.start(1) : foot.end(1)]), 1.5, "registered name", cell.part(*foot.span(1))
            )
        payee = _PAYEE.search(folded)
        if payee:
            yield Candidate(
                _clean(cell.text[payee.start(1) : payee.end(1)]), 2.0, "account holder", cell.part(*payee.span(1))
            )
        label = _LABEL.match(folded)
        if label and cell not in parties.block:
            target = (
                cell.part(label.end(), len(cell.text))
                if label.end() < len(folded)
                else next(iter(sheet.below(cell, line)), None)
            )
            if target and target not in parties.block and _may_be_name(target, parties):
                yield Candidate(_clean(target.text), 2.0, f'"{label[0].strip()}"', target)


def _domains(sheet: Sheet) -> set[str]:
    """Give the names in the document's web and mail addresses, without those of the big mail services."""
    text = fold(sheet.text)
    found = [match.split("@")[1] for match in _EMAIL.findall(text)] + [match[0] for match in _WEBSITE.finditer(text)]
    names = {re.sub(r"^(?:https?://)?(?:www\.)?", "", each).split(".")[0] for each in found}
    return {name.replace("-", "") for name in names if len(name) > 3} - {
        "gmail",
        "yahoo",
        "hotmail",
        "outlook",
        "facebook",
        "localhost",
    }


def _in_domain(name: str, domain: str) -> bool:
    compact = plain(name)
    return len(compact) > 4 and (
        domain in compact or compact in domain or (len(domain) > 7 and compact.startswith(domain[:8]))
    )


def _clean(text: str) -> str:
    """Give the name without what is printed around it."""
    text = _OWNED.sub("", text) if _OWNED.match(fold(text)) else text
    text = re.sub(r"\s*\(?(?:co\.? ?(?:reg)?\.? ?(?:no)?[.:]? ?)?\(?\d{5,}[\s-]*[A-Z]{0,2}\)?\s*$", "", text)
    return text.strip(" -*.,:;=_|·•").strip()
