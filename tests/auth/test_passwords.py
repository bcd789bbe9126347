import time

import pytest
from argon2 import PasswordHasher

from auth.passwords import PasswordRefused, check_password, hash_password, is_outdated, password_fits


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "at least 8"),
        ("x" * 201, "at most 200"),
        ("Password123", "first anybody would try"),
        ("QWERTYUIOP", "first anybody would try"),
        ("bookkeeper", "first anybody would try"),
        ("jo@business.example", "first anybody would try"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, says: str) -> None:
    with pytest.raises(PasswordRefused, match=says):
        check_password(password, "jo@business.example")


def test_a_long_plain_sentence_is_a_good_password() -> None:
    check_password("a quiet river at noon", "jo@business.example")


def test_a_hash_fits_its_password_and_no_other() -> None:
    kept = hash_password("a quiet river at noon")

    assert kept.startswith("$argon2id$")
    assert password_fits("a quiet river at noon", kept)
    assert not password_fits("a quiet river at moon", kept)


def test_an_accent_is_the_same_however_the_keyboard_writes_it() -> None:
    assert password_fits("cafe\u0301 noir", hash_password("caf\u00e9 noir"))


def test_an_unknown_name_takes_as_long_as_a_known_one() -> None:
    kept = hash_password("a quiet river at noon")
    began = time.process_time()
    password_fits("another", kept)
    known = time.process_time() - began
    began = time.process_time()

    assert not password_fits("the time an unknown name takes", None)

    assert time.process_time() - began > known / 3


def test_a_hash_with_other_costs_is_outdated() -> None:
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=1024).hash("a quiet river at noon"))
    assert not is_outdated(hash_password("a quiet river at noon"))
