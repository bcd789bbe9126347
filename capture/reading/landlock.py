"""Landlock: which files a process may still open, refused by the kernel (Linux 5.13 and newer; landlock(7))."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from contextlib import suppress

_libc = ctypes.CDLL(None, use_errno=True)
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every machine
_ASK_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE  # the rights that a file can have; the others are folders'
_KNOWN = (0, 13, 14, 15, 15, 16)  # rights that versions 0 to 5 know, counted from the lowest bit
_NET, _SCOPE = 0b11, 0b11  # no TCP; no signals and no abstract sockets to others
_WITH_NET, _WITH_SCOPE = 4, 6  # versions


def version() -> int:
    """Give the version of Landlock that this kernel has, 0 for none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)))


def allow_only(*, reading: Iterable[str], writing: Iterable[str]) -> None:
    """Let this thread, and what it starts, open no files but those in these folders (or these files).

    Folders that do not exist are left out. Does nothing on a kernel without Landlock. Takes ``no_new_privs``.
    """
    has = version()
    if not has:
        return
    known = (1 << _KNOWN[min(has, len(_KNOWN) - 1)]) - 1
    fields = [known, *([_NET] if has >= _WITH_NET else []), *([_SCOPE] if has >= _WITH_SCOPE else [])]
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    ruleset = _call(_CREATE_RULESET, ctypes.c_char_p(attributes), len(attributes), 0)
    try:
        for paths, rights in ((reading, _READ), (writing, known)):
            for path in paths:
                with suppress(FileNotFoundError):
                    _allow(ruleset, path, rights & known)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = rights if os.path.isdir(path) else rights & _ON_FILES  # noqa: PTH112 - a descriptor's path, as text
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.c_char_p(struct.pack("=Qi", allowed, descriptor)), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
