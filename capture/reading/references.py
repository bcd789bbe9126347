"""The document's own number, and the number of the order it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from capture.reading.candidates import Candidate
from capture.reading.dates import find_dates
from capture.reading.folding import any_of, fold
from capture.reading.labels import Labelled, find_labelled
from capture.reading.layout import Sheet
from capture.reading.money import find_money

_NO = r"(?:(?:\s?(?:no?°|n\.°|(?:no|num|number|nr|nummer|(?<![a-z])n|id|ref|numero)\b\.?|#)){1,2})"
_PAPER = r"quotation|quote|estimate|(?:credit|debit|delivery) note|pro[ -]?forma(?: invoice)?"
_LABELS = (
    (4.5, rf"(?:tax )?(?:invoice|inv|rechnungs|rechnung|facture|factuur|folio|document|doc|beleg)[\s.-]*{_NO}\s?:?"),
    (4.5, rf"(?:(?:credit|debit) ?note|credit|gutschrift)[\s.-]*{_NO}\s?:?"),
    (4.2, rf"(?:receipt|rcpt|bill|check|chk|refund|statement|slip|{_PAPER}){_NO}\s?:?"),
    (4.2, rf"(?:(?:delivery|despatch|dispatch)(?: note)?|note|cb){_NO}\s?:?"),
    (3.6, r"guest folio|(?<!tax )(?<!your )\binvoice\s?#?:?(?= ?\S*\d)|rechnung\b|facture\b|factuur\b"),
    (3.2, rf"(?:{_PAPER}|receipt|invoice) (?=[a-z]{{0,4}}[-/]?\d)"),
    (3.6, r"(?:receipt|rcpt|check|chk|bill|folio|slip) ?(?::(?= ?[a-z]{0,4}[-/]?\d)|(?=\d| \d))"),
    (3.4, rf"(?:trans(?:action)?|trx|txn|sess[i1][o0]n|ticket|sale|trip|journey|booking|job){_NO}?\s?:?"),
    (3.4, r"^(?:(?:refund|vat|tax|sales|cash|guest|our) )?(?:receipt|ticket|trip|invoice|bill|folio|session)\s?[:#]?$"),
    (3.4, rf"^(?:transaction|{_PAPER})\s?[:#]?$"),
    (2.6, rf"(?:our )?ref(?:erence)?{_NO}?\s?:?"),
    (2.4, r"(?<![a-z.] )(?<![a-z])no\s?[.:]?(?=\s?\d)|^#|^no(?:[.:]{1,2}| )\s?(?=[a-z]{0,4}[-/]?\d)|^no\.?:?$"),
    (2.2, r"^number\s?:?"),
    (2.0, rf"order{_NO}?\s?:?|number$"),
    (1.2, rf"(?:account|a/c){_NO}\s?:?|^(?:account|a/c)\s?:?"),
)
_COMPILED = tuple((score, re.compile(rf"(?<![a-z]){pattern}")) for score, pattern in _LABELS)
_VALUE = re.compile(
    r"\d{2,}(?: \d{2,4}){2,4}$|#?(?:[a-z]{1,6}[\s-])?(?=[a-z0-9/._-]*\d)[a-z0-9][a-z0-9/._-]*[a-z0-9]|#?\d"
)
_WORD = re.compile(  # a label over another, or run into the number
    r"^(?:order|folio|bill|receipt|ticket|trans|ref|table|till|no\.?) |^no\.?(?=\d{3})", re.IGNORECASE
)
_NOT_OURS = any_of(
    r"""
    your (?:ref|order|inv)|against|original|customer|client|kunden|cust\b|vat|gst|\btax (?:id|reg|no)|company
    co\.? ?(?:no|reg)|reg(?:istration|istered|\.)?\b|\btel|phone|fax|card|auth|\baid\b|\bmid\b|\btid\b|merchant
    terminal|machine|table|till|pump|account|sort code|iban|bic|siret|siren|member|room|\bpo\b|purchase order
    lic\b|a/c|associee|commande|bestell|steuer|\bust\b|hrb|related|bank|site
    """
)
SHORTEST_UNDER = 3  # letters under a mere "No.", which may count the lines of goods
_ACCOUNT = ("account", "a/c")
_LONELY = re.compile(r"(?<![\w/-])(?=[\w/-]*\d[/-]\d)[\da-z]{2,}(?:[/-][\da-z]{2,}){1,4}(?![\w/-])")
_ORDER = re.compile(
    r"(?<![a-z])(?:(?:your|purchase|cust(?:omer)?) ?(?:order|ref|p\.?o)(?:erence)?|p\.?o\.?|"
    rf"order(?! date| info| total)|bestell(?:ung)?|commande|bon de commande){_NO}?\s?:?"
)


def find_references(sheet: Sheet, *, statement: bool = False) -> Iterator[Candidate]:
    """Give the numbers the document may go by; a statement goes by the number of the account."""
    for score, pattern in _COMPILED:
        for found in find_labelled(sheet, pattern, _VALUE):
            value = _WORD.sub("", found.value.strip(" .:"))
            if _acceptable(found, value):
                last = found.line.cells[-1]
                priced = not found.under and last is not found.cell and any(True for _ in find_money(last.text))
                if statement and not found.label.startswith((*_ACCOUNT, "statement")):
                    continue
                account = 3.0 if statement else 0.0
                height = 0.3 * (1 - found.line.number / max(len(sheet.lines), 1))
                yield Candidate(
                    value,
                    score + account + height - 2.0 * priced - (0.8 if found.under else 0),
                    f'"{found.label.strip()}"',
                    found.span,
                )
    yield from _beside_date(sheet)


def find_orders(sheet: Sheet) -> Iterator[Candidate]:
    """Give the order numbers the document answers."""
    for found in find_labelled(sheet, _ORDER, _VALUE):
        if not list(find_dates(found.value)):
            yield Candidate(found.value, 2.0, f'"{found.label.strip()}"', found.span)


def _acceptable(found: Labelled, value: str) -> bool:
    text = fold(found.cell.text)
    before = re.split(r"\d", text[max(0, found.at - 18) : found.at])[-1]  # words behind another number are not ours
    lead = before + found.label
    if any(value in found.whole[date.start : date.end] for date in find_dates(found.whole)) or list(find_dates(value)):
        return False
    if _NOT_OURS.search(lead) and not re.search(r"tax invoice|vat invoice", lead):
        return found.label.startswith(_ACCOUNT) and not re.search(r"sort code|bank", text)
    if found.under and found.label.startswith("no") and len(value) < SHORTEST_UNDER:
        return False
    return not re.fullmatch(r"\d+[.,]\d\d", value)


def _beside_date(sheet: Sheet) -> Iterator[Candidate]:
    """Give numbers in groups without a label on the line of date and time, as tills print them."""
    for line in sheet.lines:
        dates = list(find_dates(line.text))
        if not dates or len(line.text) > 60:
            continue
        for match in _LONELY.finditer(fold(line.text)):
            if not any(match.start() < date.end and date.start < match.end() for date in dates):
                span = line.span.part(match.start(), match.end())
                yield Candidate(line.text[match.start() : match.end()], 1.5, "beside the date", span)
