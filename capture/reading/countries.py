"""Which country's habits a document follows: its currency, and whether it writes the month first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from capture.reading.amounts import Amount
from capture.reading.candidates import Candidate
from capture.reading.folding import fold
from capture.reading.layout import Sheet

CODES = ("GBP", "EUR", "USD", "MYR", "INR", "CHF", "AUD", "CAD", "SGD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "ZAR")
_SYMBOLS = {"£": "GBP", "gbp": "GBP", "€": "EUR", "eur": "EUR", "euro": "EUR", "rm": "MYR", "myr": "MYR", "chf": "CHF",
            "usd": "USD", "us$": "USD", "inr": "INR", "rs": "INR"}  # fmt: skip
_PLACES = {
    "GBP": r"\bgb ?\d{3} ?\d{4} ?\d{2}\b|\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b|united kingdom|england|"
        r"\bvat\b|\bplc\b|hmrc",
    "MYR": r"sdn\.? ?bhd|\bs/b\b|malaysia|kuala lumpur|selangor|johor|penang|pulau pinang|\bjalan\b|\bjln\b|"
        r"taman |\brm\b|sst",
    "INR": r"\bgstin\b|\bindia\b|chennai|mumbai|bangalore|bengaluru|delhi|hyderabad|₹",
    "USD": r"\b[a-z]{2},? \d{5}(?:-\d{4})?\b|sales tax|\bein\b|u\.?s\.? dollars|united states|\binc\.|\busa\b|, llc",
    "EUR": r"gmbh|\bust\b|ust-id|umsatzsteuer|mwst|\btva\b|siret|\bbtw\b|\bb\.v\.|germany|deutschland|"
        r"france|ireland|\biban (?:de|fr|nl|ie|es|it|at|be)",
    "CHF": r"schweiz|suisse|switzerland|\bche-\d",
    "AUD": r"\babn\b|australia",
    "SGD": r"singapore",
}  # fmt: skip
_COMPILED = {code: re.compile(pattern) for code, pattern in _PLACES.items()}
_DOLLAR = ("USD", "AUD", "CAD", "SGD", "NZD")


def find_currencies(sheet: Sheet, amounts: tuple[Amount, ...]) -> Iterator[Candidate]:
    """Give the currencies the document may be in: by its symbols and codes, otherwise by its country's marks."""
    places = _places(sheet)
    text = sheet.text
    symbols = Counter(amount.symbol for amount in amounts if amount.symbol)
    for symbol, count in symbols.items():
        code = _SYMBOLS.get(symbol) or _dollar(places)
        span = next(amount.span for amount in amounts if amount.symbol == symbol)
        yield Candidate(code, 2.5 + min(count, 10) * 0.3, f"{count} amounts with {symbol}", span)
    for line, match in sheet.search(re.compile(rf"\b({'|'.join(CODES)})\b|₹|(?<![A-Z])RM\b|[£€]")):
        code = match[0] if match[0] in CODES else {"₹": "INR", "RM": "MYR", "£": "GBP", "€": "EUR"}[match[0]]
        count = min(len(re.findall(re.escape(match[0]), text)), 4)
        yield Candidate(code, 1.0 + 0.4 * count, f"{match[0]} is printed", line.span.part(match.start(), match.end()))
    for code, count in places.items():
        yield Candidate(code, 0.4 * min(count, 4), f"{count} marks of its country")


def is_month_first(sheet: Sheet) -> bool | None:
    """Tell whether the document's country writes the month first (the United States); None where none is shown."""
    places = _places(sheet)
    if not places:
        return None
    american = places.get("USD", 0)
    others = max((count for code, count in places.items() if code != "USD"), default=0)
    return american > others and not re.search(r"[£€]|\bRM\b", sheet.text)


def _dollar(places: Counter[str]) -> str:
    """Give whose dollar it is; $ stands on Malaysian receipts, too."""
    likely = [code for code, _ in places.most_common() if code in {*_DOLLAR, "MYR"}]
    return likely[0] if likely else "USD"


def _places(sheet: Sheet) -> Counter[str]:
    text = fold(sheet.text)
    counts = Counter({code: len(pattern.findall(text)) for code, pattern in _COMPILED.items()})
    return +counts
