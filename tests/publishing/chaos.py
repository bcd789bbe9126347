"""Real web, worker, sweep, queue and sandbox under kills, freezes and faults; judged by the sandbox's store alone."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bin.processes import dying_with_me
from bin.valkey import valkey
from core.config import ROOT
from tests.product import free_port

QUIET = 3  # seconds
FAULTS: Sequence[Mapping[str, object]] = (
    {"fault": "drop_after"},
    {"fault": "drop_before"},
    {"fault": "delay", "seconds": 1},
    {"fault": "late_commit", "seconds": 1},
    {"fault": "html_503", "does_it": True},
    {"fault": "html_503"},
    {"fault": "html_200", "does_it": True},
    {"fault": "empty_status"},
    {"fault": "zero_number"},
    {"fault": "truncated"},
    {"fault": "garbage"},
    {"fault": "fault_server", "does_it": True},
)
OPERATIONS = ("Insert*", "Insert*", "AttachFileToReceipt", "Get*", "*")


@dataclass
class Part:
    """One process of the product, started again as often as it is killed."""

    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, env=self.env, stdout=out, stderr=out, pass_fds=self.fds, preexec_fn=dying_with_me()
            )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def revive(self) -> None:
        if self.process.poll() is not None:
            self.start()


class House:
    """All processes of one product, and what may be done to them."""

    def __init__(self, folder: Path, items: int) -> None:
        self.folder, self.port, self.sandbox_port = folder, free_port(), free_port()
        self.site = f"http://127.0.0.1:{self.sandbox_port}/sandbox"
        queue = folder / "q.sock"
        self.env = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(folder / "data"),
            "REDIS_URL": f"unix://{queue}",
            "KASHFLOW_URL": f"http://127.0.0.1:{self.sandbox_port}/api/service.asmx",
            "KASHFLOW_QUIET_TIME": str(QUIET),
        }
        (folder / "data").mkdir()
        self.parts = {"sandbox": self.part("-m", "kashflow.sandbox", *self.sandbox_arguments())}
        self.await_port(self.sandbox_port)
        made = subprocess.run(
            [sys.executable, "-m", "tests.publishing.stocked", str(items)], env=self.env, cwd=ROOT, check=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        known = json.loads(made.stdout)
        self.token, self.items = known["token"], known["items"]
        self.parts["queue"] = Part(valkey(queue, folder), self.env, folder / "log")
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=2048)
        bind = f"fd://{self.listener.fileno()}"
        web = (sys.executable, "-m", "gunicorn", "--config", "bin/gunicorn.conf.py", "--bind", bind, "app:create_app()")
        self.parts["web"] = Part(web, self.env, folder / "log", (self.listener.fileno(),))
        self.parts["worker"] = self.part("worker.py", "publishing")
        self.parts["sweep"] = self.part("worker.py", "sweep")

    def sandbox_arguments(self) -> tuple[str, ...]:
        return ("--port", str(self.sandbox_port), "--data", str(self.folder / "kashflow"))

    def part(self, *arguments: str) -> Part:
        return Part((sys.executable, *arguments), self.env, self.folder / "log")

    def await_port(self, port: int) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text()[-3000:])

    def ask(self, path: str, body: object = None, *, method: str = "GET") -> Any:  # noqa: ANN401 - JSON
        """Ask the product over HTTP."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}", data=data, headers=headers, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def publish(self, item_id: int) -> bool:
        """Click Publish; tell whether it needs no second click."""
        try:
            self.ask(f"/items/{item_id}/publish", {}, method="POST")
        except urllib.error.HTTPError as error:
            return bool(json.load(error)["error"]["code"] == "PUB-10")  # the click before this one was taken
        except OSError:
            return False
        return True

    def strike(self, fault: Mapping[str, object]) -> None:
        """Switch a fault of the sandbox on."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.site}/faults", data=json.dumps(fault).encode(), headers={"Content-Type": "application/json"}
        )
        with suppress(OSError), urllib.request.urlopen(request, timeout=5):  # noqa: S310
            pass

    def clear_faults(self) -> None:
        request = urllib.request.Request(f"{self.site}/faults", method="DELETE")  # noqa: S310
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310
            pass

    def states(self) -> Counter[str]:
        """Count the items' states, as the product tells them."""
        with sqlite3.connect(f"file:{self.folder}/data/counterfoil.db?mode=ro", uri=True) as database:
            rows = database.execute("SELECT state, count(*) FROM items GROUP BY state").fetchall()
        return Counter(dict(rows))

    def send_files_again(self) -> int:
        """Send the files again that KashFlow took and did not keep (PUB-15), as a person does; tell how many."""
        with sqlite3.connect(f"file:{self.folder}/data/counterfoil.db?mode=ro", uri=True) as database:
            lacking = [row[0] for row in database.execute("SELECT id FROM items WHERE problem_code = 'PUB-15'")]
        if lacking:
            self.ask("/attach", {"items": lacking}, method="POST")
        return len(lacking)

    def close(self) -> None:
        for part in self.parts.values():
            part.kill()
        self.listener.close()


