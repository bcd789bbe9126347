"""A watched folder on this machine: what is in it, a file that nobody writes any more, and where it goes afterwards.

Sub-folders, links and hidden files are not looked at. Nothing is deleted, and nothing is overwritten.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from urllib.parse import quote

from capture.ways.errors import FolderMissing
from core.config import ROOT, current

DONE, REFUSED = "done", "refused"
SYSTEM = ("/etc", "/proc", "/sys", "/dev", "/boot", "/usr", "/bin", "/sbin", "/lib", "/run", "/root")
MOST = 1000  # files of one look


@dataclass(frozen=True)
class Seen:
    """A file as it was found: two finds that are equal mean that nobody touched it in between. Times in ns."""

    name: str
    size: int
    changed: int
    inode: int
    turned: int  # when its name or rights changed last

    @property
    def key(self) -> str:
        """Give its name in letters that anything can keep."""
        return quote(os.fsencode(self.name))

    @property
    def state(self) -> list[int]:
        """Give what tells whether it was touched."""
        return [self.size, self.changed, self.inode, self.turned]


def why_not_watched(folder: Path) -> str | None:
    """Say why a folder may not be watched, if so: nobody is to read our own files, or the system's, by this."""
    real, roots = folder.resolve(), current().watch_roots
    store = Path(current().document_store.removeprefix("file://"))
    for own in (ROOT.resolve(), current().data_dir.resolve(), store.resolve()):
        if real.is_relative_to(own) or own.is_relative_to(real):
            return "This folder holds Counterfoil itself. Choose another one."
    if roots and not any(real.is_relative_to(root.resolve()) for root in roots):
        return f"On this server, folders are watched only in {' and '.join(map(str, roots))}. Choose one there."
    if not roots and any(real.is_relative_to(system) for system in SYSTEM):
        return "This folder belongs to the system. Choose another one."
    return None


def list_files(folder: Path) -> list[Seen]:
    """Give the files in a folder, the oldest first.

    Raises:
        FolderMissing: it is not there, or may not be read or watched.
    """
    problem = why_not_watched(folder)
    if problem is not None:
        raise FolderMissing(f"{folder} is not watched, and nothing in it was changed. {problem}")
    with _our_errors(folder), os.scandir(folder) as entries:
        files = [_seen(entry) for entry in entries if not entry.name.startswith(".")]
    return sorted((each for each in files if each is not None), key=lambda each: (each.changed, each.name))[:MOST]


def _seen(entry: os.DirEntry[str]) -> Seen | None:
    with suppress(FileNotFoundError):
        if entry.is_file(follow_symlinks=False):
            return _as_seen(entry.name, entry.stat(follow_symlinks=False))
    return None


def _as_seen(name: str, found: os.stat_result) -> Seen:
    return Seen(name, found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)


def read_file(folder: Path, seen: Seen, most: int) -> bytes | None:
    """Give a file's bytes, at most so many; None when it was touched meanwhile or somebody has it open to write.

    Raises:
        FolderMissing: it may not be read.
    """
    with _our_errors(folder / seen.name):
        try:
            descriptor = os.open(folder / seen.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode) or _is_written(descriptor):
                return None
            data = file.read(most)
            return data if _as_seen(seen.name, os.fstat(descriptor)) == seen else None


def _is_written(descriptor: int) -> bool:
    """Tell whether a process of this machine has the file open to write; the kernel refuses a read lease on it then.

    It can be asked for one's own files alone, and not on every file system: where not, size and times have to do.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # not the default signal, which would end us
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in {errno.EAGAIN, errno.EBUSY}
    return False


def put_away(folder: Path, seen: Seen, into: str) -> bool:
    """Move a file into a sub-folder, under another name where its own is taken; not when it was touched meanwhile.

    Raises:
        FolderMissing: it may not be moved.
    """
    source, target = folder / seen.name, folder / into
    with _our_errors(target):
        target.mkdir(exist_ok=True)
        if target.is_symlink():
            raise FolderMissing(f"{target} is a link to elsewhere. Files are not moved through it; replace the link.")
        try:
            if _as_seen(seen.name, source.stat(follow_symlinks=False)) != seen:
                return False
            source.replace(_free_place(target, seen.name))
        except FileNotFoundError:
            return False
    return True


def _free_place(target: Path, name: str) -> Path:
    """Take a name in a folder that nobody has; the empty file that holds it is ours to replace."""
    stem, suffix = Path(name).stem, Path(name).suffix
    for each in chain([name], (f"{stem[:100]} ({number}){suffix[:20]}" for number in count(2))):
        with suppress(FileExistsError):
            os.close(os.open(target / each, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            return target / each
    raise AssertionError("names do not end")


@contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FolderMissing(f"There is no folder {path}. Nothing was changed. Make it, or correct the path.") from error
    except NotADirectoryError as error:
        raise FolderMissing(f"{path} is no folder. Nothing was changed. Correct the path.") from error
    except PermissionError as error:
        text = f"Counterfoil may not use {path}. Files stay where they are. Let its user read, write and enter it."
        raise FolderMissing(text) from error
    except OSError as error:
        raise FolderMissing(f"{path} cannot be used ({error.strerror}). Files stay where they are.") from error
