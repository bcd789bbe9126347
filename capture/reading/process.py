"""One reading process as its parent sees it: started, given documents, watched, and ended with all it started."""

from __future__ import annotations

import fcntl
import json
import math
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from capture.reading.child import Request, Start
from capture.reading.confine import ROOT
from capture.reading.confine import Limits as KernelLimits
from capture.reading.patience import Patience, processor_seconds
from capture.reading.wire import Frame, Garbled, Gone, Room, Silent, receive_frame, send_frame, to_plain

RUN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from capture.reading.child import main; main()"
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
ANSWER = Room(text=12 << 20, blobs=10_000, blob_bytes=8 << 20, all_bytes=256 << 20)
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK_EVERY = 0.05  # seconds
SCRATCH_BYTES = 256 << 20
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}
KERNEL_LIMITS = {
    "tesseract": KernelLimits(file_bytes=SCRATCH_BYTES, processes=True),
    "openvino": KernelLimits(address_space=3 << 30, data=1792 << 20),  # it sets aside twice what it uses
}


@dataclass(frozen=True)
class Limits:
    """What a document may cost: seconds until it is open and its first page read, and for each page more; memory.

    A child that grows over ``most_bytes`` is ended; it is renewed after so many documents, or when it stays that large.
    """

    cpu_seconds: int = 9
    seconds: float = 10.5
    start_seconds: float = 60
    documents: int = 200
    resident_bytes: int = 704 << 20
    most_bytes: int = 928 << 20  # it may grow by some more before it is looked at again


DEFAULT = Limits()


class TooSlow(Exception):
    """The process took too long."""


class Died(Exception):
    """The process is gone; its argument says how, for the log."""


class NotStarted(Exception):
    """The process did not come up; the argument says how, for the log."""


class Child:
    """One reading process. Whatever goes wrong with it, ``end`` it and start another."""

    def __init__(self, pipeline: str, engine: str, limits: Limits) -> None:
        self.engine = engine
        self.documents = 0
        self._limits = limits
        self._is_ready = False
        self._scratch = tempfile.TemporaryDirectory(prefix="counterfoil-") if engine == "tesseract" else None
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = self._start(pipeline, theirs)

    def _start(self, pipeline: str, theirs: socket.socket) -> subprocess.Popen[bytes]:
        scratch = self._scratch.name if self._scratch else "/"
        kernel = KERNEL_LIMITS.get(self.engine, KernelLimits())
        if self._scratch:
            kernel = replace(kernel, scratch=scratch)
        start = Start(os.getpid(), theirs.fileno(), pipeline, self.engine, kernel)
        return subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-I", "-c", RUN, json.dumps(to_plain(start))],
            cwd=scratch,
            env=ENVIRONMENT | {"TMPDIR": scratch},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            umask=0o077,
        )

    def ask(self, data: bytes, request: Request) -> Frame:
        """Hand it a document, sealed against writing, and give its answer.

        Raises:
            NotStarted: it did not come up.
            TooSlow: it took too long.
            Died: it ended.
            Garbled: it answered with too much or with nonsense.
        """
        if not self._is_ready:
            self._wait_ready()
        self.documents += 1
        self._grant()
        try:
            self._hand_over(data, request)
            page = 1
            while True:
                frame = self._receive()
                if "page" not in frame.said:
                    return frame
                if (
                    frame.said["page"] != page or page > request.options.max_pages + 1
                ):  # one to look whether it is there
                    raise Garbled
                if page > 1:
                    self._grant()
                page += 1
        except Silent as error:
            raise TooSlow from error

    @property
    def resident_bytes(self) -> int:
        """Give the memory it has in use."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE

    @property
    def is_worn(self) -> bool:
        """Tell whether another should take its place, for its age or for its size."""
        return self.documents >= self._limits.documents or self.resident_bytes > self._limits.resident_bytes

    def end(self) -> None:
        """End it and all it started."""
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # the process is not waited for yet, so the number is its own
        self._process.wait()
        self._socket.close()
        if self._scratch:
            self._scratch.cleanup()

    def _wait_ready(self) -> None:
        """Wait until it has loaded everything; it may have been started long ago.

        Raises:
            NotStarted: it did not come up.
        """
        self._patience = self._patience_of(self._limits.start_seconds)
        try:
            frame = self._receive()
        except (Died, Garbled, Silent) as error:
            raise NotStarted(str(error)) from error
        if frame.said != {"ready": True}:
            raise NotStarted("it said something else")
        self._is_ready = True

    def _grant(self) -> None:
        """Renew its time: the processor's, which adds up over its life, and the clock's."""
        soft = math.ceil(processor_seconds(self._process.pid) + self._limits.cpu_seconds)
        resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        self._patience = self._patience_of(self._limits.seconds)

    def _patience_of(self, seconds: float) -> Patience:
        return Patience(seconds, partial(processor_seconds, self._process.pid))

    def _hand_over(self, data: bytes, request: Request) -> None:
        descriptor = os.memfd_create("document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(data)
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
            self._socket.settimeout(self._limits.seconds)
            socket.send_fds(self._socket, [b"D"], [descriptor])
            send_frame(self._socket, {"request": to_plain(request)})
        except TimeoutError as error:
            raise Silent from error
        except ConnectionError as error:
            raise self._death() from error
        finally:
            os.close(descriptor)

    def _receive(self) -> Frame:
        try:
            frame = receive_frame(self._socket, ANSWER, self._left)
        except Gone as error:
            raise self._death() from error
        if "crash" in frame.said:
            raise Died(str(frame.said["crash"])[:300])
        return frame

    def _left(self) -> float:
        """Give how long to wait before it is looked at again; memory in use is what no limit of the kernel knows."""
        if self.resident_bytes > self._limits.most_bytes:
            raise Died("it used too much memory")
        return min(self._patience.left(), LOOK_EVERY)

    def _death(self) -> Exception:
        """Say how it ended; if it only let go of its socket, it ends now."""
        self.end()
        code = self._process.returncode
        return Silent() if code == -signal.SIGXCPU else Died(f"it ended with {code}")
