"""The reading process: takes one document after another from its parent and says what is in it.

Started by ``process.py`` with a socket to its parent and nothing else: no network, hardly any environment, no file it
could write, limits on memory and time. It ends when its parent hangs up.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType, TracebackType

from capture.reading.confine import Limits, confine
from capture.reading.errors import EngineMissing, Unreadable
from capture.reading.model import Options
from capture.reading.wire import Gone, Room, from_plain, receive_frame, send_frame, to_plain

REQUEST = Room(text=1 << 20)
PIECE = 4 << 20  # bytes of a copy that travel together
NICENESS = 5  # web pages are answered first


@dataclass(frozen=True)
class Start:
    """What a reading process is told at its start: its parent, the socket, what reads, and its limits."""

    parent: int
    descriptor: int
    pipeline: str
    engine: str
    limits: Limits


@dataclass(frozen=True)
class Request:
    """What goes with a document; ``unlocks``: what is wanted is a copy that opens without the password."""

    media_type: str
    options: Options
    unlocks: bool = False


def main() -> None:
    """Confine this process, load everything, and answer until the parent hangs up."""
    start = from_plain(Start, json.loads(sys.argv[1]))
    parent = socket.socket(fileno=start.descriptor)
    sys.excepthook = partial(_report, parent)
    os.nice(NICENESS)
    confine(start.limits, parent=start.parent)
    pipeline = importlib.import_module(start.pipeline)
    with suppress(EngineMissing):  # said when a document needs it
        pipeline.warm(start.engine)
    send_frame(parent, {"ready": True})
    with suppress(Gone):
        while True:
            _answer(parent, pipeline)


def _answer(parent: socket.socket, pipeline: ModuleType) -> None:
    """Read one document and say what is in it, or why not."""
    marker, descriptors, *_ = socket.recv_fds(parent, 1, 1)
    if not marker:
        raise Gone
    request = from_plain(Request, receive_frame(parent, REQUEST).said["request"])
    path = Path(f"/proc/self/fd/{descriptors[0]}")
    try:
        said, blobs = _deal_with(path, request, pipeline, partial(_begin_page, parent))
    except Unreadable as error:
        send_frame(parent, {"unreadable": [error.code, str(error)]})
    except EngineMissing as error:
        send_frame(parent, {"missing": str(error)})
    else:
        send_frame(parent, said, blobs)
    finally:
        os.close(descriptors[0])


def _deal_with(
    path: Path, request: Request, pipeline: ModuleType, begin_page: Callable[[int], None]
) -> tuple[dict[str, object], Sequence[bytes]]:
    """Give what is said of a document, and the bytes that go with it."""
    if request.unlocks:
        copy = pipeline.unlock_file(path, request.options)
        return {"unlocked": True}, [copy[at : at + PIECE] for at in range(0, len(copy), PIECE)]
    outcome = pipeline.read_file(path, request.media_type, request.options, begin_page=begin_page)
    return {"outcome": to_plain(dataclasses.replace(outcome, pictures=()))}, outcome.pictures


def _begin_page(parent: socket.socket, number: int) -> None:
    send_frame(parent, {"page": number})


def _report(
    parent: socket.socket, kind: type[BaseException], error: BaseException, trail: TracebackType | None
) -> None:
    """Say where an error nobody foresaw was raised, without its text: that may quote the document."""
    del error
    steps = [f"{Path(step.filename).name}:{step.lineno}" for step in traceback.extract_tb(trail)[-4:]]
    send_frame(parent, {"crash": f"{kind.__name__} at {' > '.join(steps)}"})
