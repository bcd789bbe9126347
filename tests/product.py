"""The whole product as bin/run starts it, for tests that go through every process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from bin.processes import dying_with_me
from core.config import ROOT, sandbox_address_file


@dataclass(frozen=True)
class Running:
    """A product that runs: its address, the sandbox's page, and how to sign in."""

    address: str
    sandbox: str
    email: str
    password: str
    log: Path


@dataclass(frozen=True)
class Http:
    """JSON over HTTP, as an operator's script would speak it."""

    base: str
    token: str = ""

    def call(self, method: str, path: str, **given: Any) -> Any:  # noqa: ANN401 - requests' own, and JSON
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, self.base + path, headers=headers, timeout=30, **given)
        answer.raise_for_status()
        return answer.json()


def free_port() -> int:
    """Find a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_product(folder: Path) -> Iterator[Running]:
    """Start bin/run with its demonstration in a folder of its own; end it afterwards."""
    port, log = free_port(), folder / "log"
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "DATA_DIR": str(folder / "data"), "PORT": str(port)}
    with log.open("w") as out:
        popen = subprocess.Popen([ROOT / "bin" / "run"], env=env, stdout=out, stderr=out, preexec_fn=dying_with_me())
    try:
        email, password = _await_sign_in(popen, log)
        sandbox = sandbox_address_file(folder / "data").read_text().strip().removesuffix("/api/service.asmx")
        yield Running(f"http://127.0.0.1:{port}", sandbox, email, password, log)
    finally:
        popen.send_signal(signal.SIGTERM)
        popen.wait(timeout=60)


def _await_sign_in(popen: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    with log.open() as lines:
        told = ""
        while not (found := re.search(r"sign in as (\S+) with the password (\S+)", told)):
            assert popen.poll() is None, f"it ended:\n{log.read_text()}"
            told += lines.read()
            time.sleep(0.05)  # a look, not a race: without it this loop takes a core from what it waits for
    return found[1], found[2]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A product of the module's own, with the demonstration."""
    with running_product(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="module")
def kashflow(product: Running) -> Http:
    """The sandbox's own controls."""
    return Http(f"{product.sandbox}/sandbox")


@pytest.fixture(scope="module")
def api(product: Running) -> Http:
    """The HTTP interface, as the administrator."""
    env = {"DATA_DIR": str(product.log.parent / "data"), "PATH": ""}
    command = [sys.executable, "-m", "flask", "token", "add", product.email]
    token = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout.strip()
    return Http(f"{product.address}/api/v1", token)
