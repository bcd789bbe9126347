"""The process that takes mails apart: one after another from its parent, without network, files, or much of anything.

Started by ``opener.py``. It ends when its parent hangs up.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass

from capture.reading.confine import Limits, confine
from capture.reading.wire import Gone, Room, receive_frame, send_frame, to_plain
from capture.ways.mail.parsing import Head, take_apart

MAIL = Room(text=1 << 10, blobs=1, blob_bytes=(4 << 30) - 1, all_bytes=(4 << 30) - 1)  # the parent knows its limits
LIMITS = Limits(address_space=2 << 30, data=1 << 30)


@dataclass(frozen=True)
class Told:
    """What is said of a mail; the bytes of its files go with it."""

    head: Head
    names: tuple[str, ...]
    left_out: tuple[str, ...]
    text: str
    is_broken: bool


def main() -> None:
    """Confine this process, and answer until the parent hangs up."""
    parent, descriptor = json.loads(sys.argv[1])
    with socket.socket(fileno=descriptor) as theirs, suppress(Gone):
        os.nice(5)
        confine(LIMITS, parent=parent)
        send_frame(theirs, {"ready": True})
        while True:
            mail = take_apart(receive_frame(theirs, MAIL).blobs[0])
            names = tuple(file.name for file in mail.files)
            told = Told(mail.head, names, mail.left_out, mail.text, mail.is_broken)
            send_frame(theirs, {"mail": to_plain(told)}, [file.data for file in mail.files])
