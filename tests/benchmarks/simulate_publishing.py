"""Many simulated lives of publishing (tests/publishing/simulator.py): python -m tests.benchmarks.simulate_publishing.

Prints how many there were, how long they took, and what was wrong in which; the exit code is 0 only when nothing was.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import time

import structlog

from tests.publishing.simulator import simulate

CHUNK = 500


def run_chunk(first: int) -> dict[int, list[str]]:
    """Run the lives of some seeds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return simulate(range(first, first + CHUNK))


def main() -> int:
    """Run them all; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    started, wrongs = time.monotonic(), 0
    with multiprocessing.Pool(given.processes) as pool:
        for found in pool.imap(run_chunk, range(given.first, given.first + given.runs, CHUNK)):
            for seed, what in found.items():
                wrongs += 1
                sys.stdout.write(f"seed {seed}: {'; '.join(what)}\n")
    sys.stdout.write(f"{given.runs} runs in {time.monotonic() - started:.0f} s, {wrongs} of them wrong\n")
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
