"""Passwords: hashing with argon2id, and which ones are refused."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from core.errors import Incomplete

SHORTEST = 8
LONGEST = 200
_COMMON = Path(__file__).with_name("common_passwords.txt")
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)  # 125 ms on one core of 2026
_NOBODYS = _HASHER.hash("the time an unknown name takes")


class PasswordRefused(Incomplete):
    """The password is too short, too long or too easily guessed."""

    code = "password"


def check_password(password: str, email: str) -> None:
    """Refuse what is guessed first; there are no rules about kinds of characters.

    Raises:
        PasswordRefused: the text says why.
    """
    if len(password) < SHORTEST:
        raise PasswordRefused(f"A password needs at least {SHORTEST} characters.", field="password")
    if len(password) > LONGEST:
        raise PasswordRefused(f"A password has at most {LONGEST} characters.", field="password")
    guesses = _common() | {email, email.partition("@")[0], "counterfoil", "kashflow"}
    if password.strip().casefold() in guesses:
        raise PasswordRefused("This password is one of the first anybody would try. Choose another.", field="password")


def hash_password(password: str) -> str:
    """Give the hash that is kept."""
    return _HASHER.hash(_normal(password))


def password_fits(password: str, kept: str | None) -> bool:
    """Tell whether the password is the one; without a kept hash it takes as long and is not."""
    try:
        return _HASHER.verify(kept or _NOBODYS, _normal(password)) and kept is not None
    except VerificationError:
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with other costs than today's."""
    return _HASHER.check_needs_rehash(kept)


def _normal(password: str) -> str:
    """Make one password of the ways keyboards have to write an accented letter."""
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").split())
