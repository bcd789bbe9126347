"""How well documents are read: every labelled document, scored field by field, with the misses and the reliability.

    python -m tests.benchmarks.reading [--corpus FOLDER] [--score FILE] [--write docs/benchmarks.md]

Prints one table for each set: the whole, and apart from it the half that the rules were not begun on (every second
document by name). ``--write`` puts the same into the chapter "Reading" of the file and leaves its other chapters be.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from capture.intake.formats import recognise
from capture.reading.errors import Unreadable
from capture.reading.extract import read_documents
from capture.reading.process import Limits
from capture.reading.report import as_json
from capture.reading.service import Reader

SETS = ("receipts", "uk", "invoices", "e-invoices")
WANTED = {
    "receipts": {"supplier": 0.95, "date": 0.975, "total": 0.98, "currency": 0.98},
    "uk": {
        "supplier": 0.95, "date": 0.97, "total": 0.98, "tax": 0.95, "tax_lines": 0.90, "last4": 0.95,
        "document_type": 0.95, "kind": 0.98, "reference": 0.90, "lines": 0.80,
    },
    "invoices": {
        "supplier": 0.95, "date": 0.97, "total": 0.98, "reference": 0.95, "net": 0.95, "tax": 0.95, "due_date": 0.90,
    },
    "e-invoices": dict.fromkeys(("supplier", "date", "total", "reference", "net", "tax", "due_date"), 1.0),
}  # fmt: skip
PATIENT = Limits(seconds=600)  # other work on the machine must not decide
STEPS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)
HEADS = (
    "field",
    "scored",
    "right",
    "wrong",
    "missing",
    "invented",
    "accuracy",
    "apart",
    "wanted",
    "sure",
    "of these wrong",
)
CHAPTER = "## Reading"
Row = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """The figures and misses of one set, of the whole and of the half that was kept apart."""

    name: str
    documents: int
    figures: dict[str, Row]
    apart: dict[str, Row]
    misses: dict[str, list[tuple[Any, ...]]]
    pairs: list[tuple[float, bool]]  # confidence, right
    seconds: float  # the median for a document


def main() -> int:
    """Read the sets, print the tables, and write them where wanted; 1 when a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--score", type=Path, default=Path("../shared/score.py"))
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    score = load_module(options.score)
    results = [_measure(options.corpus, name, score) for name in SETS]
    text = "\n".join(_report(results))
    sys.stdout.write(text + "\n")
    if options.write:
        write_chapter(options.write, text, CHAPTER)
    return int(
        any(_accuracy(result, field) < goal for result in results for field, goal in WANTED[result.name].items())
    )


