"""What the reading process may still do: limits of the kernel, and no network.

Called first thing in the process, before anything is loaded that might start a thread: a filter of system calls holds
for the thread that sets it and for what that one starts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capture.reading.landlock import allow_only

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/fonts", "/etc/ld.so.cache", "/proc", "/sys", "/dev/urandom")
_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_THREAD = 0x10000000, 0x40000000, 0x00010000
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER_MODE = 1, 22, 38, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _GIVE = 0x20, 0x15, 0x35, 0x45, 0x06  # instructions of the kernel's BPF
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_OTHER_NUMBERS = 0x40000000  # from here on: the x32 numbers of the same calls


@dataclass(frozen=True)
class Limits:
    """What the kernel allows the process.

    ``processes``: it may start others (Tesseract is a program of its own) and write in its ``scratch`` folder.
    """

    address_space: int = 2 << 30
    data: int = 1280 << 20  # bytes of memory of its own, in use or set aside; what is in use the parent watches
    file_bytes: int = 0
    open_files: int = 64
    processes: bool = False
    scratch: str | None = None


class NotConfined(RuntimeError):
    """Neither a network namespace nor a filter of system calls can be had on this machine."""


@dataclass(frozen=True)
class _Machine:
    """The numbers of the calls that are refused; ``clone`` is refused but for threads."""

    audit: int
    sockets: tuple[int, ...]  # socket, socketpair
    others: tuple[int, ...]  # ptrace, process_vm_readv, process_vm_writev, setsid, setpgid, unshare, setns
    starting: tuple[int, ...]  # execve, execveat, fork, vfork, kill, tkill
    clone: int


_EVERYWHERE = (425, 438)  # io_uring_setup, pidfd_getfd
_CLONE3 = 435
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E, (41, 53), (101, 310, 311, 112, 109, 272, 308), starting=(59, 322, 57, 58, 62, 200), clone=56
    ),
    "aarch64": _Machine(
        0xC00000B7, (198, 199), (117, 270, 271, 157, 154, 97, 268), starting=(221, 281, 129, 130), clone=220
    ),
}


def confine(limits: Limits, *, parent: int) -> None:
    """Take from this process what reading a document does not need; it ends with its parent.

    Raises:
        NotConfined: it would still have the network.
    """
    cut_off = _leave_network()
    _call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL)  # after the namespace: entering one clears it
    if os.getppid() != parent:
        raise SystemExit
    for kind, most in (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_DATA, limits.data),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        least = most if (hard := resource.getrlimit(kind)[1]) == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))
    machine = _MACHINES.get(platform.machine())
    if machine is None and not cut_off:
        raise NotConfined
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    allow_only(reading=_needed(), writing=["/dev/null", *([limits.scratch] if limits.scratch else [])])
    if machine is not None:
        _filter_calls(_program(machine, limits.processes))


def _needed() -> list[str]:
    """Give the folders of the libraries, of our own code (not of the data beside it) and of the system."""
    ours = [str(each.parent) for each in ROOT.glob("*/__init__.py")]
    libraries = [sys.prefix, sys.base_prefix, *(path for path in sys.path if path != str(ROOT))]
    return [*ours, *libraries, str(ROOT / "static"), *SYSTEM]


def _leave_network() -> bool:
    """Move to a network of its own that has no device, where the kernel allows it. Takes root's rights away, too."""
    for flags in (_CLONE_NEWUSER | _CLONE_NEWNET, _CLONE_NEWNET):
        with suppress(OSError):
            _call("unshare", flags)
            return True
    return False


def _program(machine: _Machine, processes: bool) -> bytes:  # noqa: FBT001 - private
    """Give the filter: a row of tests, each answering with an error or going on to the next."""
    refused = [*machine.sockets, *machine.others, *_EVERYWHERE, *(() if processes else machine.starting)]
    steps = [
        _step(_LOAD, _MACHINE),
        _step(_EQUAL, machine.audit, 1, 0),
        _step(_GIVE, _REFUSE | errno.EPERM),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _OTHER_NUMBERS, 0, 1),
        _step(_GIVE, _REFUSE | errno.EPERM),
    ]
    for number in refused:
        steps += [_step(_EQUAL, number, 0, 1), _step(_GIVE, _REFUSE | errno.EPERM)]
    if not processes:
        steps += [_step(_EQUAL, _CLONE3, 0, 1), _step(_GIVE, _REFUSE | errno.ENOSYS)]  # libc then asks for clone
        steps += [_step(_EQUAL, machine.clone, 0, 3), _step(_LOAD, _FIRST_ARGUMENT)]
        steps += [_step(_ANY_BIT, _CLONE_THREAD, 1, 0), _step(_GIVE, _REFUSE | errno.EPERM)]
    return b"".join([*steps, _step(_GIVE, _ALLOW)])


def _step(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("HBBI", code, true, false, value)


def _filter_calls(program: bytes) -> None:
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    _call("prctl", _PR_SET_SECCOMP, _FILTER_MODE, ctypes.c_char_p(header), 0, 0)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
