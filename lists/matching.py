"""Which entry a name means: pure comparison of names and numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz, process

SURE = 92  # of 100: alike enough to be taken for the same name
ALIKE = 82  # of 100: alike enough to be shown to a person
CLEAR_LEAD = 4  # by which the likest has to be ahead of the next
SHORTEST = 5  # letters; shorter names are too easily alike
PHONE_DIGITS = 10
PIECES = 4  # a name that is like another holds at least one of its quarters unaltered
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


def party_of(entry_id: int, name: str, details: Mapping[str, str]) -> Party:
    """Give an entry of a list as matching wants it."""
    keys = ("vat_number", "email", "website", "phone", "postcode")
    return Party(entry_id, name, **{key: details.get(key) for key in keys})


@dataclass(frozen=True)
class Match:
    """Whom a document means, how sure that is (0-1), and why."""

    id: int
    confidence: float
    reason: str


def match_party(read: Party, known: Iterable[Party], *, taught: Match | None = None) -> Match | None:
    """Find whom a document means: by VAT number, then web domain, phone, and the name; two equal answers are none.

    Firms of one house share a domain or a phone: whoever has another VAT number than the document is not meant by them.
    ``taught`` is whom a person said that the name means.
    """
    parties = list(known)
    for reason, key in _SURE_KEYS:
        wanted = key(read)
        found = [party for party in parties if wanted and key(party) == wanted and not _is_another(read, party)]
        if len(found) == 1:
            return Match(found[0].id, 0.99, reason)
    return taught or _by_name(read.name, parties)


def _is_another(read: Party, party: Party) -> bool:
    own, theirs = vat_digits(read), vat_digits(party)
    return bool(own and theirs and own != theirs)


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


def pieces(core: str) -> list[str]:
    """Cut a name into the pieces by one of which those like it are found."""
    many = max(2, min(PIECES, len(core) // 3))
    cuts = [len(core) * each // many for each in range(many + 1)]
    return [core[start:end] for start, end in pairwise(cuts) if end > start]


def nearest(core: str, cores: Mapping[int, str], *, most: int = 20) -> list[int]:
    """Give the ids of the names that are alike, the likest first."""
    return [each for _, _, each in process.extract(core, cores, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=most)]


def vat_digits(party: Party) -> str:
    """Give the VAT number as the digits and letters that tell it."""
    return plain(party.vat_number or "").removeprefix("gb")


def domain(party: Party) -> str:
    """Give the web domain of a website or e-mail address, without www; free mail services give none."""
    source = party.website or (party.email or "").rpartition("@")[2]
    host = re.sub(r"^\w+://", "", source.strip().lower()).split("/")[0].removeprefix("www.")
    return "" if host in _FREE_MAIL else host


def phone_digits(party: Party) -> str:
    """Give the last digits of the phone number, which every way of writing it shares."""
    digits = re.sub(r"\D", "", party.phone or "")
    return digits[-PHONE_DIGITS:] if len(digits) >= PHONE_DIGITS else ""


_FREE_MAIL = {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "yahoo.com", "yahoo.co.uk",
              "icloud.com", "btinternet.com", "aol.com", "live.co.uk"}  # fmt: skip
_SURE_KEYS = (
    ("same VAT number", vat_digits),
    ("same web domain", domain),
    ("same phone number", phone_digits),
)
