"""What keeps an item from being published is said in the words of its page."""

from dataclasses import replace

import pytest

from capture.amounts.totals import Amounts
from capture.checking import Checked, find_problems, list_needed
from capture.reading.model import DocumentType
from kashflow.ledger import Kind

WHOLE = Checked(
    kind=Kind.COST,
    document_type=DocumentType.RECEIPT,
    has_party=True,
    has_date=True,
    has_category=True,
    amounts=Amounts(net=1000, tax=200, total=1200, vat_rate="20"),
)


@pytest.mark.parametrize(
    ("lacking", "problem"),
    [
        ({}, None),
        ({"has_category": False}, ("PUB-1", "category", "Needs: category.")),
        ({"amounts": Amounts(net=1000, tax=None, total=1200)}, ("PUB-1", "tax", "Needs: VAT.")),
    ],
)
def test_pub_1_names_what_is_missing(lacking: dict[str, object], problem: tuple[str, str, str] | None) -> None:
    found = [(each.code, each.field, each.message) for each in find_problems(replace(WHOLE, **lacking))]  # type: ignore[arg-type]

    assert found == ([problem] if problem else [])


def test_cap_6_a_delivery_note_is_told_from_what_is_missing() -> None:
    (problem,) = find_problems(replace(WHOLE, document_type=DocumentType.NOT_A_VAT_DOCUMENT))

    assert (problem.code, problem.field, problem.blocks) == ("CAP-6", "document_type", True)
    assert "Archive it, or choose its type." in problem.message


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (["tax"], "VAT"),
        (["category", "vat_rate"], "category and VAT rate"),
        (["date", "total", "tax"], "date, total and VAT"),
    ],
)
def test_missing_fields_are_listed_in_words(missing: list[str], words: str) -> None:
    assert list_needed(missing) == words
