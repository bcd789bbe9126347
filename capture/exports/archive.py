"""Items with their documents as one ZIP, each file named by date, supplier and amount."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from mimetypes import guess_extension
from pathlib import PurePath
from typing import IO

from capture.exports.tables import as_csv
from capture.intake.service import store
from capture.models import Item
from capture.store import FileLost, document_key
from capture.submissions.models import Document
from core.money import to_pounds

_UNFIT = re.compile(r"[^\w .&()-]+")
LONGEST = 60


def file_name(item: Item) -> str:
    """Name an item's document: 2026-03-02 Kestrelford 120.00 GBP.pdf."""
    day = item.issued_on.isoformat() if item.issued_on else "undated"
    name = " ".join(_UNFIT.sub(" ", item.party_name or "").split()).strip(" .")[:LONGEST].strip() or "unknown"
    amount = "no total" if item.total is None else f"{to_pounds(item.total)} {item.currency}"
    suffix = PurePath(item.submission.filename).suffix.lower() if item.submission else ""
    return f"{day} {name} {amount}{suffix if suffix.isascii() else ''}"


def write_zip(items: Sequence[Item], out: IO[bytes]) -> None:
    """Write the table of items, and each document once for each item, under its own name."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("items.csv", as_csv(items), zipfile.ZIP_DEFLATED)
        for item_name, item in _named(items):
            for name, document in _files(item_name, item):
                try:
                    packed.writestr(name, store().get(document_key(document.sha256)))
                except FileLost:
                    packed.writestr(f"{name} is missing.txt", "The file store no longer has this file.")


def _files(name: str, item: Item) -> Iterator[tuple[str, Document]]:
    """Give the documents of an item, each under a name; one that was merged has several."""
    shown = {page.document_id: page.document for page in item.pages}
    own = item.submission.readable if item.submission else None
    for number, document in enumerate(shown.values() or ([own] if own else []), start=1):
        ending = guess_extension(document.media_type) or ""
        yield (name if number == 1 else f"{PurePath(name).stem} file {number}{ending}"), document


def _named(items: Iterable[Item]) -> Iterable[tuple[str, Item]]:
    """Give each item a name that no other has, whatever the case."""
    taken: set[str] = set()
    for item in items:
        path = PurePath(file_name(item))
        name, number = str(path), 2
        while name.lower() in taken:
            name, number = f"{path.stem} ({number}){path.suffix}", number + 1
        taken.add(name.lower())
        yield name, item
