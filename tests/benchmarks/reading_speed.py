"""How fast documents are read: the whole pipeline against the bare OCR engine, and PDFs with a text layer a second.

    python -m tests.benchmarks.reading_speed [--pictures FOLDER] [--pdfs FOLDER] [--count 12]

Both are CPU time of one thread in one run, so another process on the machine hardly matters. Without folders, documents
of our own drawing are used. The bare engine detects and recognises the lines of the decoded picture, nothing else.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from capture.reading.engines import get_engine
from capture.reading.model import Options
from capture.reading.pdf import open_pdf
from capture.reading.pictures import shrink
from capture.reading.pipeline import read_file
from capture.reading.rapid import RapidEngine
from tests.documents.draw import draw_pdf
from tests.documents.papers import ALL, INVOICES, vary
from tests.documents.pictures import draw_picture

RATIO = 1.15  # of the bare engine's time, at most
PDFS = 10.0  # a second and core, at least


def main() -> int:
    """Print both figures; 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--pdfs", type=Path)
    parser.add_argument("--count", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pictures = _files(options.pictures, "*.jpg", options.count) or list(_drawn(Path(folder), "jpg", options.count))
        pdfs = _files(options.pdfs, "*.pdf", options.count) or list(_drawn(Path(folder), "pdf", options.count))
        ratio = _ratio(pictures)
        rate = _rate(pdfs)
    sys.stdout.write(f"pipeline against the bare engine: {ratio:.3f} (wanted: at most {RATIO})\n")
    sys.stdout.write(f"PDFs with a text layer a second and core: {rate:.1f} (wanted: at least {PDFS})\n")
    return int(ratio > RATIO or rate < PDFS)


def _ratio(files: list[Path]) -> float:
    engine = get_engine("rapidocr")
    assert isinstance(engine, RapidEngine)
    read_file(files[0], "image/jpeg", Options())  # warm
    whole = bare = 0.0
    for file in files:
        whole += _cpu(partial(read_file, file, "image/jpeg", Options()))
        pixels = shrink(np.asarray(Image.open(file).convert("RGB")))
        bare += _cpu(partial(engine.read_bare, pixels))
    return whole / bare


def _rate(files: list[Path]) -> float:
    read_file(files[0], "application/pdf", Options())  # warm
    files = [file for file in files if _has_text(file)]
    spent = sum(_cpu(partial(read_file, file, "application/pdf", Options())) for file in files)
    return len(files) / spent


def _has_text(file: Path) -> bool:
    with open_pdf(file.read_bytes(), max_pages=60) as pdf:
        return all(len(pdf.words(number)) > 20 for number in range(1, len(pdf) + 1))


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _files(folder: Path | None, pattern: str, count: int) -> list[Path]:
    return sorted(folder.glob(pattern))[:count] if folder else []


def _drawn(folder: Path, kind: str, count: int) -> Iterator[Path]:
    papers = [paper for paper in ALL if (paper.layout in INVOICES) == (kind == "pdf")]
    for number in range(count):
        paper = vary(papers[number % len(papers)], number)
        path = folder / f"{number}.{kind}"
        path.write_bytes(draw_pdf(paper) if kind == "pdf" else draw_picture(paper, noise=1))
        yield path


if __name__ == "__main__":
    sys.exit(main())
