"""Mails are hostile until taken apart: that is done in a process of its own, with limits on its time and memory."""

from __future__ import annotations

import json
import math
import os
import resource
import socket
import subprocess
import sys
from functools import partial
from types import TracebackType
from typing import Self

from capture.reading.confine import ROOT
from capture.reading.patience import Patience, processor_seconds
from capture.reading.wire import Garbled, Gone, Room, Silent, from_plain, receive_frame, send_frame
from capture.ways.errors import ChannelFault
from capture.ways.mail.child import Told
from capture.ways.mail.parsing import Attached, Mail, head_of
from core.log import get_logger

log = get_logger(__name__)
RUN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from capture.ways.mail.child import main; main()"
ANSWER = Room(text=32 << 20, blobs=10_000, blob_bytes=256 << 20, all_bytes=256 << 20)
CPU_SECONDS = 10  # for one mail; one of 50 MB takes one
SECONDS = 30
TRIES = 2  # it may have been killed for another's fault


class MailOpener:
    """Takes mails apart; its process is started when the first mail comes, and again after one that it died of."""

    def __init__(self, *, cpu_seconds: int = CPU_SECONDS, tries: int = TRIES) -> None:
        self._cpu_seconds, self._tries = cpu_seconds, tries
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        self._end()

    def open(self, raw: bytes) -> Mail:
        """Take a mail apart; of one that cannot be, with these limits, give the head alone.

        Raises:
            ChannelFault: the process does not start; that is no fault of the mail.
        """
        for _ in range(self._tries):
            process = self._process or self._start()
            try:
                return self._ask(process, raw)
            except (Gone, Silent, Garbled, ConnectionError) as error:
                log.warning("a mail could not be taken apart", bytes=len(raw), error=type(error).__name__)
                self._end()
        return head_of(raw)

    def _start(self) -> subprocess.Popen[bytes]:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own code
                [sys.executable, "-I", "-c", RUN, json.dumps([os.getpid(), theirs.fileno()])],
                cwd="/",
                env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            receive_frame(self._socket, ANSWER, self._patience().left)
        except (Gone, Silent, Garbled) as error:
            self._end()
            raise ChannelFault("The process that opens mails does not start. No mail was changed.") from error
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], raw: bytes) -> Mail:
        soft = math.ceil(processor_seconds(process.pid) + self._cpu_seconds)  # it adds up over its life
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        self._socket.settimeout(SECONDS)
        try:
            send_frame(self._socket, {}, [raw])
        except TimeoutError as error:
            raise Silent from error
        frame = receive_frame(self._socket, ANSWER, self._patience().left)
        told = from_plain(Told, frame.said.get("mail"))
        if len(told.names) != len(frame.blobs):
            raise Garbled
        files = tuple(Attached(name, data) for name, data in zip(told.names, frame.blobs, strict=True))
        return Mail(told.head, files, told.left_out, told.text, is_broken=told.is_broken)

    def _patience(self) -> Patience:
        pid = self._process.pid if self._process else os.getpid()
        return Patience(SECONDS, partial(processor_seconds, pid))

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._socket.close()
            self._process = None
