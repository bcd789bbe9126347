"""What is read from and written to list entries by values alone."""

from __future__ import annotations

import pytest

from core.errors import Incomplete
from lists.service import normal_rate


@pytest.mark.parametrize(
    ("given", "rate"),
    [("20%", "20"), (" 17.50 ", "17.5"), ("0.00", "0"), ("-0", "0"), ("1e1", "10"), ("Exempt", "exempt")],
)
def test_a_vat_rate_has_one_form(given: str, rate: str) -> None:
    assert normal_rate(given) == rate


@pytest.mark.parametrize("given", ["", "-5", "100", "nan", "sNaN", "1e99999", "5.0001", "a lot"])
def test_what_is_no_vat_rate_is_told(given: str) -> None:
    with pytest.raises(Incomplete, match="is no VAT rate"):
        normal_rate(given)
