"""Secrets at rest: sealed with the newest key and bound to the row they belong to."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.config import Config
from core.errors import CounterfoilError, SettingWrong


class SecretUnreadable(CounterfoilError):
    """A saved secret cannot be opened: the server's key changed, or the secret was copied from another row."""

    code = "CON-10"


class Vault:
    """Seals and opens secrets. Fernet binds a ciphertext to nothing, so the row's name is sealed in and compared."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            text = "SECRET_KEYS, or secret.key in DATA_DIR, must hold keys of 32 bytes in URL-safe base64."
            raise SettingWrong(text) from error
        self._keys = keys

    def seal(self, row: str, secret: str) -> str:
        """Seal a secret for one row, named like ``connection:7:password``."""
        return self._fernet.encrypt(json.dumps([row, secret]).encode()).decode()

    def open(self, row: str, sealed: str) -> str:
        """Open a secret that was sealed for this row.

        Raises:
            SecretUnreadable: no key fits, or it was sealed for another row.
        """
        try:
            bound, secret = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise SecretUnreadable(_UNREADABLE) from error
        if bound != row:
            raise SecretUnreadable(_UNREADABLE)
        return str(secret)

    def renew(self, sealed: str) -> str:
        """Seal with the newest key what any of the keys sealed; the row stays sealed in.

        Raises:
            SecretUnreadable: no key fits.
        """
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable(_UNREADABLE) from error

    def derive(self, purpose: str) -> str:
        """Give a key of its own for another purpose, from the newest key."""
        return hashlib.blake2b(purpose.encode(), key=self._keys[0].encode()[:64], digest_size=32).hexdigest()


_UNREADABLE = (
    "The server's key changed, so the saved password cannot be opened. Items and rules are safe. Enter it again."
)


def make_vault(config: Config) -> Vault:
    """Give the vault with the keys of the environment, or with those that are kept under the data folder."""
    return Vault(config.secret_keys or _kept_keys(_key_file(config)))


def add_key(config: Config) -> None:
    """Put a new key before those that are kept under the data folder."""
    _write_keys(_key_file(config), (Fernet.generate_key().decode(), *_kept_keys(_key_file(config))))


def drop_old_keys(config: Config) -> None:
    """Keep the newest key alone under the data folder."""
    _write_keys(_key_file(config), _kept_keys(_key_file(config))[:1])


def _key_file(config: Config) -> Path:
    return config.data_dir / "secret.key"


def _kept_keys(path: Path) -> tuple[str, ...]:
    """Give the keys of a file, newest first; one is made once, whichever of several processes comes first."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # readable by us alone
        _write(descriptor, Fernet.generate_key().decode())
        with suppress(FileExistsError):
            os.link(new, path)  # whole, or not at all
        Path(new).unlink()
    return tuple(path.read_text(encoding="ascii").split())


def _write_keys(path: Path, keys: tuple[str, ...]) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    _write(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "\n".join(keys))
    new.replace(path)


def _write(descriptor: int, text: str) -> None:
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
