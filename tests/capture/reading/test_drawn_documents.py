"""What our own drawn receipts and invoices say is read from them, by OCR and from the text layer."""

from dataclasses import replace
from pathlib import Path

import pytest

from capture.reading.model import Options, Outcome
from capture.reading.pipeline import read_file
from tests.documents.draw import draw_pdf
from tests.documents.papers import ALL, COFFEE, HARDWARE, HOSTING, INVOICES, RECEIPTS, Layout, Paper, vary
from tests.documents.pictures import draw_picture

ESSENTIAL = ("supplier", "date", "total", "tax", "currency", "document_type", "reference")


def read(tmp_path: Path, data: bytes, media_type: str, *, own: tuple[str, ...] = ()) -> Outcome:
    path = tmp_path / "document"
    path.write_bytes(data)
    return read_file(path, media_type, Options(own=own))


def values(outcome: Outcome) -> dict[str, str]:
    (reading,) = outcome.readings
    return {name: found.value for name, found in reading.fields.items()}


@pytest.mark.parametrize("layout", [*RECEIPTS, *INVOICES])
@pytest.mark.parametrize("number", range(3))
def test_a_text_layer_is_read_whole(tmp_path: Path, layout: Layout, number: int) -> None:
    base = HOSTING if layout in INVOICES else HARDWARE
    paper = vary(replace(base, layout=layout), number)

    found = values(read(tmp_path, draw_pdf(paper), "application/pdf"))

    assert {name: found.get(name) for name in paper.expected} == paper.expected


@pytest.mark.parametrize("paper", ALL, ids=lambda paper: paper.reference)
@pytest.mark.parametrize("noise", [0, 2])
def test_a_photograph_is_read(tmp_path: Path, paper: Paper, noise: int) -> None:
    picture = draw_picture(paper, noise=noise, turned=noise)

    found = values(read(tmp_path, picture, "image/jpeg"))

    assert {name: found.get(name) for name in ESSENTIAL} == {name: paper.expected[name] for name in ESSENTIAL}


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_put_in_sideways_is_read_upright(tmp_path: Path, turned: int) -> None:
    outcome = read(tmp_path, draw_picture(COFFEE, turned=turned), "image/jpeg")

    found = values(outcome)
    page = outcome.pages[0]
    assert (found["total"], page.height > page.width) == (COFFEE.expected["total"], True)


def test_every_value_shows_where_it_stands(tmp_path: Path) -> None:
    outcome = read(tmp_path, draw_picture(HARDWARE, noise=1, turned=2), "image/jpeg")

    total = outcome.readings[0].fields["total"]
    assert total.page == 1
    assert total.box is not None
    near = [word.text for word in outcome.pages[0].words if abs(word.box.y - total.box.y) < 0.02]
    assert any(HARDWARE.expected["total"] in text for text in near)
