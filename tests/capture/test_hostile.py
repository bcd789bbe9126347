"""Hostile files through type recognition and the reading process, as an upload goes."""

import json
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from capture.intake.formats import MediaType, Refused, recognise, unpack
from capture.reading.errors import Unreadable
from capture.reading.folding import plain
from capture.reading.service import Reader
from tests.documents.hostile import hostile_files, picture

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("hostile")]
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "hostile"
SECONDS = 12  # on a machine that has nothing else to do
KIBIBYTES = 1 << 20  # one GiB
INNER = ("/", "Error", "Traceback", "Pillow", "pdfium", "line ")  # what an answer must not name
OTHERWISE = {  # the manifest expects a refusal and says that the other answer can be defended
    "nested.pdf": "pdfium reads past the array; the page is blank, and the item says that no total was found",
    "content-bomb.pdf": "the page is blank, and drawing it nearly reaches the limit of memory",
    "image-bomb.pdf": "pdfium leaves the picture out; the page is blank",
}


@dataclass(frozen=True)
class Case:
    name: str
    data: bytes
    is_read: bool | None  # None: both answers can be defended
    words: str = ""
    values: tuple[tuple[str, str], ...] = ()


def from_corpus() -> Iterator[Case]:
    for line in (CORPUS / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        label = row.get("label") or {}
        values = tuple((name, label[name]) for name in ("supplier", "date", "net", "tax", "total") if name in label)
        is_read = None if row["file"] in OTHERWISE else row["expected"] == "accepted"
        yield Case(row["file"], (CORPUS / row["file"]).read_bytes(), is_read, values=values)


OURS = [Case(name, data, is_read=not words, words=words) for name, data, words in hostile_files()]
THEIRS = list(from_corpus()) if CORPUS.exists() else []
NEEDS_CORPUS = pytest.mark.skip(reason="the hostile set (../shared/corpus/hostile) is not here")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    reader.warm()
    yield reader
    reader.close()


@dataclass(frozen=True)
class Answer:
    is_read: bool
    words: str
    values: dict[str, str]


def take_in(reader: Reader, data: bytes) -> Answer:
    """Do with a file what an upload does."""
    try:
        kind = recognise(data)
        if kind is MediaType.ZIP:
            unpack(data)
        reading = reader.read(data, media_type=kind).readings[0]
    except (Refused, Unreadable) as refusal:
        return Answer(is_read=False, words=str(refusal), values={})
    return Answer(is_read=True, words="", values={name: plain(each.value) for name, each in reading.fields.items()})


@pytest.mark.parametrize(
    "case",
    [
        *(pytest.param(case, id=case.name) for case in OURS),
        *(pytest.param(case, id=f"corpus-{case.name}") for case in THEIRS),
        *([] if THEIRS else [pytest.param(None, id="corpus", marks=NEEDS_CORPUS)]),
    ],
)
def test_a_hostile_file_is_answered_as_it_should_be(reader: Reader, case: Case) -> None:
    started = time.monotonic()

    answer = take_in(reader, case.data)

    assert time.monotonic() - started < SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert case.is_read in {None, answer.is_read}
    assert case.words in answer.words
    assert not [word for word in INNER if word in answer.words]
    assert {name: plain(value) for name, value in case.values}.items() <= answer.values.items()


@pytest.mark.parametrize("size", [(6700, 8900), (7700, 7700)])
def test_the_largest_picture_that_is_taken_is_read(reader: Reader, size: tuple[int, int]) -> None:
    data = picture("PNG", size=size, compress_level=1)

    assert take_in(reader, data).values["total"] == "230"


def test_no_hostile_file_took_more_memory_than_it_may(reader: Reader) -> None:
    """Runs behind the others: the largest of all children of this test process so far."""
    reader.close()

    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < KIBIBYTES
