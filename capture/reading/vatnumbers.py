"""VAT registration numbers: by their label and shape, their check digits by python-stdnum."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from stdnum import exceptions
from stdnum.eu import vat as eu
from stdnum.gb import vat as gb

from capture.reading.folding import any_of, fold
from capture.reading.layout import Line, Sheet, Span

_LABEL = any_of(
    r"""
    v\.?\s?a\.?\s?t\.?\s*(?:reg(?:istration|istered|n|\.)?|no|number|id|#|:)?[\s.:]*(?:no|number|num|nr|#|id)?[\s.:#]*
    ust[-. ]*id(?:nr|[-. ]*nr)?[.: ]*|(?:n° ?)?tva(?: intra\w*)?[\s:]*|btw[-. ]*(?:nr|nummer|id)?[.: ]*
    umsatzsteuer[-. ]?id[\w.-]*[: ]*
    """
)
_BRITISH = any_of(
    r"""
    gb\s?
    """,
    after=r"?(\d[\dol]{2}\s?[\dol]{4}\s?[\dol]{2}|\d{3}\s?\d{3}\s?\d{3})(?:\s?\d{3})?(?![\d])",
)
_FOREIGN = re.compile(
    r"(?<![a-z])((?:at|be|bg|cy|cz|de|dk|ee|el|es|fi|fr|hr|hu|ie|it|lt|lu|lv|mt|nl|pl|pt|ro|se|si|"
    r"sk)\s?[\da-z][\da-z ]{6,13}[\da-z])(?![\da-z])"
)
_CUT = re.compile(r"\bvat(?: reg\w*\.?| no\.?| number)*[\s.:]*(?P<begun>(?:gb ?)?[\d ]*)$")
_DIGITS = str.maketrans({"o": "0", "l": "1"})


@dataclass(frozen=True)
class VatNumber:
    """A VAT number on the page: with country letters, without blanks."""

    value: str
    span: Span
    valid: bool


def find_vat_numbers(sheet: Sheet) -> Iterator[VatNumber]:
    """Give the VAT numbers of the document in its order."""
    for line in sheet.lines:
        folded = fold(line.text)
        for match in re.finditer(r"(?<![a-z])gb\s?(?=\d)", folded):
            yield from _british(line, folded, match.end())
        for match in _LABEL.finditer(folded):
            if not folded.startswith("gb", match.end()):
                yield from _british(line, folded, match.end())
        for match in _FOREIGN.finditer(folded):
            found = _foreign(match[1])
            if found:
                span = line.span.part(match.start(), match.start() + found[1])
                yield VatNumber(found[0], span, valid=True)
    yield from _wrapped(sheet)


def _british(line: Line, folded: str, start: int) -> Iterator[VatNumber]:
    match = _BRITISH.match(folded, start)
    if match:
        yield _number(match, line.span.part(match.start(), match.end()))


def _number(match: re.Match[str], span: Span) -> VatNumber:
    digits = re.sub(r"\s", "", match[1]).translate(_DIGITS)
    return VatNumber(f"GB{digits}", span, valid=gb.is_valid(digits))


def _wrapped(sheet: Sheet) -> Iterator[VatNumber]:
    """Give numbers that stand in the line under their label, or run on there."""
    for line, after in pairwise(sheet.lines):
        for cell in line.cells:
            cut = _CUT.search(fold(cell.text))
            if cut is None:
                continue
            begun = f"{cut['begun']} ".lstrip()
            for below in (*sheet.below(cell, line, lines=1), after.cells[0]):
                match = _BRITISH.match(begun + fold(below.text))
                if match and match.end() > len(begun):
                    head = cell.part(cut.start("begun"), len(cell.text)).tokens if begun else ()
                    tokens = (*head, *below.part(0, match.end() - len(begun)).tokens)
                    yield _number(match, Span(tokens, cell.page, cell.scale))
                    break


def _foreign(text: str) -> tuple[str, int] | None:
    """Give the longest head of the text that is a valid number of its country, and how long it is."""
    parts = text.split(" ")
    for count in range(len(parts), 0, -1):
        head = " ".join(parts[:count])
        compact = head.replace(" ", "").upper()
        try:
            eu.validate(compact)
        except exceptions.ValidationError:
            if re.fullmatch(r"DE\d{9}|FR[A-Z0-9]{2}\d{9}|IE\d{7}[A-Z]{1,2}|NL\d{9}B\d{2}|AT ?U\d{8}", compact):
                return compact, len(head)
            continue
        return compact, len(head)
    return None
