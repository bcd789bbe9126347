"""Whether a document is paid, how, and with which card."""

from __future__ import annotations

import re
from collections.abc import Iterator

from capture.reading.amounts import Amount
from capture.reading.candidates import Candidate
from capture.reading.folding import any_of, fold
from capture.reading.layout import Line, Sheet
from capture.reading.roles import Role

_CARD = re.compile(
    r"\b(?:visa|master ?card|mastercrd|maestro|amex|american express|debit|credit card|card|"
    r"contactless|girocard|mc)\b|card"
)
_NOT_CARD = any_of(
    r"""
    \bm\.?i\.?d\b|\bt\.?i\.?d\b|merchant|terminal|loyalty|member|points|reward|bright|club|gift|nectar
    trade card|business card|card expiry
    """
)
_MASKED = re.compile(r"(?:[*x×•…·#水★☆.-]|\bxx+){2,}\s?[-]?\s?(\d{4})(?!\d)")
_ENDING = any_of(
    r"""
    ending(?: in| with)?|ends(?: in)?|last (?:four|4)(?: digits)?|card(?: no\.?| number| num)?|\bpan
    """,
    after=r"\s?[:.]?\s*[*x×•…·#.\s-]*(\d{4})(?!\d|[.,/]\d)",
)
_NAMED = re.compile(r"(?:visa|master ?card|amex|maestro)(?: debit| credit)?\s?[-: ]\s?(\d{4})(?!\d|[.,/]\d)")
_MARKED = re.compile(r"[*x×•…·#.]\s?(\d{4})(?!\d|[.,]\d)")
_ALONE = re.compile(r"^[\W_x]*[*x×•#]\s*(\d{4})$")  # nothing else on the line: OCR saw few of the marks
_CASH = re.compile(r"\bcash\b|\bcoins?\b|tunai|\bbar bezahlt|especes|contant")
_PAID = any_of(
    r"""
    \bpaid\b(?! by cheque)|received with thanks|payment received|bezahlt\b|paye\b|thank you for your payment
    already paid|settled
    """
)
_UNPAID = any_of(
    r"""
    not paid|unpaid|if paid|to be paid|until paid|until .{0,20}paid for
    paid (?:to date|within|by the|in advance)|when paid|is paid|are paid|has been paid|be paid|paid amount
    """
)


def find_last4(sheet: Sheet) -> Iterator[Candidate]:
    """Give the last four digits of the card."""
    for line in sheet.lines:
        folded = fold(line.text)
        if _NOT_CARD.search(folded) and not re.search(r"visa|master ?card|amex|maestro", folded):
            continue
        named = bool(_CARD.search(folded))
        for pattern, score in (
            (_ENDING, 4.0),
            (_NAMED, 2.5),
            (_MASKED, 3.5 if named else 1.5),
            (_MARKED, 3.0 if named else -1.0),
            (_ALONE, 1.0),
        ):
            for match in pattern.finditer(folded):
                near = 0.0 if named else 1.2 * _near_card(sheet, line)
                yield Candidate(match[1], score + near, f'"{line.text[:40]}"', line.span.part(*match.span(1)))
        split = re.search(r"(\d{4})$", folded)
        if (
            named
            and split
            and re.match(r"(?:card|visa|master ?card|amex|debit|maestro)\b[\s\w]*[:*.\s|x]*\d{4}$", folded)
        ):
            yield Candidate(split[1], 2.5, f'"{line.text[:40]}"', line.span.part(*split.span(1)))


def find_methods(sheet: Sheet, amounts: tuple[Amount, ...], last4: str | None) -> Iterator[Candidate]:
    """Give how it was paid: card or cash."""
    signs = {Role.CARD: ("card", 3.0), Role.CHANGE: ("cash", 3.0), Role.CASH: ("cash", 2.0)}
    for amount in amounts:
        if amount.role in signs and amount.pence:
            yield Candidate(*signs[amount.role], f'"{amount.label}"', amount.span)
    if last4:
        yield Candidate("card", 2.5, "the card's digits are printed")
    for line in sheet.lines:
        folded = fold(line.text)
        if not _PAID.search(folded) or _UNPAID.search(folded):
            continue
        if _CASH.search(folded):
            yield Candidate("cash", 2.5, f'"{line.text[:40]}"', line.span)
        elif _CARD.search(folded):
            yield Candidate("card", 2.0, f'"{line.text[:40]}"', line.span)


def find_paid(sheet: Sheet, method: str | None, document_type: str) -> Iterator[Candidate]:
    """Give whether it is paid."""
    if method:
        yield Candidate("yes", 3.0, f"paid by {method}")
    for line in sheet.lines:
        folded = fold(line.text)
        if _PAID.search(folded) and not _UNPAID.search(folded) and len(folded) < 60:
            yield Candidate("yes", 2.0, f'"{line.text[:40]}"', line.span)
    yield (
        Candidate("yes", 1.5, "a receipt")
        if document_type == "receipt"
        else Candidate("no", 1.2, "no payment is shown")
    )


def _near_card(sheet: Sheet, line: Line) -> bool:
    around = sheet.lines[max(0, line.number - 2) : line.number + 2]
    return any(_CARD.search(fold(other.text)) for other in around)
