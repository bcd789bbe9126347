"""10,000 customers fetched: our streamed reading beside plain zeep, each in a process of its own, in one run.

Run by hand: python -m tests.benchmarks.list_refresh [number of customers]
"""

from __future__ import annotations

import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import zeep

from kashflow.client import WSDL, connect
from kashflow.ledger import ListKind
from kashflow.sandbox.seed import USERNAME, plant
from kashflow.sandbox.store import Store

PASSWORD = "demo-password"
Measured = tuple[int, float, float]  # rows, seconds of CPU, megabytes


def ours(url: str) -> int:
    """Count the customers our client gives."""
    return sum(1 for _ in connect(url, USERNAME, PASSWORD).entries(ListKind.CUSTOMERS))


def plain_zeep(url: str) -> int:
    """Count the customers zeep gives."""
    client = zeep.Client(str(WSDL))  # type: ignore[no-untyped-call]
    service = client.create_service("{KashFlow}KashFlowAPISoap", url)  # type: ignore[no-untyped-call]
    return len(service.GetCustomers(USERNAME, PASSWORD).GetCustomersResult.Customer)


def measure(read: Callable[[str], int], url: str) -> Measured:
    """Measure one reading in a fresh process that has loaded the WSDL and the libraries already."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (read, url))


def _measured(read: Callable[[str], int], url: str) -> Measured:
    connect(url, USERNAME, PASSWORD).is_vat_registered()
    memory, cpu = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    rows = read(url)
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    return rows, time.process_time() - cpu, more / 1024


def fill(folder: Path, customers: int) -> None:
    """Give a sandbox this many customers more."""
    store = Store(folder / "kashflow.db")
    plant(store)
    with store.transaction():
        for n in range(customers):
            data = {
                "Code": f"C{n}",
                "Name": f"Customer {n} Ltd",
                "Address1": f"{n} High Street",
                "Email": f"{n}@a.test",
            }
            store.add(USERNAME, "customer", data, code=f"C{n}")
    store.close()


def main(customers: int) -> None:
    """Print both measurements and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), customers)
        sandbox = subprocess.Popen(
            [sys.executable, "-m", "kashflow.sandbox", "--port", "0", "--data", folder],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert sandbox.stderr is not None
            url = sandbox.stderr.readline().split("answers at ")[1].split(",")[0]
            results = {read.__name__: measure(read, url) for read in (ours, plain_zeep)}
        finally:
            sandbox.terminate()
            sandbox.wait()
    lines = [
        f"{name:<12}{rows:>8} rows{cpu:>8.2f} s of CPU{memory:>8.0f} MB more\n"
        for name, (rows, cpu, memory) in results.items()
    ]
    ratio = results["ours"][1] / results["plain_zeep"][1]
    sys.stdout.writelines([*lines, f"ours needs {ratio:.2f} of zeep's CPU\n"])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
