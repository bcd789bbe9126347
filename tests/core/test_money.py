from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import format_money, share, tax_within, to_pence, to_pounds

PENCE = st.integers(-(10**11), 10**11)
PERCENT = st.sampled_from([Decimal(0), Decimal(5), Decimal("12.5"), Decimal("17.5"), Decimal(20)])


@pytest.mark.parametrize(
    ("pounds", "pence"), [("12.34", 1234), ("0.005", 1), ("-0.005", -1), ("0.0049", 0), ("1.005", 101), ("-2", -200)]
)
def test_halves_of_a_penny_go_away_from_zero(pounds: str, pence: int) -> None:
    assert to_pence(Decimal(pounds)) == pence


@given(PENCE)
def test_pence_turned_into_pounds_and_back_are_the_same(pence: int) -> None:
    assert to_pence(to_pounds(pence)) == pence


@given(PENCE, PERCENT)
def test_a_credit_has_the_same_tax_as_a_cost_with_the_other_sign(pence: int, percent: Decimal) -> None:
    assert share(-pence, percent) == -share(pence, percent)
    assert tax_within(-pence, percent) == -tax_within(pence, percent)


@given(PENCE, PERCENT)
def test_the_tax_within_an_amount_is_that_on_the_rest_of_it_to_the_penny(gross: int, percent: Decimal) -> None:
    held = tax_within(gross, percent)

    assert abs(share(gross - held, percent) - held) <= 1


@pytest.mark.parametrize(
    ("pence", "currency", "written"),
    [(123_456, "GBP", "£1,234.56"), (-50, "EUR", "-€0.50"), (1200, "SEK", "SEK\xa012.00"), (0, "GBP", "£0.00")],
)
def test_an_amount_is_written_as_people_read_it(pence: int, currency: str, written: str) -> None:
    assert format_money(pence, currency) == written
