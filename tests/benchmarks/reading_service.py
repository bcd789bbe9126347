"""What the reading service costs over calling the pipeline, and how its memory holds over many documents.

    python -m tests.benchmarks.reading_service [DOCUMENTS] [FOLDER]

Documents are ours, varied, or the files of a folder in turn. The same ones are read twice: here, by the pipeline, and
in the reading process. Prints the ratio of the times, and the memory of the process as it goes.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from capture.intake.formats import MediaType, recognise
from capture.reading.model import Options
from capture.reading.process import ENVIRONMENT, Limits
from capture.reading.service import Reader
from tests.documents.draw import draw_pdf
from tests.documents.papers import vary
from tests.documents.pictures import draw_picture, samples

WHOLE_LIFE = Limits(documents=1_000_000, resident_bytes=1 << 40)  # no renewal: growth would show


def documents(folder: str | None) -> Iterator[bytes]:
    """Give documents without end."""
    if folder:
        yield from cycle(
            [path.read_bytes() for path in sorted(Path(folder).iterdir()) if path.suffix in {".jpg", ".pdf"}]
        )
    papers = [paper for paper, _ in samples().values()]
    for number, paper in enumerate(cycle(papers)):
        varied = vary(paper, number)
        yield draw_pdf(varied) if number % 4 == 3 else draw_picture(varied, noise=number % 3, turned=number % 5 - 2)


def read_here(files: list[tuple[bytes, MediaType]]) -> float:
    """Give the processor's seconds that the pipeline takes for these by itself."""
    from capture.reading.pipeline import read_file, warm  # noqa: PLC0415 - behind the number of its threads

    warm("rapidocr")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document"
        started = time.process_time()
        for data, kind in files:
            path.write_bytes(data)
            read_file(path, kind, Options())
        return time.process_time() - started


def read_by_service(files: list[tuple[bytes, MediaType]]) -> float:
    """Give the processor's seconds that the reading service takes for these, and print its memory as it goes."""
    before = processor_seconds()
    reader = Reader(limits=WHOLE_LIFE)
    for number, (data, kind) in enumerate(files, start=1):
        reader.read(data, media_type=kind)
        if number % max(1, len(files) // 10) == 0:
            say(f"{number:5} documents, {reader.resident_bytes >> 20} MiB resident")
    reader.close()
    return processor_seconds() - before


def processor_seconds() -> float:
    """Give what this process and its children that ended have used."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    os.environ.update(ENVIRONMENT)
    folder = sys.argv[2] if len(sys.argv) > 2 else None
    files = [(data, recognise(data)) for data in islice(documents(folder), count + 1)]
    started = time.perf_counter()
    start = read_by_service(files[:1])
    say(f"ready and the first document read in {time.perf_counter() - started:.1f} s")
    by_service = read_by_service(files) - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    here = read_here(files[1:])
    say(f"{count} documents: {by_service:.1f} s of processor by the service, {here:.1f} s by the pipeline alone")
    say(f"ratio {by_service / here:.3f}; at most {peak} MiB resident")


if __name__ == "__main__":
    main()
