"""Text made comparable: lower case, without accents, letter for letter so that places in it stay the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPECIAL = {
    "ß": "s",
    "ø": "o",
    "æ": "a",
    "œ": "o",
    "ł": "l",
    "’": "'",
    "‘": "'",
    "–": "-",
    "—": "-",
    "−": "-",
    "：": ":",
}


_ZERO = re.compile(r"(?<=[a-z])0+(?=[a-z]{2})")


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Give the text in lower case without accents, each letter in its place; a 0 inside a word is an o misread."""
    return _ZERO.sub(lambda match: "o" * len(match[0]), "".join(_fold_letter(letter) for letter in text))


def plain(text: str) -> str:
    """Give the letters and digits alone, in lower case without accents."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def words(text: str) -> list[str]:
    """Give the words of the text, folded."""
    return re.findall(r"[a-z0-9]+", fold(text))


def _fold_letter(letter: str) -> str:
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if letter.isascii():
        return letter.lower()
    return unicodedata.normalize("NFKD", letter)[0].lower()[:1]


def any_of(alternatives: str, *, before: str = "", after: str = "") -> re.Pattern[str]:
    """Give the pattern of any of these, one a line, for folded text."""
    lines = [line.strip() for line in alternatives.splitlines()]
    return re.compile(f"{before}(?:{'|'.join(line for line in lines if line)}){after}")