@contextmanager
def open_house(folder: Path, items: int) -> Iterator[House]:
    """Start all processes; end them afterwards."""
    house = House(folder, items)
    try:
        yield house
    finally:
        house.close()


class Havoc:
    """What goes wrong, drawn from a seed."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.random = house, random.Random(seed)  # noqa: S311 - a run can be repeated
        self.frozen: list[tuple[float, Part]] = []
        self.done: Counter[str] = Counter()

    def wreak(self) -> None:
        """Let one thing go wrong."""
        chance = self.random
        what = chance.choices(("fault", "kill", "freeze", "flush"), (6, 2, 2, 1))[0]
        self.done[what] += 1
        if what == "fault":
            self.house.strike(
                {**chance.choice(FAULTS), "operation": chance.choice(OPERATIONS), "skip": chance.randrange(5)}
            )
        elif what == "kill":
            name = chance.choices(("worker", "web", "sweep", "queue", "sandbox"), (5, 1, 1, 1, 1))[0]
            self.house.parts[name].kill()
        elif what == "freeze":
            part = self.house.parts[chance.choice(("worker", "sweep", "sandbox", "queue"))]
            with suppress(ProcessLookupError):
                part.process.send_signal(signal.SIGSTOP)
            self.frozen.append((time.monotonic() + chance.uniform(0.2, 2 * QUIET), part))
        else:
            queue = self.house.parts["queue"]
            queue.kill()
            for left in self.house.folder.glob("appendonlydir/*"):
                left.unlink()

    def mend(self, *, all_of_it: bool = False) -> None:
        """Start the dead again, and wake those whose time is over."""
        for until, part in list(self.frozen):
            if all_of_it or until <= time.monotonic():
                self.frozen.remove((until, part))
                with suppress(ProcessLookupError):
                    part.process.send_signal(signal.SIGCONT)
        for part in self.house.parts.values():
            part.revive()


def run(house: House, seed: int, *, blows: int, seconds: float, pause: float = 0.4) -> Havoc:
    """Publish everything while so many things go wrong, then wait until all is published; give what was done."""
    havoc, waiting = Havoc(house, seed), list(house.items)
    house.await_port(house.port)
    end, next_blow = time.monotonic() + seconds, 0.0
    share = max(1, len(waiting) // blows)  # clicks between two blows, so that there is something to spoil
    while waiting or havoc.done.total() < blows:
        assert time.monotonic() < end, f"not within {seconds} s: {house.states()}, {havoc.done}"
        if time.monotonic() > next_blow and havoc.done.total() < blows:
            havoc.wreak()
            next_blow = time.monotonic() + havoc.random.uniform(0, 2 * pause)
            waiting[:share] = [each for each in waiting[:share] if not house.publish(each)]
        elif havoc.done.total() >= blows:
            waiting = [each for each in waiting if not house.publish(each)]
        havoc.mend()
        time.sleep(0.05)
    havoc.mend(all_of_it=True)
    house.await_port(house.sandbox_port)
    house.clear_faults()
    published = {"published": len(house.items)}
    await_all(lambda: house.states() == published, house, havoc, seconds)
    havoc.done["file sent again"] = house.send_files_again()
    await_all(lambda: house.states() == published, house, havoc, seconds)
    return havoc


def await_all(is_over: Callable[[], bool], house: House, havoc: Havoc, seconds: float) -> None:
    """Wait until it is over; nothing more goes wrong."""
    end = time.monotonic() + seconds
    while not is_over():
        assert time.monotonic() < end, f"stuck: {house.states()}, {havoc.done}"
        havoc.mend(all_of_it=True)
        time.sleep(0.2)


def judge(folder: Path, items: int) -> list[str]:
    """Say what is wrong with the sandbox's books, which are all that is read."""
    wrongs = []
    with sqlite3.connect(f"file:{folder}/kashflow/kashflow.db?mode=ro", uri=True) as books:
        rows = books.execute("SELECT id, kind, parent, data FROM records ORDER BY id").fetchall()
        broken = [text for (text,) in books.execute("SELECT text FROM violations")]
    kinds: dict[str, list[tuple[int, int, dict[str, Any]]]] = {}
    for identity, kind, parent, data in rows:
        kinds.setdefault(kind, []).append((identity, parent, json.loads(data)))
    receipts = {identity: data["CustomerReference"] for identity, _, data in kinds.get("receipt", [])}
    counts = Counter(receipts.values())
    for number in range(1, items + 1):
        reference = f"CHAOS-{number:05d}"
        if counts[reference] != 1:
            wrongs.append(f"{reference} is there {counts[reference]} times")
        own = [identity for identity, each in receipts.items() if each == reference]
        parts = {kind: sum(parent in own for _, parent, _ in kinds.get(kind, [])) for kind in PARTS}
        if parts != {"receipt_payment": number % 2, "receipt_attachment": 1}:
            wrongs.append(f"{reference} has {parts}")
    names = Counter(data["Name"] for _, _, data in kinds["supplier"])
    wrongs += [f"{name} was created {times} times" for name, times in names.items() if times > 1]
    return wrongs + broken


PARTS = ("receipt_payment", "receipt_attachment")
