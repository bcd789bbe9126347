"""Single values of rules' JSON: texts, amounts, terms ... each read strictly, or refused with its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import Incomplete
from core.money import to_pence, to_pounds
from lists.service import normal_rate
from rules.settings import WORDS, unknown_words

HIGHEST = 10**12  # pence
MOST_DAYS = 730
_TERMS = re.compile(
    r"(?:(\d{1,3})\s*days?)?\s*(?:(?:from|after|of)?\s*(?:the\s+)?(end of (?:the )?month|eom))?", re.IGNORECASE
)


def read_money(given: object, place: str) -> int:
    """Read an amount, a decimal string such as "12.50", into pence.

    Raises:
        Incomplete: it is none.
    """
    try:
        amount = Decimal(str(given).replace(",", "").replace("£", "").strip())
    except InvalidOperation as error:
        raise Incomplete(f"“{str(given)[:40]}” is no amount; it takes one such as 12.50.", field=place) from error
    usable = amount.is_finite() and abs(amount) < HIGHEST and not isinstance(given, bool)
    if not usable or amount != to_pounds(to_pence(amount)):
        raise Incomplete(f"“{str(given)[:40]}” is no amount; it takes one such as 12.50.", field=place)
    return to_pence(amount)


def read_terms(given: object, place: str) -> dict[str, Any]:
    """Read terms of payment: days, {"days", "end_of_month"}, or words such as "30 days end of month".

    Raises:
        Incomplete: they are none.
    """
    if isinstance(given, Mapping) and set(given) <= {"days", "end_of_month"} and given:
        days = read_whole(given.get("days", 0), place, lowest=0, highest=MOST_DAYS)
        return {"days": days, "end_of_month": read_flag(given.get("end_of_month", False), place)}
    if isinstance(given, str) and not given.strip().isdecimal():
        found = _TERMS.fullmatch(given.strip())
        if found is None or not given.strip():
            raise Incomplete("Terms are days, such as 30, or “30 days end of month”.", field=place)
        return {"days": int(found.group(1) or 0), "end_of_month": found.group(2) is not None}
    return {"days": read_whole(given, place, lowest=0, highest=MOST_DAYS), "end_of_month": False}


def read_confidence(value: object, place: str) -> str:
    """Read a confidence, a percent such as "95%" or 95 or a number from 0 to 1, into the plain form of the number.

    Raises:
        Incomplete: it is none.
    """
    text = str(value).strip()
    try:
        share = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        share = Decimal("NaN")
    if share.is_finite() and (share > 1 or text.endswith("%")):
        share /= 100
    if not share.is_finite() or not 0 <= share <= 1:
        raise Incomplete("A confidence is a percent from 0% to 100%, or a number from 0 to 1.", field=place)
    return format(share.normalize(), "f")


def read_text(value: object, place: str, longest: int) -> str:
    """Read a text of at most so many characters; line breaks may be in it.

    Raises:
        Incomplete: it is none.
    """
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > longest or not all(each.isprintable() or each == "\n" for each in text):
        raise Incomplete(f"It takes a text of at most {longest} characters.", field=place)
    return text


def read_flag(value: object, place: str) -> bool:
    """Read true or false.

    Raises:
        Incomplete: it is none.
    """
    if isinstance(value, bool):
        return value
    raise Incomplete("It takes true or false.", field=place)


def read_whole(value: object, place: str, *, lowest: int = 1, highest: int) -> int:
    """Read a whole number.

    Raises:
        Incomplete: it is none.
    """
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole and not (isinstance(value, str) and value.strip().isdecimal() and len(value) < 10):  # noqa: PLR2004
        raise Incomplete("It takes a whole number.", field=place)
    number = int(str(value))
    if not lowest <= number <= highest:
        raise Incomplete(f"It takes a whole number from {lowest} to {highest}.", field=place)
    return number


def read_choice(value: object, choices: tuple[str, ...], place: str) -> str:
    """Read one of these words.

    Raises:
        Incomplete: it is none.
    """
    word = value.strip().lower().replace(" ", "_") if isinstance(value, str) else ""
    if word not in choices:
        raise Incomplete(f"“{str(value)[:40]}” is none of {', '.join(choices)}.", field=place)
    return str(word)


def read_currency(value: object, place: str) -> str:
    """Read an ISO 4217 code.

    Raises:
        Incomplete: it is none.
    """
    word = value.strip().upper() if isinstance(value, str) else ""
    if len(word) != 3 or not word.isalpha() or not word.isascii():  # noqa: PLR2004 - ISO 4217
        raise Incomplete("A currency is three letters, such as GBP.", field=place)
    return word


def read_rate(value: object, place: str) -> str:
    """Read a VAT rate: a percent or “exempt”.

    Raises:
        Incomplete: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Incomplete("A VAT rate is a percent, such as 20, or “exempt”.", field=place)
    try:
        return normal_rate(str(value))
    except Incomplete as error:
        raise Incomplete(str(error), field=place) from error


def read_template(given: object, place: str, longest: int) -> str:
    """Read a text with {words} that an item's values are put in for.

    Raises:
        Incomplete: it is none, or nothing stands for one of its words.
    """
    text = read_text(given, place, longest)
    unknown = unknown_words(text)
    if unknown:
        words = ", ".join(f"{{{word}}}" for word in WORDS)
        raise Incomplete(f"Nothing stands for {{{unknown[0]}}}. There are {words}.", field=place)
    return text
