"""The files in a ZIP archive, read in memory and under limits: a small archive can unpack to terabytes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

ENTRY = b"PK\x01\x02"  # begins every entry of the table of contents
ENTRIES_MOST = 5000  # counted before the table is read; folders and rubbish included
LOCKED = 0x1  # flag bit: encrypted
RUBBISH = ("__MACOSX/", "Thumbs.db", ".DS_Store")


@dataclass(frozen=True)
class Room:
    """What an archive may hold: number of files, bytes in one of them, bytes in all."""

    files: int
    file_bytes: int
    all_bytes: int


class ZipFault(Exception):
    """The archive is not taken; the text completes "this is ..."."""


def find_names(data: bytes) -> frozenset[str]:
    """Give the names in the archive's table of contents.

    Raises:
        ZipFault: it cannot be read.
    """
    with _opened(data) as archive:
        return frozenset(archive.namelist())


def read_files(data: bytes, room: Room) -> tuple[tuple[str, bytes], ...]:
    """Give the files in the archive with their names as they stand in it, in its order.

    Raises:
        ZipFault: it cannot be read, is locked, or holds more than there is room for.
    """
    with _opened(data) as archive:
        infos = [info for info in archive.infolist() if not _is_no_file(info.filename)]
        if len(infos) > room.files:
            raise ZipFault(f"a ZIP archive of {len(infos)} files, over the limit of {room.files}")
        return tuple(_contents(archive, infos, room))


def _contents(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], room: Room) -> Iterator[tuple[str, bytes]]:
    left = room.all_bytes
    for info in infos:
        if info.flag_bits & LOCKED:
            raise ZipFault("a ZIP archive that needs a password")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ZipFault("a ZIP archive with an unusual kind of compression")
        with archive.open(info) as file:
            content = file.read(min(room.file_bytes, left) + 1)
        if len(content) > min(room.file_bytes, left):
            raise ZipFault("a ZIP archive that is too large when unpacked")
        left -= len(content)
        yield info.filename, content


@contextmanager
def _opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    if data.count(ENTRY) > ENTRIES_MOST:
        raise ZipFault("a ZIP archive of too many files")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError) as error:
        raise ZipFault("a damaged ZIP archive") from error


def _is_no_file(name: str) -> bool:
    """Tell whether this is a folder, or what a system keeps beside the files."""
    return name.endswith("/") or name.startswith(RUBBISH[0]) or name.rsplit("/", maxsplit=1)[-1] in RUBBISH[1:]
