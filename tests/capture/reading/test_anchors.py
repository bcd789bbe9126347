"""A correction to one paper of a supplier makes the next one read right, and only that supplier's."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.reading.anchors import TEACHABLE, UNPROVEN, key_of, learn_spot
from capture.reading.extract import read_documents
from capture.reading.model import Anchor, Box, Found, Page, Reading, Spot
from capture.reading.wire import from_plain, to_plain
from tests.documents.written import page_of

MILL = "Quernstone Mill Ltd"
ODD = """\
Quernstone Mill Ltd
Luddenden HX2 6XX

Chit   {code}
Struck {day}
                                        {due}

Flour, stoneground      {flour}
Levy                    {levy}
Reckoning               {sum}
Kept back               {kept}
"""


def paper(number: int) -> tuple[Page, dict[str, str]]:
    """Give a paper of an odd layout with what it says."""
    flour, levy, kept = Decimal("10.00") * number, Decimal("2.00"), Decimal("50.00") * number
    day = date(2026, 5, number)
    said = {"reference": f"QM-{number}9", "total": str(flour + levy), "tax": "2.00"}
    said |= {"due_date": (day + timedelta(40)).isoformat()}
    due = day + timedelta(40)
    text = ODD.format(
        code=said["reference"], day=f"0{number}/05/2026", due=f"{due:%d/%m/%Y}", flour=flour, levy=levy,
        sum=flour + levy, kept=kept,
    )  # fmt: skip
    return page_of(text), said


def read(page: Page, anchors: tuple[Anchor, ...] = ()) -> Reading:
    (reading,) = read_documents((page,), anchors=anchors)
    return reading


def right(reading: Reading, said: dict[str, str]) -> list[str]:
    return [name for name, value in said.items() if name in reading.fields and reading.fields[name].value == value]


def anchor(spot: Spot, field: str, *, number: int = 7, supplier: str = MILL) -> Anchor:
    return Anchor(number, (key_of(supplier),), field, spot, "where you corrected it on item 12")


def spot_of(field: str) -> Spot:
    page, said = paper(1)
    spot = learn_spot((page,), field, said[field])
    assert spot is not None
    return spot


@pytest.fixture
def learned() -> tuple[Anchor, ...]:
    return tuple(anchor(spot_of(name), name) for name in paper(1)[1])


def test_the_second_paper_is_read_better_after_a_correction_to_the_first(learned: tuple[Anchor, ...]) -> None:
    page, said = paper(2)

    assert right(read(page), said) == []
    assert right(read(page, learned), said) == ["reference", "total", "tax", "due_date"]


def test_the_reason_and_the_place_are_shown(learned: tuple[Anchor, ...]) -> None:
    page, _ = paper(2)

    total = read(page, learned).fields["total"]

    assert [each.spot.words for each in learned] == ["chit", "reckoning", "levy", ""]
    assert (total.note, total.anchor) == ("where you corrected it on item 12", 7)
    assert total.box is not None


def test_what_one_correction_says_is_doubtful_until_it_is_proven(learned: tuple[Anchor, ...]) -> None:
    page, _ = paper(2)
    proven = tuple(replace(each, is_proven=True) for each in learned)

    assert read(page, learned).fields["total"].confidence <= UNPROVEN
    assert read(page, proven).fields["total"].confidence > UNPROVEN


def test_a_value_that_the_page_itself_gives_is_not_put_down_to_a_correction() -> None:
    page = page_of(f"{MILL}\n\nInvoice no. QM-19\n\nTotal   12.00\n")
    spot = learn_spot((page,), "total", "12.00")
    assert spot is not None

    plainly, remembered = read(page).fields["total"], read(page, (anchor(spot, "total"),)).fields["total"]

    assert (remembered.value, remembered.anchor, remembered.note) == (plainly.value, None, plainly.note)
    assert remembered.confidence >= plainly.confidence


def test_another_suppliers_papers_are_not_touched(learned: tuple[Anchor, ...]) -> None:
    page, said = paper(2)
    others = tuple(replace(each, known_as=(key_of("Somebody Else"),)) for each in learned)

    assert right(read(page, others), said) == []


def test_a_supplier_is_known_by_its_vat_number_too(learned: tuple[Anchor, ...]) -> None:
    page, said = paper(2)
    text = page_of("VAT No. GB 999 9999 73").words
    numbered = replace(page, words=(*page.words, *(replace(word, box=replace(word.box, y=0.97)) for word in text)))
    by_number = tuple(replace(each, known_as=("999999973",)) for each in learned)

    assert "total" in right(read(numbered, by_number), said)


def test_a_value_that_stands_nowhere_teaches_nothing() -> None:
    page, _ = paper(1)

    assert learn_spot((page,), "total", "1.23") is None


def test_of_several_places_the_one_that_was_pointed_at_is_learned() -> None:
    page = page_of(f"{MILL}\nFirst   12.00\nSecond  12.00\nThird   12.00\n")
    pointed = Spot("", under=False, page=1, box=Box(0.16, 0.5, 0.1, 0.2))

    plainly, near = learn_spot((page,), "total", "12.00"), learn_spot((page,), "total", "12.00", near=pointed)

    assert plainly is not None
    assert near is not None
    assert (plainly.words, near.words) == ("first", "second")


def test_words_that_tell_a_value_from_others_are_preferred() -> None:
    page = page_of(f"{MILL}\nAmount  12.00\nAmount  7.00\nTo settle  12.00\n")

    spot = learn_spot((page,), "total", "12.00")

    assert spot is not None
    assert spot.words == "to settle"


def test_a_date_that_was_corrected_to_month_first_is_read_so_the_next_time() -> None:
    spot = learn_spot((page_of(f"{MILL}\nDate 05/06/2026\n"),), "date", "2026-05-06")
    assert spot is not None

    found = read(page_of(f"{MILL}\nDate 07/08/2026\n"), (anchor(spot, "date"),)).fields["date"]

    assert (found.value, found.note) == ("2026-07-08", "where you corrected it on item 12")


def test_anchors_travel_to_the_reading_process_and_their_numbers_back(learned: tuple[Anchor, ...]) -> None:
    found = read(paper(2)[0], learned).fields["total"]

    assert from_plain(tuple[Anchor, ...], to_plain(learned))[0].known_as == learned[0].known_as
    assert from_plain(Found, to_plain(found)).anchor == 7


@given(st.text(st.characters(codec="ascii"), max_size=200), st.sampled_from(sorted(TEACHABLE)), st.text(max_size=12))
def test_learning_from_any_page_gives_a_place_or_nothing(text: str, field: str, value: str) -> None:
    spot = learn_spot((page_of(text),), field, value)

    assert spot is None or 0 <= spot.box.x <= 1
