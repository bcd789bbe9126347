"""What corrections bring: documents of a layout read without and with what a person corrected on the first one.

    python -m tests.benchmarks.anchors [--corpus FOLDER] [--score FILE] [--write docs/benchmarks.md]

Layouts of our own with odd words come first. Of the labelled sets every supplier with several documents counts, as the
pages are, and once more with their words made strange (each letter by the one 13 further on, but for names and months):
a layout that the reader does not know. A person corrects the first document by name: what was read wrong there and is
printed is learned. "All" learns every printed field of the first, right or wrong, to see whether that does harm.
"""

from __future__ import annotations

import argparse
import codecs
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from capture.intake.formats import recognise
from capture.reading.anchors import TEACHABLE, key_of, learn_spot
from capture.reading.errors import Unreadable
from capture.reading.extract import read_as_one
from capture.reading.model import Anchor, Page, Reading
from capture.reading.service import Reader
from tests.benchmarks.reading import PATIENT, SETS, belongs, load_module, own_of, write_chapter
from tests.documents.written import page_of

CHAPTER = "## What corrections bring"
FIELDS = sorted(TEACHABLE & {"reference", "date", "due_date", "net", "tax", "total"})
MONTHS = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
ODD = {
    "Quernstone Mill Ltd": (
        "Chit   {ref}\nStruck {uk}\n\n{due}\n\nFlour     {net}\nLevy      {tax}\nReckoning {total}\nKept back {more}"
    ),
    "Withen Clough Dairy": (
        "Round {ref}      Week of {uk}\n"
        "\n"
        "   Milk    Duty    All told    Owing so far\n"
        "   {net}   {tax}   {total}    {more}"
    ),
    "Ferry Lane Glazing Co": (
        "{name}  {ref}\n"
        "\n"
        "Panes fitted  {net}\n"
        "Of which crown  {tax}\n"
        "Please send  {total}\n"
        "by the latest  {due}\n"
        "Your account stands at  {more}"
    ),
    "Prairie Oak Supply Inc": (
        "Slip {ref}\nShipped {us}\n\nBoards {net}\nState {tax}\nYou owe us {total}\nOpen slips {more}"
    ),
    "Tollgate Carriers": (
        "Waybill {ref} of {uk}, settle before {due}\n"
        "\n"
        "Carriage  {net}\n"
        "Crown's share  {tax}\n"
        "In all  {total}\n"
        "With last month's  {more}"
    ),
    "Aldham Print Works": ("{uk}      {ref}\n\nRun of leaflets {more}\nless goodwill {net}\ncrown {tax}\nnow {total}"),
}


@dataclass(frozen=True)
class Known:
    """A document with what it says."""

    name: str
    pages: tuple[Page, ...]
    said: dict[str, Any]
    own: tuple[str, ...] = ()


@dataclass
class Count:
    """How many fields of later documents were scored, and how many were right: as they are, corrected, with all."""

    layouts: int = 0
    documents: int = 0
    scored: int = 0
    plain: int = 0
    corrected: int = 0
    all: int = 0
    learned: int = 0


