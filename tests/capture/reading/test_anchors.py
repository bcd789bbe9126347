"""A correction to one paper of a supplier makes the next one read right, and only that supplier's."""

from decimal import Decimal

import pytest

from capture.reading.anchors import learn_anchor
from capture.reading.extract import read_documents
from capture.reading.model import Anchor, Page, Reading
from tests.documents.written import page_of

ODD = """\
Quernstone Mill Ltd
Luddenden HX2 6XX

Chit   {code}
Struck {day}

Flour, stoneground      {flour}
Levy                    {levy}
Reckoning               {sum}
Kept back               {kept}
"""


def paper(number: int) -> tuple[Page, dict[str, str]]:
    """Give a paper of an odd layout with what it says."""
    flour, levy, kept = Decimal("10.00") * number, Decimal("2.00"), Decimal("50.00") * number
    said = {"reference": f"QM-{number}9", "total": str(flour + levy)}
    text = ODD.format(
        code=said["reference"], day=f"0{number}/05/2026", flour=flour, levy=levy, sum=flour + levy, kept=kept
    )
    return page_of(text), said


def read(page: Page, anchors: tuple[Anchor, ...] = ()) -> Reading:
    (reading,) = read_documents((page,), anchors=anchors)
    return reading


def right(reading: Reading, said: dict[str, str]) -> list[str]:
    return [name for name, value in said.items() if name in reading.fields and reading.fields[name].value == value]


@pytest.fixture
def learned() -> tuple[Anchor, ...]:
    page, said = paper(1)
    found = [
        learn_anchor((page,), supplier="Quernstone Mill Ltd", field=name, value=value) for name, value in said.items()
    ]
    return tuple(anchor for anchor in found if anchor)


def test_the_second_paper_is_read_better_after_a_correction_to_the_first(learned: tuple[Anchor, ...]) -> None:
    page, said = paper(2)

    assert right(read(page), said) == []
    assert right(read(page, learned), said) == ["reference", "total"]


def test_the_reason_and_the_place_are_shown(learned: tuple[Anchor, ...]) -> None:
    page, _ = paper(2)

    total = read(page, learned).fields["total"]

    assert [anchor.words for anchor in learned] == ["chit", "reckoning"]
    assert total.box is not None


def test_another_suppliers_papers_are_not_touched(learned: tuple[Anchor, ...]) -> None:
    page, said = paper(2)
    others = tuple(Anchor("somebodyelse", anchor.field, anchor.words, anchor.under) for anchor in learned)

    assert right(read(page, others), said) == []


def test_a_value_that_stands_nowhere_teaches_nothing() -> None:
    page, _ = paper(1)

    assert learn_anchor((page,), supplier="Quernstone Mill Ltd", field="total", value="1.23") is None
