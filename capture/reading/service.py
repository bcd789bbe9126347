"""The reading service: documents go in, what they say comes out, and a bad one costs only itself."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from capture.reading.child import Request
from capture.reading.errors import EngineMissing, Unreadable
from capture.reading.model import NO_ENGINE, WORDS, Anchor, Known, Options, Outcome, Reading
from capture.reading.process import DEFAULT, Child, Died, Limits, NotStarted, TooSlow
from capture.reading.wire import Frame, Garbled, from_plain, to_plain
from core.errors import CounterfoilError
from core.log import get_logger

log = get_logger(__name__)
T = TypeVar("T")
PIPELINE = "capture.reading.pipeline"
RETRY_SECONDS = 2  # a document that took longer to end a process is not tried on another
SENTENCES = 400  # characters of the child's own words
JPEG = b"\xff\xd8\xff"
_KEPT = "It is kept. Save or photograph it anew and send that, or enter it by hand."
ENDED = f"The file cannot be opened to its end: it is damaged or far too complicated. {_KEPT}"
SLOW = f"Reading the file took too long and was stopped. {_KEPT}"
FLOOD = f"The file holds far more than a document does and cannot be taken in. {_KEPT}"


class ReadingUnavailable(CounterfoilError):
    """No reading process comes up, whatever the document: something is wrong with the installation."""

    code = "reading"


class Reader:
    """Reads documents, one at a time, in a process that is kept for many of them.

    That process ends with the thread that started it, and cannot be shared with a fork: each worker has a reader of
    its own, in threads that live as long as it does. Several threads take turns.
    """

    def __init__(self, *, pipeline: str = PIPELINE, limits: Limits = DEFAULT) -> None:
        self._pipeline = pipeline
        self._limits = limits
        self._child: Child | None = None
        self._turn = threading.RLock()

    def warm(self, engine: str = "rapidocr") -> None:
        """Start the process ahead of the first document, without waiting for it; what hinders it, that one will say."""
        with self._turn, suppress(ReadingUnavailable):
            self._get_child(engine)

    def close(self) -> None:
        """End the process, if there is one; the next document starts another."""
        with self._turn:
            if self._child is not None:
                self._child.end()
                self._child = None

    @property
    def resident_bytes(self) -> int:
        """Give the memory that the process has in use, 0 when there is none."""
        return self._child.resident_bytes if self._child else 0

    def read(  # noqa: PLR0913 - one for each option
        self,
        data: bytes,
        *,
        media_type: str,
        engine: str = "rapidocr",
        own: tuple[str, ...] = (),
        max_pages: int = 60,
        password: str | None = None,
        anchors: tuple[Anchor, ...] = (),
    ) -> Outcome:
        """Read a document; with NO_ENGINE its pages are drawn and nothing is read, also of one that is cut off.

        Raises:
            Unreadable: it cannot be opened, or not to its end, or took too much time or memory (CAP-1, CAP-2).
            EngineMissing: the OCR engine is not installed.
            ReadingUnavailable: no reading process can be started here.
        """
        options = Options(engine, own, max_pages, password, anchors)
        with self._turn:
            return self._ask_twice(data, Request(media_type, options), _understand)

    def read_pages(
        self, known: Known, *, engine: str = "rapidocr", own: tuple[str, ...] = (), anchors: tuple[Anchor, ...] = ()
    ) -> Reading:
        """Read pages whose words are known as one document; an e-invoice among them goes before what they show.

        Raises:
            Unreadable: that took too much time or memory (CAP-2).
            ReadingUnavailable: no reading process can be started here.
        """
        data = json.dumps(to_plain(known)).encode()
        with self._turn:
            return self._ask_twice(data, Request(WORDS, Options(engine, own, anchors=anchors)), _understand_pages)

    def unlock(self, data: bytes, password: str) -> bytes:
        """Give a copy of a PDF that opens without its password.

        Raises:
            Unreadable: it is not the password, or the PDF is damaged (CAP-2).
            ReadingUnavailable: no reading process can be started here.
        """
        request = Request("application/pdf", Options(NO_ENGINE, password=password), unlocks=True)
        with self._turn:
            return self._ask_twice(data, request, _join_copy)

    def _ask_twice(self, data: bytes, request: Request, understand: Callable[[Frame], T]) -> T:
        """Ask about a document, and once more on a new process where an older one died: that may not be its fault."""
        was_there = self._child is not None
        started = time.monotonic()
        try:
            return self._ask(data, request, understand)
        except Died as death:
            if not was_there or time.monotonic() - started > RETRY_SECONDS:
                raise Unreadable("CAP-2", ENDED) from death
        try:
            return self._ask(data, request, understand)
        except Died as death:
            raise Unreadable("CAP-2", ENDED) from death

    def _ask(self, data: bytes, request: Request, understand: Callable[[Frame], T]) -> T:
        child = self._get_child(request.options.engine)
        try:
            answer = understand(child.ask(data, request))
        except NotStarted as fault:
            self.close()
            raise _unavailable(fault) from fault
        except (Unreadable, EngineMissing):
            self._renew_worn(child)
            raise
        except (Died, TooSlow, Garbled) as loss:
            self.close()
            log.warning("a reading process was lost", how=f"{type(loss).__name__} {loss}".strip())
            if isinstance(loss, Died):
                raise
            raise Unreadable("CAP-2", SLOW if isinstance(loss, TooSlow) else FLOOD) from loss
        self._renew_worn(child)
        return answer

    def _get_child(self, engine: str) -> Child:
        if self._child is None or self._child.engine != engine:
            self.close()
            try:
                self._child = Child(self._pipeline, engine, self._limits)
            except OSError as fault:
                raise _unavailable(fault) from fault
        return self._child

    def _renew_worn(self, child: Child) -> None:
        if child.is_worn:
            self.close()
            self.warm(child.engine)


def _unavailable(fault: Exception) -> ReadingUnavailable:
    log.warning("no reading process comes up", how=str(fault))
    return ReadingUnavailable(
        "Documents cannot be read at present: the reading process does not start on this machine. "
        "They are safe and are read once it does. See the status page."
    )


def _understand(frame: Frame) -> Outcome:
    """Give what the child answered, believing nothing of it.

    Raises:
        Unreadable, EngineMissing: as the child says.
        Garbled: it makes no sense.
    """
    outcome = _outcome_in(frame)
    if len(outcome.pages) != len(frame.blobs) or not all(picture.startswith(JPEG) for picture in frame.blobs):
        raise Garbled
    return outcome


def _understand_pages(frame: Frame) -> Reading:
    """Give what the child read on pages whose words it was told."""
    outcome = _outcome_in(frame)
    if len(outcome.readings) != 1:
        raise Garbled
    return outcome.readings[0]


def _outcome_in(frame: Frame) -> Outcome:
    _check_refusal(frame.said)
    outcome = dataclasses.replace(from_plain(Outcome, frame.said.get("outcome")), pictures=frame.blobs)
    numbers = [page.number for page in outcome.pages]
    readings = (*outcome.readings, outcome.einvoice) if outcome.einvoice else outcome.readings
    named = {number for reading in readings for number in reading.pages}
    found = {each.page for reading in readings for each in reading.fields.values()}
    if numbers != list(range(1, len(numbers) + 1)) or not named | found <= {None, *numbers}:
        raise Garbled
    if not all(re.fullmatch(r"[0-9a-f]{64}", likeness) for likeness in outcome.likenesses):
        raise Garbled
    return outcome


def _join_copy(frame: Frame) -> bytes:
    """Give the copy that the child made; what it holds is judged when it is read."""
    _check_refusal(frame.said)
    copy = b"".join(frame.blobs)
    if not copy.startswith(b"%PDF-"):
        raise Garbled
    return copy


def _check_refusal(said: dict[str, Any]) -> None:
    if "unreadable" in said:
        words = from_plain(tuple[str, ...], said["unreadable"])
        if len(words) != len(("code", "message")) or not re.fullmatch(r"CAP-\d{1,2}", words[0]):
            raise Garbled
        raise Unreadable(words[0], _sentences(words[1]))
    if "missing" in said:
        raise EngineMissing(_sentences(from_plain(str, said["missing"])))


def _sentences(words: str) -> str:
    return " ".join(words.split())[:SENTENCES]
