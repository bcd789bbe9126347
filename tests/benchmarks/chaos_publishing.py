"""Publishing through real processes that are killed and frozen: python -m tests.benchmarks.chaos_publishing.

Prints what was done to them and what the sandbox's books say; the exit code is 0 only when every item is there once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.publishing.chaos import judge, open_house, run


def main() -> int:
    """Publish them; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--blows", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="counterfoil-chaos-") as folder:
        with open_house(Path(folder), given.items) as house:
            havoc = run(house, given.seed, blows=given.blows, seconds=10 * given.items)
        wrongs = judge(Path(folder), given.items)
    done = ", ".join(f"{times} x {what}" for what, times in havoc.done.items())
    sys.stdout.write(f"{given.items} items in {time.monotonic() - started:.0f} s under {done}: {len(wrongs)} wrong\n")
    sys.stdout.writelines(f"{wrong}\n" for wrong in wrongs)
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
