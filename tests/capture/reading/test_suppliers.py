"""Names of firms, as they are printed."""

from __future__ import annotations

import pytest

from capture.reading.suppliers import clean_name


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("=SUM(A1) Ltd", "=SUM(A1) Ltd"),  # exports keep it from being a formula; what is printed is what is read
        ("== Corner Shop ==", "Corner Shop"),
        ("= Corner Shop =", "Corner Shop"),
        ("*** Corner Shop ***", "Corner Shop"),
    ],
)
def test_ornaments_are_no_part_of_a_name_but_its_own_signs_are(printed: str, name: str) -> None:
    assert clean_name(printed) == name
