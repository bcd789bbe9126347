"""Runs all checks with servers of their own, and leaves nothing behind: what bin/test does in the environment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bin.postgres import postgres, programs
from bin.processes import dying_with_me

CHECKS = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "."], ["pytest", "-n2", "--dist", "loadgroup"])
KEPT = {"PATH", "HOME", "LANG", "LC_ALL", "TZ"}  # any other setting could lead a test to somebody's real data


def main(arguments: Sequence[str]) -> int:
    """Run every check, with these arguments added to pytest's; give 0 when all pass."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _install_what_is_missing()
    with TemporaryDirectory(prefix="counterfoil-test-") as folder:
        Path(folder).chmod(0o711)
        (own := Path(folder) / "tmp").mkdir(mode=0o711)  # Dovecot works as another user
        env = {name: value for name, value in os.environ.items() if name in KEPT} | {"TMPDIR": str(own)}
        with postgres(Path(folder) / "postgres", programs() or Path()) as address:
            env["TEST_POSTGRES_URL"] = address
            *others, pytest = CHECKS
            return max([_check(check, env) for check in (*others, [*pytest, *arguments])])


def _check(check: Sequence[str], env: Mapping[str, str]) -> int:
    print(f"== {' '.join(check)}", flush=True)
    process = subprocess.Popen([sys.executable, "-m", *check], env=env, preexec_fn=dying_with_me())
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait()


def _install_what_is_missing() -> None:
    found = {"chromium": shutil.which("chromium"), "postgresql": programs(), "tesseract-ocr": shutil.which("tesseract")}
    found["dovecot-imapd"] = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    missing = [name for name, where in found.items() if not where]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() or not shutil.which("apt-get"):
        sys.exit(f"The tests need {', '.join(missing)}. On Debian, as root: {' '.join(install)}")
    for command in (["apt-get", "update"], install):
        if subprocess.run(command, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}).returncode:
            sys.exit(f"The tests need {', '.join(missing)}, which could not be installed; the lines above say why.")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("stopped")
