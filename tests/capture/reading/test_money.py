"""Amounts of money as they are printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from capture.reading.money import MOST, find_money, parse_number

PENCE = some.integers(0, 10_000_000_00)


def pence_in(text: str) -> list[int]:
    return [money.pence for money in find_money(text)]


@given(PENCE)
def test_english_and_german_writing_give_the_same(pence: int) -> None:
    english = f"{pence / 100:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))

    assert pence_in(f"Total £{english}") == pence_in(f"Summe {german} €") == [pence]


@given(PENCE)
def test_a_minus_before_behind_or_brackets_make_it_negative(pence: int) -> None:
    amount = f"{pence / 100:.2f}"

    assert pence_in(f"-£{amount}") == pence_in(f"({amount})") == pence_in(f"{amount}-") == [-pence]


@given(some.text(max_size=60))
def test_any_text_gives_amounts_in_bounds_at_places_in_it_or_none(text: str) -> None:
    for money in find_money(text):
        assert abs(money.pence) <= MOST
        assert 0 <= money.start < money.end <= len(text)


@given(some.text("0123456789.,' ", max_size=20))
def test_any_digits_are_a_number_or_none(text: str) -> None:
    number = parse_number(text)

    assert number is None or number >= 0


@pytest.mark.parametrize(
    "text",
    [
        "12.10.26",
        "0.450 kg",
        "£2.10/kg",
        "24.86p",
        "146.4 p/l",
        "20.00%",
        "18:07",
        "£99,999,999,999,999.00",
        "56.15 LITRES",
        "1.000,0000",
        "No.20",
    ],
)
def test_what_is_no_amount_is_not_taken_for_one(text: str) -> None:
    assert pence_in(text) == []


def test_slips_of_ocr_are_put_right() -> None:
    assert pence_in("l0.O0") == [1000]
    assert pence_in("12 .50") == [1250]


def test_whole_amounts_need_a_currency() -> None:
    assert (pence_in("$3,150"), pence_in("3,150"), pence_in("$2,779.5")) == ([315000], [], [277950])
