"""The key that is made once under the data folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.config import Config
from core.secrets import make_vault


def test_processes_that_start_together_work_with_one_and_the_same_key(tmp_path: Path) -> None:
    for number in range(40):
        config = Config.from_env({"DATA_DIR": str(tmp_path / str(number))})
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(lambda _, config=config: make_vault(config).derive("test"), range(8)))
        assert len(keys) == 1


def test_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    make_vault(Config.from_env({"DATA_DIR": str(tmp_path)}))

    assert [(each.name, each.stat().st_mode & 0o777) for each in tmp_path.iterdir()] == [("secret.key", 0o600)]
