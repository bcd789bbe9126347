"""When a document was issued, and when it is to be paid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from capture.reading.candidates import Candidate
from capture.reading.dates import Written, find_dates
from capture.reading.folding import any_of, fold
from capture.reading.layout import Line, Sheet

_DUE = any_of(
    r"""
    (?<!total )(?<!amount )(?<!balance )(?<!change )\bdue\b|\bdue (?:by|on|date)
    pay(?:ment|able)?[^|]*\bby\b|falligkeit|fallig|zahlbar bis|uberweisen|echeance|date limite
    vervaldatum|betaal voor|betalen voor|betaaldatum|payer avant|a regler|prelevement
    to be paid (?:by|before)|pay before|(?:collect|take|debit)[^|]* on or (?:\w+ )?after
    be (?:collected|taken|debited)[^|]* on
    """
)
_OTHER = any_of(
    r"""
    arriv|depart|check ?-?(?:in|out)|expir|valid|travel|outward|return|deliver|despatch|dispatch
    order(?:ed| date)|period|\bfrom\b|\bto\b|until|birth|liefer|leistung|livraison|start|\bend\b|debut|\bfin\b
    best before|use by|closed|print(?:ed)?|original|against|previous|next|training|service date|stay|mandat
    member|offer|promo|with effect|since|terms|version|leverdatum|associee
    """
)
_NEVER = any_of(r"associee|original|against|livraison|liefer|leistung|delivery|order|birth|print|expir|travel")
_STRONG = any_of(
    r"""
    (?:invoice|inv|issue|bill|document|doc|receipt|folio|statement|note|transaction|trans|sale|purchase|payment|quote|tax|rechnungs|beleg|rechnung|facture|factuur)\.?\s*-?/?\s*(?:date|datum|dt)
    tax point|\bas at\b|issued|date (?:of|de|d')\s?(?:issue|invoice|sale|supply|facture|transaction)|rechnungsdatum
    factuurdatum|date/time|rechnung .* vom?|facture .* du
    """
)
_DATE = any_of(
    r"""
    \bdate\b|\bdatum\b|\bdat[ea]?\b|tarikh|\bdt\b|\bdated\b|\bden\b|\bvom\b|\bvon\b|\bdu\b|\ble\b|uate|datc
    """
)
_TIME = re.compile(r"(?<!\d)[0-2]?\d[:.][0-5]\d(?:[:.][0-5]\d)?\s?(?:am|pm)?\b")
_DAYS = any_of(
    r"""
    (?:terms?|payment|net|within|pay|zahlbar|innerhalb|binnen|zahlungsziel)[^\d\n]{0,30}(\d{1,3})\s?(?:days|tage|jours|dagen)
    (\d{1,3})\s?(?:days?|tage[n]?|jours|dagen)\s?(?:net|from|of|after|netto|terms)|\bnet (\d{1,3})\b
    """
)


_NAMED = re.compile("|".join(each.pattern for each in (_DUE, _OTHER, _STRONG, _DATE)))
_EIGHT = re.compile(r"\d{8}")
OTHER_DATE = -1.0  # taken when there is no better one


@dataclass(frozen=True)
class _Place:
    written: Written
    line: Line
    label: str  # what stands before it on its line, or above it, folded
    strong: bool  # the label stands beside it, not above


def find_issued(sheet: Sheet, *, month_first: bool, credit: bool = False) -> Iterator[Candidate]:
    """Give the dates the document may have been issued on; an invoice's date on a ``credit`` note is another's."""
    places = list(_places(sheet))
    if not places:
        yield from _unmarked(sheet)
    for place in places:
        score, why = _issued_score(place, len(sheet.lines))
        if credit and re.search(r"\b(?:invoice|inv)\b", place.label):
            score, why = OTHER_DATE, f'"{place.label[-40:]}" is the date of the invoice'
        day = place.written.read(month_first=month_first)
        yield Candidate(day.isoformat(), score, why, place.line.span.part(place.written.start, place.written.end))


def _unmarked(sheet: Sheet) -> Iterator[Candidate]:
    """Give dates of eight digits alone, without separators or a label."""
    for line, index in sheet.cells:
        cell = line.cells[index]
        for written in find_dates(cell.text, bare=True) if _EIGHT.fullmatch(cell.text) else ():
            yield Candidate(written.day.isoformat(), OTHER_DATE, "eight digits that are a date", cell)


def find_due(sheet: Sheet, *, month_first: bool) -> Iterator[Candidate]:
    """Give the dates by which the document is to be paid."""
    for place in _places(sheet):
        if _DUE.search(place.label):
            day = place.written.read(month_first=month_first)
            span = place.line.span.part(place.written.start, place.written.end)
            yield Candidate(day.isoformat(), 3.0 if place.strong else 2.0, f'"{place.label[-40:]}"', span)


def find_terms(sheet: Sheet) -> Iterator[Candidate]:
    """Give the days after which payment is due."""
    for line in sheet.lines:
        match = _DAYS.search(fold(line.text))
        if match and not re.search(r"discount|skonto|return|exchange|refund|valid|escompte|rabatt", fold(line.text)):
            days = next(group for group in match.groups() if group)
            yield Candidate(days, 1.5, f'"{match[0]}"', line.span.part(match.start(), match.end()))


def reads_month_first(sheet: Sheet, *, by_country: bool | None) -> tuple[bool, bool]:
    """Tell whether the document's dates are month first, and whether anything on it shows which.

    ``by_country`` is what the country does, None where the document does not show its country.
    """
    numeric = [each for line in sheet.lines for each in find_dates(line.text) if each.numeric]
    if any(each.other is None for each in numeric):  # the first number of one is no month
        return False, True
    if by_country is not False and any(each.other == each.day for each in numeric):
        return True, True
    return bool(by_country), by_country is not None


def _places(sheet: Sheet) -> Iterator[_Place]:
    for line in sheet.lines:
        text = fold(line.text)
        dates = list(find_dates(line.text)) or [each for each in find_dates(line.text, bare=True) if _DATE.search(text)]
        done = 0
        for written in dates:
            before = text[done : written.start].strip(" :|-")
            done = written.end
            label = _nearest(line, written) if len(before) > 40 else before
            above = _above(sheet, line, written)
            last = sheet.lines[line.number - 1].cells[-1].text if line.number else ""
            if not before and last.endswith(":"):  # the text runs on
                label = fold(last)
            if re.search(r"[a-z]{2}", label) and (_NAMED.search(label) or not _NAMED.search(above)):
                yield _Place(written, line, label, strong=True)
            else:
                yield _Place(written, line, above, strong=False)


def _nearest(line: Line, written: Written) -> str:
    """Give the words before the date in its own cell and the cell before."""
    at, last = 0, ""
    for cell in line.cells:
        end = at + len(cell.text)
        if at <= written.start <= end:
            return f"{last} {fold(cell.text[: written.start - at])}".strip()
        last, at = fold(cell.text), end + 1
    return last


def _above(sheet: Sheet, line: Line, written: Written) -> str:
    """Give what stands over the date within the three lines before."""
    span = line.span.part(written.start, written.end)
    for other in reversed(sheet.lines[max(0, line.number - 3) : line.number]):
        for cell in other.cells:
            near = min(cell.right, span.right) > max(cell.left, span.left)
            if near and other.page == line.page and re.search(r"[a-z]{3}", fold(cell.text)):
                return fold(cell.text)
    return ""


def _issued_score(place: _Place, lines: int) -> tuple[float, str]:
    label = place.label
    score, why = 0.5, "a date"
    if _DUE.search(label):
        return -3.0, f'"{label[-40:]}" is when it is due'
    if _NEVER.search(label) or (_OTHER.search(label) and not _STRONG.search(label)):
        first = 0.2 if re.search(r"start|from|depart|check ?-?out", label) else 0.0
        return OTHER_DATE + first, f'"{label[-40:]}" names another date'
    if _STRONG.search(label):
        score, why = 4.0, f'"{label[-40:]}"'
    elif _DATE.search(label):
        score, why = 3.0, f'"{label[-40:]}"'
    if not place.strong:
        score = 0.5 + (score - 0.5) * 0.7
    rest = fold(place.line.text)
    if _TIME.search(rest[: place.written.start] + " " + rest[place.written.end :]):
        score, why = score + 1.0, why + ", with a time"
    if len(place.line.text) > 90:
        score -= 1.0
    score += 0.8 * (1 - place.line.number / max(lines, 1))
    return score, why
