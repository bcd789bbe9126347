"""``python -m kashflow.sandbox``: run the sandbox until it is told to end."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from core import log
from kashflow.sandbox.server import start


def main() -> int:
    """Run the sandbox."""
    parser = argparse.ArgumentParser(prog="python -m kashflow.sandbox", description="A local KashFlow to try with.")
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, default=Path("data/sandbox"), help="the folder that keeps its books")
    given = parser.parse_args()
    log.set_up()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        sandbox = start(given.data, port=given.port, host=given.host)
    except OSError as error:
        print(f"The sandbox cannot start on port {given.port}: {error.strerror}.", file=sys.stderr)  # noqa: T201
        return 1
    with sandbox:
        log.get_logger(__name__).info(f"the sandbox answers at {sandbox.url}, its pages at {sandbox.site}/")
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    sys.exit(main())