def main() -> int:
    """Measure, print, and write where wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--score", type=Path, default=Path("../shared/score.py"))
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    score = load_module(options.score)
    rows = [("odd layouts of our own", _measure(score, own_layouts()))]
    for name in SETS[:3]:
        groups = list(_groups(options.corpus, name, score))
        rows.append((name, _measure(score, groups)))
        rows.append(
            (f"{name}, their words made strange", _measure(score, [list(map(estrange, each)) for each in groups]))
        )
    text = "\n".join(_report(rows))
    sys.stdout.write(text + "\n")
    if options.write:
        write_chapter(options.write, text, CHAPTER)
    return 0


def own_layouts() -> list[list[Known]]:
    """Give three documents of each of our layouts."""
    return [[_odd(name, layout, number) for number in (1, 2, 3)] for name, layout in ODD.items()]


def _odd(name: str, layout: str, number: int) -> Known:
    day, net, tax = date(2026, 3 + number, number + 4), 1700 * number + 35, 340 * number + 7
    due, total = day + timedelta(24), net + tax
    said = {
        "reference": f"K{number}-{4417 * number}",
        "date": day.isoformat(),
        "total": _pounds(total),
        "tax": _pounds(tax),
    }
    if "{due}" in layout:
        said["due_date"] = due.isoformat()
    if not ("{uk}" in layout or "{us}" in layout):
        del said["date"]
    filled = layout.format(
        name="No", ref=said["reference"], uk=f"{day:%d/%m/%Y}", us=f"{day:%m/%d/%Y}", due=f"{due:%d/%m/%Y}",
        net=_pounds(net), tax=_pounds(tax), total=_pounds(total), more=_pounds(total * 3 + 11),
    )  # fmt: skip
    return Known(f"{name} {number}", (page_of(f"{name}\n14 Weir Street, Calderbrook\n\n{filled}\n"),), said)


def _pounds(pence: int) -> str:
    return f"{pence / 100:.2f}"


def _groups(corpus: Path, name: str, score: ModuleType) -> Iterator[list[Known]]:
    """Give the documents of each supplier with several of them, in the order of their names."""
    labels = {
        file: each for file, each in score.load(str(corpus / name / "labels.jsonl")).items() if belongs(name, each)
    }
    alone = {file: each for file, each in labels.items() if f"{file.split('#')[0]}#2" not in labels and "#" not in file}
    by_supplier: dict[str, list[str]] = {}
    for file in sorted(alone):
        by_supplier.setdefault(key_of(str(alone[file]["supplier"])), []).append(file)
    own, reader = own_of(labels), Reader(limits=PATIENT)
    for files in by_supplier.values():
        if len(files) > 1:
            known = [_seen(reader, corpus / name / file, alone[file], own) for file in files]
            found = [each for each in known if each is not None]
            if len(found) > 1:
                yield found
    reader.close()


def _seen(reader: Reader, path: Path, label: dict[str, Any], own: tuple[str, ...]) -> Known | None:
    data = path.read_bytes()
    try:
        return Known(path.name, reader.read(data, media_type=recognise(data), own=own).pages, label, own)
    except Unreadable:
        return None


def estrange(known: Known) -> Known:
    """Give the document with words that no reader knows."""
    names = {key_of(word) for field in ("supplier", "customer") for word in str(known.said.get(field)).split()}

    def strange(text: str) -> str:
        keeps = key_of(text) in names or MONTHS.search(text) or any(each.isdigit() for each in text)
        return text if keeps else codecs.encode(text, "rot13")

    pages = tuple(
        replace(page, words=tuple(replace(word, text=strange(word.text)) for word in page.words))
        for page in known.pages
    )
    return replace(known, pages=pages)


def _measure(score: ModuleType, groups: Sequence[Sequence[Known]]) -> Count:
    count = Count()
    for first, *others in groups:
        reading = read_as_one(first.pages, own=first.own)
        wrong = tuple(_learn(score, first, reading, wrong_alone=True))
        everything = tuple(_learn(score, first, reading, wrong_alone=False))
        count.layouts += 1
        count.documents += len(others)
        count.learned += len(wrong)
        for other in others:
            plainly = read_as_one(other.pages, own=other.own)
            count.scored += len(_scored(other))
            count.plain += _right(score, other, plainly)
            count.corrected += _right(score, other, read_as_one(other.pages, own=other.own, anchors=wrong))
            count.all += _right(score, other, read_as_one(other.pages, own=other.own, anchors=everything))
    return count


def _learn(score: ModuleType, known: Known, reading: Reading, *, wrong_alone: bool) -> Iterator[Anchor]:
    """Give what a person who corrects this document teaches."""
    side = "customer" if known.said.get("kind") == "sale" else "supplier"
    read_as = reading.fields.get(side)
    for number, field in enumerate(_scored(known) if read_as else ()):
        found = reading.fields.get(field)
        if wrong_alone and found and score.right(field, found.value, known.said):
            continue
        spot = learn_spot(known.pages, field, str(_wanted(known, field)))
        if spot is not None and read_as is not None:
            yield Anchor(number, (key_of(read_as.value),), field, spot, "corrected on the first")


def _wanted(known: Known, field: str) -> Any:  # noqa: ANN401 - of a label
    return known.said.get(field, known.said.get("invoice_number") if field == "reference" else None)


def _scored(known: Known) -> list[str]:
    return [field for field in FIELDS if _wanted(known, field) not in (None, "")]


def _right(score: ModuleType, known: Known, reading: Reading) -> int:
    given = {name: found.value for name, found in reading.fields.items()}
    return sum(name in given and bool(score.right(name, given[name], known.said)) for name in _scored(known))


def _report(rows: Sequence[tuple[str, Count]]) -> Iterator[str]:
    yield CHAPTER
    yield ""
    yield "`python -m tests.benchmarks.anchors --write docs/benchmarks.md`: later documents of a supplier, the fields"
    yield f"{', '.join(FIELDS[:-1])} and {FIELDS[-1]}, read without and with what the first taught. *Corrected*: what"
    yield "was read wrong on the first and is printed there was corrected. *All*: every printed field of it was taught,"
    yield "right or wrong, to see whether that does harm. Strange words: each letter by the one 13 further on, but for"
    yield "names and months."
    yield ""
    yield "| documents | suppliers | later documents | fields | without | corrected | lessons | all |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, each in rows:
        shares = [f"{right / max(each.scored, 1):.1%}" for right in (each.plain, each.corrected, each.all)]
        cells = [name, each.layouts, each.documents, each.scored, shares[0], shares[1], each.learned, shares[2]]
        yield f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main())
