"""Which entry a name means: pure comparison of names and numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

SURE = 92  # of 100: alike enough to be taken for the same name
ALIKE = 82  # of 100: alike enough to be shown to a person
CLEAR_LEAD = 4  # by which the likest has to be ahead of the next
SHORTEST = 5  # letters; shorter names are too easily alike
PHONE_DIGITS = 10
_ENDINGS = re.compile(r"\b(limited|ltd|llp|plc|inc|llc|gmbh|co|company|the|and|uk)\b")


def plain(text: str) -> str:
    """Give letters and digits only, lower case, without accents; other scripts keep their letters."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if each.isalnum())


def core_of(text: str) -> str:
    """Give a firm's name without its legal ending, plain."""
    spaced = re.sub(r"[^\w]+", " ", unicodedata.normalize("NFKD", text.casefold()))
    return plain(_ENDINGS.sub(" ", spaced)) or plain(text)


@dataclass(frozen=True)
class Party:
    """A known supplier or customer, as far as matching needs it."""

    id: int
    name: str
    vat_number: str | None = None
    email: str | None = None
    website: str | None = None
    phone: str | None = None
    postcode: str | None = None


@dataclass(frozen=True)
class Match:
    """Whom a document means, how sure that is (0-1), and why."""

    id: int
    confidence: float
    reason: str


def match_party(read: Party, known: Iterable[Party]) -> Match | None:
    """Find whom a document means: by VAT number, then web domain, phone, and the name; two equal answers are none."""
    parties = list(known)
    for reason, key in _SURE_KEYS:
        wanted = key(read)
        found = [party for party in parties if wanted and key(party) == wanted]
        if len(found) == 1:
            return Match(found[0].id, 0.99, reason)
    return _by_name(read.name, parties)


def _by_name(name: str, parties: list[Party]) -> Match | None:
    wanted, core = plain(name), core_of(name)
    if not wanted:
        return None
    for key, given, confidence in ((plain, wanted, 0.99), (core_of, core, 0.97)):
        found = [party for party in parties if key(party.name) == given]
        if found:
            return Match(found[0].id, confidence, "same name") if len(found) == 1 else None
    ranked = sorted(((fuzz.ratio(core, core_of(party.name)), party.id) for party in parties), reverse=True)
    if not ranked or ranked[0][0] < SURE or len(core) < SHORTEST:
        return None
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < CLEAR_LEAD:
        return None
    return Match(ranked[0][1], 0.9, "very similar name")


def similar(name: str, parties: Iterable[Party], *, most: int = 5) -> list[Party]:
    """Give the known parties whose names are like this one, the likest first (PUB-6)."""
    core = core_of(name)
    ranked = sorted(((fuzz.ratio(core, core_of(party.name)), party) for party in parties), key=lambda pair: -pair[0])
    return [party for likeness, party in ranked[:most] if likeness >= ALIKE]


def domain(party: Party) -> str:
    """Give the web domain of a website or e-mail address, without www; free mail services give none."""
    source = party.website or (party.email or "").rpartition("@")[2]
    host = re.sub(r"^\w+://", "", source.strip().lower()).split("/")[0].removeprefix("www.")
    return "" if host in _FREE_MAIL else host


def _digits(party: Party) -> str:
    digits = re.sub(r"\D", "", party.phone or "")
    return digits[-PHONE_DIGITS:] if len(digits) >= PHONE_DIGITS else ""


_FREE_MAIL = {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "yahoo.com", "yahoo.co.uk",
              "icloud.com", "btinternet.com", "aol.com", "live.co.uk"}  # fmt: skip
_SURE_KEYS = (
    ("same VAT number", lambda party: plain(party.vat_number or "").removeprefix("gb")),
    ("same web domain", domain),
    ("same phone number", _digits),
)
