"""Dates as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from capture.reading.dates import EARLIEST, LATEST, find_dates

DAYS = some.dates(EARLIEST, LATEST)
WAYS = (
    "%d/%m/%Y", "%d-%m-%y", "%d.%m.%Y", "%Y-%m-%d", "%d %B %Y", "%d %b %y", "%d%b%y", "%A %d %B %Y", "%B %d, %Y",
    "%d-%b-%Y", "Date: %d/%m/%Y 14:05", "%d/%m/%Y14:05",
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@given(day=DAYS)
def test_a_date_is_read_back_however_it_is_written(way: str, day: date) -> None:
    (found,) = find_dates(day.strftime(way))

    assert found.day == day


@given(some.text(max_size=60))
def test_any_text_gives_dates_in_range_at_places_in_it_or_none(text: str) -> None:
    for found in find_dates(text, bare=True):
        assert EARLIEST <= found.day <= LATEST
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("7th August 2026", "2026-08-07"),
        ("Thursday 22nd May 2025 20:36", "2025-05-22"),
        ("le 02 juillet 2015", "2015-07-02"),
        ("14. März 2024", "2024-03-14"),
        ("13 0ct 26", "2026-10-13"),  # as OCR reads it
        ("12 / 03 / 2018", "2018-03-12"),
        ("Issue dateNovember 23, 2025", "2025-11-23"),
    ],
)
def test_languages_ordinals_and_slips_of_ocr(text: str, day: str) -> None:
    assert [found.day.isoformat() for found in find_dates(text)] == [day]


@pytest.mark.parametrize(
    "text",
    [
        "99/99/2020",
        "31/02/2024",
        "01/01/1999",
        "12/05/2099",
        "1.2.3.4",
        "12:30",
        "20.00%",
        "0113 496 0000",
        "version 1.2.3",
    ],
)
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    assert list(find_dates(text)) == []


def test_a_date_that_reads_both_ways_says_so() -> None:
    both, first_only, second_only = find_dates("03/04/2026 13/04/2026 04/13/2026")

    assert (both.read(month_first=False).month, both.read(month_first=True).month) == (4, 3)
    assert (first_only.sure, second_only.sure, both.sure) == (True, True, False)
