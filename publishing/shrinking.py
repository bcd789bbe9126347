"""Page pictures made small enough to be attached, in a process of their own (publishing/shrinker.py)."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence

from capture.reading.process import ENVIRONMENT
from core.config import ROOT
from core.log import get_logger
from publishing.attaching import CannotAttach
from publishing.shrinker import read_all, write

log = get_logger(__name__)
SECONDS = 90
RUN = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from publishing.shrinker import main; "
    "main(int(sys.argv[1]), int(sys.argv[2]))"
)


def shrink_pictures(pictures: Sequence[bytes], most_bytes: int) -> list[bytes]:
    """Give the pictures so small that all of them together have at most so many bytes.

    Raises:
        CannotAttach: they cannot be made that small (PUB-15).
    """
    stream = io.BytesIO()
    for each in pictures:
        write(stream, each)
    share = most_bytes // len(pictures)
    command = [sys.executable, "-I", "-c", RUN, str(os.getpid()), str(share)]
    try:
        done = subprocess.run(  # noqa: S603 - our own code
            command,
            input=stream.getvalue(),
            env=ENVIRONMENT,
            capture_output=True,
            timeout=SECONDS,
            check=True,
            start_new_session=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        log.warning("pictures could not be made smaller", how=type(error).__name__)
        raise CannotAttach(_TOO_LARGE) from error
    made = read_all(io.BytesIO(done.stdout))
    if len(made) != len(pictures) or sum(map(len, made)) > most_bytes:
        raise CannotAttach(_TOO_LARGE)
    return made


_TOO_LARGE = (
    "The document is in KashFlow, but its file is too large to be attached, and could not be made smaller. Attach it "
    "in KashFlow by hand; it can be downloaded here."
)
