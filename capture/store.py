"""The file store: documents under the hash of their content, and what was made from them, in a folder or on S3."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import obstore.store
from obstore.exceptions import AlreadyExistsError, BaseError

from core.errors import Conflict, CounterfoilError, NotFound, SettingWrong

RESERVE = 100_000_000  # bytes of a local disk that are left free: the database lives there too
SECOND = timedelta(seconds=1)
DOCUMENTS, MADE = "documents/", "made/"
NO_ROOM = "There is no room for another file: the disk is full. Nothing was saved. Free some space and send it again."
_FULL = ("os error 28", "os error 122", "EntityTooLarge", "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull")


class StoreFull(Conflict):
    """There is no room for another file."""

    code = "CAP-10"


class StoreUnavailable(CounterfoilError):
    """The file store did not answer, or refused."""

    code = "store"


class FileLost(NotFound):
    """The file store has no such file."""

    code = "not-found"


@dataclass(frozen=True)
class Kept:
    """One file in the store: its key, size in bytes and when it was last put."""

    key: str
    size: int
    put_at: datetime


class DocumentStore:
    """Keeps files under keys. Once used it cannot be used in a fork of the process: its threads are not there."""

    _process: int | None = None  # which one began to use it

    def __init__(self, store: obstore.store.ObjectStore, *, folder: Path | None, reserve: int) -> None:
        self._store = store
        self._folder = folder
        self._reserve = reserve

    @classmethod
    def from_url(cls, address: str, *, reserve: int = RESERVE) -> DocumentStore:
        """Open the store at an address: a folder, or ``s3://bucket/prefix`` with the usual ``AWS_*`` environment.

        Raises:
            SettingWrong: the address cannot be used.
        """
        try:
            if "://" in address:
                made = obstore.store.from_url(
                    address,
                    retry_config={"max_retries": 3, "retry_timeout": 20 * SECOND},
                    client_options={"timeout": 15 * SECOND, "connect_timeout": 5 * SECOND, "allow_http": True},
                )  # plain http only where AWS_ENDPOINT_URL asks for it
                return cls(made, folder=None, reserve=0)
            folder = Path(address).absolute()
            local = obstore.store.LocalStore(folder, mkdir=True)
            _sync(folder.parent)
            return cls(local, folder=folder, reserve=reserve)
        except (BaseError, OSError, ValueError) as error:
            raise SettingWrong(f"DOCUMENT_STORE is {address!r}, which cannot be opened as a file store.") from error

    def put(self, data: bytes) -> str:
        """Keep a document and give its key; it is on the disk when this returns. The same bytes are kept once.

        Raises:
            StoreFull: there is no room; nothing was saved.
            StoreUnavailable: the store did not take it.
        """
        key = document_key(hashlib.sha256(data).hexdigest())
        self._check_room(len(data))
        with _our_errors():
            try:
                self._store.put(key, data, mode="create", use_multipart=False)
            except AlreadyExistsError:  # heals a file torn by a crash, and renews its time for the sweep
                self._store.put(key, data, use_multipart=False)
            self._settle(key)
        return key

    def put_made(self, key: str, data: bytes) -> str:
        """Keep something made from a document (a page picture, words) in place of what is there; give its full key.

        Raises:
            StoreFull: there is no room; what was there stays.
            StoreUnavailable: the store did not take it.
        """
        full = f"{MADE}{key}"
        self.put_as(full, data)
        return full

    def put_as(self, key: str, data: bytes) -> None:
        """Keep a file under this key, in place of what is there.

        Raises:
            StoreFull: there is no room.
            StoreUnavailable: the store did not take it.
        """
        self._check_room(len(data))
        with _our_errors():
            self._store.put(key, data, use_multipart=False)
            self._settle(key)

    def get(self, key: str) -> bytes:
        """Give the bytes under a key.

        Raises:
            FileLost: there is nothing under it.
            StoreUnavailable: the store did not answer.
        """
        with _our_errors():
            try:
                return bytes(self._store.get(key).bytes())
            except FileNotFoundError as error:
                raise FileLost("The file store no longer has this file.") from error

    def get_made(self, key: str) -> bytes:
        """Give what was made from a document and put under this key.

        Raises:
            FileLost: there is nothing under it.
            StoreUnavailable: the store did not answer.
        """
        return self.get(f"{MADE}{key}")

    def delete(self, key: str) -> None:
        """Remove what is under a key, if anything is.

        Raises:
            StoreUnavailable: the store did not answer.
        """
        with _our_errors(), suppress(FileNotFoundError):
            self._store.delete(key)

    def find(self, key: str) -> Kept | None:
        """Tell what is under a key now, if anything is.

        Raises:
            StoreUnavailable: the store did not answer.
        """
        with _our_errors():
            try:
                entry = self._store.head(key)
            except FileNotFoundError:
                return None
            return Kept(entry["path"], entry["size"], entry["last_modified"])

    def files(self) -> Iterator[Kept]:
        """Give every file in the store.

        Raises:
            StoreUnavailable: the store did not answer.
        """
        with _our_errors():
            for batch in self._store.list():
                for entry in batch:
                    yield Kept(entry["path"], entry["size"], entry["last_modified"])

    def writable(self) -> bool:
        """Tell whether a file can be kept now."""
        try:
            self.delete(self.put_made(f"probe/{uuid4()}", b"probe"))
        except CounterfoilError:
            return False
        return True

    def _check_room(self, size: int) -> None:
        if self._folder is None:
            return
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize < size + self._reserve:
            raise StoreFull(NO_ROOM)

    def _settle(self, key: str) -> None:
        """Make a file in a folder outlive a power cut: its content, then its name in every folder above."""
        if self._folder is None:
            return
        path = self._folder / key
        while path != self._folder.parent:
            _sync(path)
            path = path.parent


def document_key(sha256: str) -> str:
    """Give the key under which a document is in the store."""
    return f"{DOCUMENTS}{sha256[:2]}/{sha256}"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _our_errors() -> Iterator[None]:
    DocumentStore._process = DocumentStore._process or os.getpid()  # noqa: SLF001 - its own module
    if DocumentStore._process != os.getpid():  # noqa: SLF001
        raise RuntimeError("the file store was used before this process was forked; it would hang")
    try:
        yield
    except (BaseError, OSError) as error:
        if any(mark in str(error) for mark in _FULL):
            raise StoreFull(NO_ROOM) from error
        raise StoreUnavailable("The file store did not answer. Nothing was saved. Try again in a minute.") from error