def _measure(corpus: Path, name: str, score: ModuleType) -> Result:
    folder = corpus / name.removeprefix("e-")
    labels = {file: label for file, label in score.load(str(folder / "labels.jsonl")).items() if belongs(name, label)}
    files = sorted({file.split("#")[0] for file in labels})
    rows = list(_read(folder, files, own=own_of(labels), by_page=name == "invoices"))
    readings = _numbered(rows)
    figures, misses = score.score(labels, readings)
    apart = {file for index, file in enumerate(files) if index % 2}
    held, _ = score.score({file: label for file, label in labels.items() if file.split("#")[0] in apart}, readings)
    seconds = sorted(row["seconds"] for row in rows if "seconds" in row)
    pairs = list(_pairs(score, labels, readings))
    return Result(name, len(labels), figures, held, misses, pairs, seconds[len(seconds) // 2])


def own_of(labels: dict[str, Row]) -> tuple[str, ...]:
    """Give name and VAT number of the business whose documents these are: the one that sells."""
    sales = [label for label in labels.values() if label.get("kind") == "sale"]
    return tuple(sorted({label[name] for label in sales for name in ("supplier", "vat_number")}))


def belongs(name: str, label: Row) -> bool:
    """Tell whether a label is of this set."""
    if name == "invoices":
        return bool(label["layout"] == "invoice")
    return name != "e-invoices" or bool(label["truth"] == "embedded XML")


def _read(folder: Path, files: list[str], *, own: tuple[str, ...], by_page: bool) -> Iterator[Row]:
    """Read the files; ``by_page`` leaves e-invoices inside them out and goes by what the pages show."""
    reader = Reader(limits=PATIENT)
    for file in files:
        data = (folder / file).read_bytes()
        try:
            outcome = reader.read(data, media_type=recognise(data), own=own)
        except Unreadable:
            continue
        readings = read_documents(outcome.pages, own=own) if by_page else outcome.readings
        yield from (as_json(file, outcome, reading) for reading in readings)
    reader.close()


def _numbered(rows: list[Row]) -> dict[str, Row]:
    """Give the readings under the names that score.py uses: the second one of a file is NAME#2."""
    found: dict[str, Row] = {}
    for row in rows:
        count = sum(1 for name in found if name.split("#")[0] == row["file"])
        found[f"{row['file']}#{count + 1}" if count else row["file"]] = json.loads(json.dumps(row))
    return found


def _pairs(score: ModuleType, labels: dict[str, Row], readings: dict[str, Row]) -> Iterator[tuple[float, bool]]:
    for name, label in labels.items():
        reading = readings.get(name, {})
        for field in score.SCALARS:
            given = reading.get(field)
            if score.wanted_value(field, label) not in (None, "", []) and given not in (None, ""):
                yield reading["confidence"].get(field, 0.0), score.right(field, given, label)


def _report(results: list[Result]) -> Iterator[str]:
    yield CHAPTER
    yield ""
    yield "`python -m tests.benchmarks.reading --write docs/benchmarks.md`, over the labelled documents of the corpus."
    yield "The rules were begun on every other document by name; *apart* is the accuracy on the rest, but misses of"
    yield "both halves were looked at later, so that it is no clean hold-out. Invoices are"
    yield "read by what their pages show; e-invoices are the same files with the XML inside them."
    for result in results:
        yield ""
        yield f"### {result.name}: {result.documents} documents, median {result.seconds:.2f} s"
        yield ""
        yield f"| {' | '.join(HEADS)} |"
        yield "|" + "---|" * len(HEADS)
        for field, row in result.figures.items():
            yield _line(result, field, row)
        yield ""
        yield "Misses:"
        yield ""
        for field, missed in result.misses.items():
            for file, wanted, given in missed:
                yield f"- {field}, {file}: wanted {_short(wanted)}, given {_short(given)}"
    yield from _reliability([pair for result in results for pair in result.pairs])


def _line(result: Result, field: str, row: Row) -> str:
    goal = WANTED[result.name].get(field)
    apart = result.apart.get(field, {}).get("accuracy")
    cells = [
        field,
        *(row[name] for name in ("scored", "right", "wrong", "missing", "invented")),
        f"{row['accuracy']:.1%}",
    ]
    cells += ["" if apart is None else f"{apart:.1%}", f"{goal:.1%}" if goal else "", row["sure"], row["sure_wrong"]]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _reliability(pairs: list[tuple[float, bool]]) -> Iterator[str]:
    yield ""
    yield "### Reliability: how often values of a confidence are right"
    yield ""
    yield "| confidence | values | right | |"
    yield "|---|---|---|---|"
    for low, high in pairwise(STEPS):
        rights = [right for sure, right in pairs if low <= sure < high]
        if rights:
            share = sum(rights) / len(rights)
            yield f"| {low:.2f} to {min(high, 1.0):.2f} | {len(rights)} | {share:.1%} | {'█' * round(share * 20)} |"
    sure = [right for confidence, right in pairs if confidence >= 0.95]
    yield ""
    yield f"Of {len(sure)} values given as sure (0.95 and more) {1 - sum(sure) / max(len(sure), 1):.2%} are wrong."


def _accuracy(result: Result, field: str) -> float:
    return float(result.figures.get(field, {}).get("accuracy", 0.0))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) < 70 else text[:67] + "..."


def write_chapter(path: Path, text: str, chapter: str) -> None:
    """Replace the chapter of this heading in the file, or add it."""
    old = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    head, found, tail = old.partition(chapter + "\n")
    rest = tail.partition("\n## ")
    after = f"\n## {rest[2]}" if found and rest[1] else ""
    path.write_text(f"{head.rstrip()}\n\n{text.rstrip()}\n{after}", encoding="utf-8")


def load_module(path: Path) -> ModuleType:
    """Load the program that scores."""
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
