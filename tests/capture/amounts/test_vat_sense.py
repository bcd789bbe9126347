"""VAT sense: each check warns of its one thing, and of nothing on a document that is in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.amounts.totals import TaxLine
from capture.amounts.vat_sense import VatFacts, find_warnings
from capture.reading.model import DocumentType
from kashflow.ledger import Kind

GOOD = VatFacts(
    kind=Kind.COST,
    today=date(2026, 3, 31),
    net=10000,
    tax=2000,
    total=12000,
    vat_rate="20",
    vat_number="GB123456782",
    reference="INV-1",
    issued_on=date(2026, 3, 2),
)


def codes(facts: VatFacts) -> list[str]:
    return [problem.code for problem in find_warnings(facts)]


def test_a_document_in_order_gets_no_warning() -> None:
    assert codes(GOOD) == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("VAT-1", {"tax_lines": [TaxLine("20", 10000, 2000, 12500)]}),
        ("VAT-2", {"tax": 2100}),
        ("VAT-2", {"vat_rate": "19", "tax": 1900}),
        ("VAT-2", {"vat_rate": None, "tax": 2500}),
        ("VAT-2", {"tax_lines": [TaxLine("5", 10000, 2000, 12000)]}),
        ("VAT-3", {"vat_number": None}),
        ("VAT-3", {"vat_number": "GB123456789"}),
        ("VAT-4", {"vat_number": "DE136695976"}),
        ("VAT-5", {"net": 30000, "tax": 6000, "total": 36000}),
        ("VAT-6", {"read_type": DocumentType.NOT_A_VAT_DOCUMENT}),
        ("VAT-7", {"issued_on": date(2026, 4, 2)}),
        ("VAT-8", {"issued_on": date(2022, 3, 30)}),
        ("PUB-8", {"open_from": date(2026, 3, 3)}),
        ("VAT-9", {"twin": 7}),
    ],
)
def test_a_check_warns_of_its_one_thing(code: str, wrong: dict[str, object]) -> None:
    assert codes(replace(GOOD, **wrong)) == [code]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fine",
    [
        {"tax": 2001},  # rounded per line: a penny
        {"vat_rate": "0", "tax": 0, "total": 10000, "vat_number": None},  # nothing is reclaimed
        {"kind": Kind.SALE, "vat_number": None},
        {"net": 30000, "tax": 6000, "total": 36000, "own_name_read": True},
        {"tax_lines": [TaxLine("20", 5000, 1000, 6000), TaxLine("0", 6000, 0, 6000)], "vat_rate": None, "tax": 1000},
        {"issued_on": date(2022, 3, 31)},
        {"vat_number": "XI123456782"},
    ],
)
def test_what_may_be_is_not_warned_of(fine: dict[str, object]) -> None:
    assert codes(replace(GOOD, **fine)) == []  # type: ignore[arg-type]


pence = st.none() | st.integers(-(10**12), 10**12)


@given(
    pence, pence, pence, st.sampled_from([None, "20", "exempt", "17.5"]), st.none() | st.text(max_size=12), st.dates()
)
def test_whatever_was_read_the_checks_answer(
    net: int | None, tax: int | None, total: int | None, rate: str | None, number: str | None, day: date
) -> None:
    facts = replace(GOOD, net=net, tax=tax, total=total, vat_rate=rate, vat_number=number, issued_on=day)

    assert all(not problem.blocks for problem in find_warnings(facts))
