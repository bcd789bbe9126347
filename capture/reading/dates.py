"""Dates: every way they are written on receipts and invoices, and which of them is the document's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from capture.reading.folding import fold

EARLIEST, LATEST = date(2000, 1, 1), date(2045, 12, 31)

_MONTHS = (
    ("jan", "januar", "january", "janvier", "januari", "janv", "jaen"),
    ("feb", "februar", "february", "fevrier", "februari", "fev", "fevr", "febr"),
    ("mar", "marz", "march", "mars", "maart", "mrz", "mrt", "maerz"),
    ("apr", "april", "avril", "avr"),
    ("may", "mai", "mei"),
    ("jun", "juni", "june", "juin"),
    ("jul", "juli", "july", "juillet", "juil"),
    ("aug", "august", "aout", "augustus"),
    ("sep", "sept", "september", "septembre"),
    ("oct", "okt", "october", "oktober", "octobre"),
    ("nov", "november", "novembre"),
    ("dec", "dez", "december", "dezember", "decembre"),
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_YEAR = r"(?P<y>(?:19|20)\d\d|\d\d)(?=\D|$|(?<=\d{4})\d\d?:)"
_MIXED_MONTH = re.compile(r"0ct|0kt|n0v|5ep|ju1|4pr|au9|j4n")
_MONTH_MIXUPS = str.maketrans({"0": "o", "5": "s", "1": "l", "4": "a", "9": "g"})

_NUMERIC = re.compile(rf"(?<![\d.,/-])(?P<a>\d{{1,2}})\s?(?P<s>[./-])\s?(?P<b>\d{{1,2}})\s?(?P=s)\s?{_YEAR}")
_ISO = re.compile(r"(?<!\d)(?P<y>20\d\d)\s?(?P<s>[./-])\s?(?P<m>\d{1,2})\s?(?P=s)\s?(?P<d>\d{1,2})(?!\d)")
_DAY_NAME = re.compile(
    rf"(?<![\da-z])(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.|er)?[\s./,-]{{0,3}}(?:of )?(?P<m>{_NAMES})"
    rf"(?![a-z])[\s./,'-]{{0,4}}{_YEAR}"
)
_NAME_DAY = re.compile(
    rf"(?:(?<![a-z])|(?<=date))(?P<m>{_NAMES})(?![a-z])[\s./-]{{0,3}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s?[\s,./-]{{1,3}}{_YEAR}"
)
_BARE = re.compile(
    r"(?<!\d)(?P<d>\d\d)(?P<m>\d\d)(?P<y>20\d\d)(?!\d)|(?<!\d)(?P<y2>20\d\d)(?P<m2>\d\d)(?P<d2>\d\d)(?!\d)"
)


@dataclass(frozen=True)
class Written:
    """A date as it stands in a text: its place there, and how it reads; ``other`` is its month-first reading.

    ``numeric`` means that it is all digits, and so tells in which order the document writes day and month.
    """

    start: int
    end: int
    day: date
    other: date | None = None
    numeric: bool = False

    @property
    def sure(self) -> bool:
        """Tell whether it can be read one way only."""
        return self.other is None or self.other == self.day

    def read(self, *, month_first: bool) -> date:
        """Give the date as this country writes it."""
        return self.other if month_first and self.other else self.day


def find_dates(text: str, *, bare: bool = False) -> Iterator[Written]:
    """Give the dates in a text, in its order; ``bare`` takes eight digits without separators, too."""
    folded = _MIXED_MONTH.sub(lambda match: match[0][:3].translate(_MONTH_MIXUPS), fold(text))
    found: list[Written] = []
    patterns = [(_ISO, _from_iso), (_DAY_NAME, _from_name), (_NAME_DAY, _from_name), (_NUMERIC, _from_numbers)]
    if bare:
        patterns.append((_BARE, _from_digits))
    for pattern, make in patterns:
        for match in pattern.finditer(folded):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            written = make(match)
            if written:
                found.append(written)
    yield from sorted(found, key=lambda each: each.start)


def _from_iso(match: re.Match[str]) -> Written | None:
    return _written(match, _day(match["y"], match["m"], match["d"]))


def _from_name(match: re.Match[str]) -> Written | None:
    return _written(match, _day(match["y"], str(_MONTH[match["m"]]), match["d"]))


def _from_numbers(match: re.Match[str]) -> Written | None:
    first = _day(match["y"], match["b"], match["a"])
    second = _day(match["y"], match["a"], match["b"])
    if first is None:
        return Written(match.start(), match.end(), second, second, numeric=True) if second else None  # month first only
    if second == first:  # the same either way, so it tells nothing about the order
        return Written(match.start(), match.end(), first)
    return Written(match.start(), match.end(), first, second, numeric=True)


def _from_digits(match: re.Match[str]) -> Written | None:
    return _written(match, _day(match["y"] or match["y2"], match["m"] or match["m2"], match["d"] or match["d2"]))


def _written(match: re.Match[str], day: date | None) -> Written | None:
    return Written(match.start(), match.end(), day) if day else None


def _day(year: str, month: str, day: str) -> date | None:
    number = int(year) if len(year) > 2 else 2000 + int(year)
    try:
        found = date(number, int(month), int(day))
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None
