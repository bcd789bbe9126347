"""Names of firms, as they are printed."""

from __future__ import annotations

import pytest

from capture.reading.names import clean_name, may_be_name


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("=SUM(A1) Ltd", "=SUM(A1) Ltd"),  # exports keep it from being a formula; what is printed is what is read
        ("== Corner Shop ==", "Corner Shop"),
        ("= Corner Shop =", "Corner Shop"),
        ("*** Corner Shop ***", "Corner Shop"),
        ("Vallonet Service Clients", "Vallonet"),
        ("Alder Energy Customer Services", "Alder Energy"),
        ("Hexley Payment Receipt", "Hexley"),
        ("Supplier: Hexley Ltd", "Hexley Ltd"),
    ],
)
def test_what_is_printed_around_a_name_is_no_part_of_it(printed: str, name: str) -> None:
    assert clean_name(printed) == name


@pytest.mark.parametrize(
    "text", ["RIB63", "Your electricity bill", "Accounts Payable", "For period", "Sales Credit Note"]
)
def test_what_stands_where_names_do_is_none(text: str) -> None:
    assert not may_be_name(text)
