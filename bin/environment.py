"""Makes the virtual environment and keeps it at the locked versions: bin/run and bin/test begin here."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKED = {"supervise": ["requirements.txt"], "checks": ["requirements.txt", "requirements-test.txt"]}

sys.path[0] = str(ROOT)
from bin.processes import dying_with_me  # noqa: E402 - found only now


def main(module: str, arguments: list[str]) -> None:
    """Prepare the environment and become the module of bin/ that is named, in the project's folder."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends this without a traceback
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit("Python's venv module is missing: install it (on Debian: apt-get install python3-venv).")
    try:
        project = os.open(ROOT, os.O_RDONLY)
        fcntl.flock(project, fcntl.LOCK_EX)  # two starts at once must not install into each other
        for name in LOCKED[module]:
            _install(ROOT / name)
        os.close(project)
    except OSError as error:
        sys.exit(f"The environment {VENV} cannot be written ({error.strerror}): make {ROOT} yours, or copy it.")
    if os.environ.get("DATA_DIR"):
        os.environ["DATA_DIR"] = str(Path(os.environ["DATA_DIR"]).expanduser().absolute())
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", f"bin.{module}", *arguments])  # noqa: S606 - no shell is wanted


def _install(locked: Path) -> None:
    """Install what a requirements file locks, unless the stamp says that this was done."""
    stamp = VENV / f".{locked.name}.installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == _mark(locked):
        return
    if not os.access(VENV if VENV.exists() else ROOT, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    print(f"Installing the libraries of {locked.name}; the first time this takes a few minutes.", flush=True)
    if not os.access(PYTHON, os.X_OK):
        _do("The virtual environment could not be made", sys.executable, "-m", "venv", "--clear", str(VENV))
    pip = (str(PYTHON), "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check")
    _do(
        "The libraries could not be installed",
        *pip,
        "--only-binary=:all:",
        "--require-hashes",
        "--no-deps",
        "-r",
        str(locked),
    )
    stamp.write_text(_mark(locked), encoding="utf-8")


def _mark(locked: Path) -> str:
    return f"{hashlib.sha256(locked.read_bytes()).hexdigest()} {PYTHON.resolve()}\n"


def _do(failure: str, *command: str) -> None:
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True, preexec_fn=dying_with_me())
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[-1].removeprefix("ERROR: ")
        sys.exit(
            f"{failure} ({why}): see that this is 64-bit Linux with glibc, that pip reaches its package index "
            "and that the disk has room, and run this again."
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
