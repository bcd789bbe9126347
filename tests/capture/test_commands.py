"""``flask read``: a line of JSON a document, the problem of a file that cannot be read, and exit code 1 for it."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from capture.commands import read_command
from tests.documents.draw import draw_pdf
from tests.documents.papers import COFFEE, HARDWARE, HOSTING
from tests.documents.pictures import draw_picture

pytestmark = pytest.mark.processes


def run(*arguments: str) -> Result:
    return CliRunner().invoke(read_command, list(arguments))


@pytest.fixture
def invoice(tmp_path: Path) -> str:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(draw_pdf(HOSTING))
    return str(path)


def test_a_document_is_a_line_of_json(invoice: str) -> None:
    result = run("--json", "--own", HOSTING.customer, invoice)

    (line,) = result.stdout.splitlines()
    row = json.loads(line)
    assert result.exit_code == 0
    assert {name: row[name] for name in HOSTING.expected} == HOSTING.expected
    assert (row["kind"], row["customer"], row["engine"]) == ("cost", HOSTING.customer, "rapidocr")
    assert row["origin"]["total"] == "text layer"
    assert 0 < row["confidence"]["total"] <= 1
    assert [each["amount"] for each in row["lines"]] == ["64.00", "25.00", "58.00"]


def test_two_receipts_in_one_picture_are_two_lines(tmp_path: Path) -> None:
    left, right = (Image.open(path) for path in _pictures(tmp_path))
    both = Image.new("RGB", (left.width + right.width + 60, max(left.height, right.height)), "white")
    both.paste(left, (0, 0))
    both.paste(right, (left.width + 60, 0))
    both.save(tmp_path / "both.png")

    rows = [json.loads(line) for line in run("--json", str(tmp_path / "both.png")).stdout.splitlines()]

    assert [row["total"] for row in rows] == [COFFEE.expected["total"], HARDWARE.expected["total"]]


def test_a_file_that_cannot_be_read_says_why_and_the_others_are_read(tmp_path: Path, invoice: str) -> None:
    (tmp_path / "cut.jpg").write_bytes(draw_picture(COFFEE)[:9000])
    (tmp_path / "notes.txt").write_text("no document")

    result = run("--json", "--jobs", "2", str(tmp_path / "cut.jpg"), str(tmp_path / "notes.txt"), invoice)

    cut, notes, good = (json.loads(line) for line in result.stdout.splitlines())
    assert (cut["problem"]["code"], notes["problem"]["code"], good["total"]) == ("CAP-2", "CAP-1", "176.40")
    assert result.exit_code == 1


def test_the_files_in_a_zip_are_read_with_a_line_each(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.writestr("March/hosting.pdf", draw_pdf(HOSTING))
        archive.writestr("notes.txt", "no document")

    result = run("--json", str(tmp_path / "both.zip"))

    hosting, notes = (json.loads(line) for line in result.stdout.splitlines())
    assert (hosting["file"], hosting["total"]) == (f"{tmp_path}/both.zip/hosting.pdf", "176.40")
    assert (notes["file"], notes["problem"]["code"]) == (f"{tmp_path}/both.zip/notes.txt", "CAP-1")
    assert result.exit_code == 1


def test_explain_shows_the_candidates_and_draw_marks_the_page(tmp_path: Path, invoice: str) -> None:
    marked = tmp_path / "marked.png"

    result = run("--explain", "--draw", str(marked), invoice)

    assert "total: '17640'" in result.stdout
    assert "net and VAT add up to it" in result.stdout
    assert Image.open(marked).format == "PNG"


def _pictures(folder: Path) -> list[Path]:
    paths = []
    for paper in (COFFEE, HARDWARE):
        path = folder / f"{paper.reference}.jpg"
        path.write_bytes(draw_picture(paper))
        paths.append(path)
    return paths
