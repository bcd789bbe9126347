"""Secrets at rest, and the key that is made once under the data folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core.config import Config
from core.errors import SettingWrong
from core.secrets import SecretUnreadable, Vault, make_vault

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def test_processes_that_start_together_work_with_one_and_the_same_key(tmp_path: Path) -> None:
    for number in range(40):
        config = Config.from_env({"DATA_DIR": str(tmp_path / str(number))})
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(lambda _, config=config: make_vault(config).derive("test"), range(8)))
        assert len(keys) == 1


def test_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    make_vault(Config.from_env({"DATA_DIR": str(tmp_path)}))

    assert [(each.name, each.stat().st_mode & 0o777) for each in tmp_path.iterdir()] == [("secret.key", 0o600)]


def test_a_secret_opens_for_its_own_row_alone() -> None:
    sealed = Vault((OLD,)).seal("connection:7:password", "river")

    assert Vault((OLD,)).open("connection:7:password", sealed) == "river"
    with pytest.raises(SecretUnreadable):
        Vault((OLD,)).open("connection:8:password", sealed)


def test_a_renewed_secret_needs_the_old_key_no_more() -> None:
    sealed = Vault((OLD,)).seal("connection:7:password", "river")
    renewed = Vault((NEW, OLD)).renew(sealed)

    assert Vault((NEW,)).open("connection:7:password", renewed) == "river"
    with pytest.raises(SecretUnreadable):
        Vault((NEW,)).open("connection:7:password", sealed)


def test_a_file_without_a_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.key").touch()

    with pytest.raises(SettingWrong, match="SECRET_KEYS"):
        make_vault(Config.from_env({"DATA_DIR": str(tmp_path)}))
