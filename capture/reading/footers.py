"""Names of firms beside a label, and at the foot of the page with their registration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from capture.reading.folding import any_of, fold
from capture.reading.layout import Line, Sheet, Span

_NAME = r"([a-z][\w&'.,() -]{2,50}?(?:ltd|limited|plc|llp)\b\.?)"
_PATTERNS = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (rf"{_NAME}[ ,]*(?:registered|reg\b|is registered|\(?reg|company|\(?co)", "its registration"),
        (r"^([a-z][^.:;]{2,50}[a-z])\. registered (?:in|office|address)", "its registration"),
        (rf"(?:registered office|registered name|for and on behalf of)\s?:?\s*{_NAME}", "its registration"),
        (
            r"^([a-z][\w&'. -]{1,40}?),? (?:(?:sas|sarl|sa|snc|eurl|sasu|societe [a-z ]+) )?au capital",
            "its registration",
        ),
        (r"(?:cheques? (?:made )?payable to|account name|payee|beneficiary)\s?:?\s*(.{3,50})$", "account holder"),
        (r"(?:payment received by|paid to|in favou?r of)\s?:?\s*([a-z][\w&'. -]{2,40})$", "account holder"),
        (r"(?:titulaire du compte|kontoinhaber|^nom)\s?:\s*(.{3,50})$", "account holder"),
        (
            r"(?:thank you for (?:shopping|dining|staying|parking) (?:at|with)|welcome to)\s+((?!us\b|our\b).{3,30})$",
            "its thanks",
        ),
    )
)
_LABEL = re.compile(
    r"^(?:supplier|seller|vendor|from|lieferant|verkaufer|rechnungssteller|fournisseur|vendeur|emetteur|leverancier|"
    r"merchant|sold by|issued by)"
    r"\s?:?\s*(?=[a-z]|$)"
)
_REGISTERED = any_of(r"""
    siret|siren\b|\brcs\b|\br\.?c\.?s\.?\b|au capital|\bhrb\b|registergericht|amtsgericht|handelsregister|\bkvk\b
    registered in|company (?:no|reg|number)|reg(?:istered)?\.? (?:no|number)|ust-?id|vat (?:reg|no|number)|\bgstin\b
""")
NEAR_FOOT = 0.6  # of the lines: where the foot of a page begins
ABOVE = 2  # lines above the registration among which the name stands


def find_named(sheet: Sheet) -> Iterator[tuple[str, float, str, Span]]:
    """Give names with points for each, why, and where they stand."""
    for line, index in sheet.cells:
        cell = line.cells[index]
        folded = fold(cell.text)
        for pattern, why in _PATTERNS:
            match = pattern.search(folded)
            if match:
                span = cell.part(*match.span(1))
                yield cell.text[match.start(1) : match.end(1)], 1.5, why, span
        label = _LABEL.match(folded)
        if label:
            under = next(iter(sheet.below(cell, line)), None)
            span_or_none = cell.part(label.end(), len(cell.text)) if label.end() < len(folded) else under
            if span_or_none:
                yield span_or_none.text, 2.0, f'"{label[0].strip()}"', span_or_none
    yield from _registered(sheet)


def _registered(sheet: Sheet) -> Iterator[tuple[str, float, str, Span]]:
    """Give what stands over, or at the head of, a line at the foot that shows a firm's registration."""
    for line in sheet.lines[int(len(sheet.lines) * NEAR_FOOT) :]:
        if not _REGISTERED.search(fold(line.text)):
            continue
        for other in _over(sheet, line):
            head = re.split(r"\s[-•·|–]\s|,", other.cells[0].text)[0]
            if 2 < len(head) < 50 and not re.search(r"[:\d]", head):
                yield head, 2.4, "at the foot with its registration", other.cells[0].part(0, len(head))


def _over(sheet: Sheet, line: Line) -> Iterator[Line]:
    last = line
    for number in range(line.number, max(-1, line.number - ABOVE - 1), -1):
        other = sheet.lines[number]
        if other.page != line.page or last.span.top - other.span.bottom > 2 * line.span.height:
            return
        yield other
        last = other
