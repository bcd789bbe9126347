import os
from pathlib import Path

import pytest

from core.config import SOCKET_LIMIT, Config, sandbox_address_file, socket_path
from core.errors import SettingWrong


def test_without_settings_everything_is_in_one_folder_and_nothing_live_is_reached(tmp_path: Path) -> None:
    config = Config.from_env({"DATA_DIR": str(tmp_path)})

    assert (config.host, config.port, config.quiet_seconds) == ("127.0.0.1", 8000, 5)
    assert config.database_url == f"sqlite:///{tmp_path}/counterfoil.db"
    assert config.document_store == f"{tmp_path}/documents"
    assert config.kashflow_is_sandbox
    assert config.kashflow_url.startswith("http://127.0.0.1:")


def test_the_sandbox_is_where_the_supervisor_noted_it(tmp_path: Path) -> None:
    note = sandbox_address_file(tmp_path)
    note.parent.mkdir()
    note.write_text("http://127.0.0.1:5/api\n")

    assert Config.from_env({"DATA_DIR": str(tmp_path)}).kashflow_url == "http://127.0.0.1:5/api"


def test_a_live_service_is_asked_after_ten_minutes_unless_told_otherwise() -> None:
    live = {"KASHFLOW_URL": "https://ledger.example/service"}

    assert not Config.from_env(live).kashflow_is_sandbox
    assert [Config.from_env({**live, **more}).quiet_seconds for more in ({}, {"KASHFLOW_QUIET_TIME": "0"})] == [600, 0]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_database_is_named_as_operators_do(scheme: str) -> None:
    config = Config.from_env({"DATABASE_URL": f"{scheme}://jo@host/name"})

    assert config.database_url == "postgresql+psycopg://jo@host/name"


def test_keys_stand_in_their_order_whatever_is_around_them() -> None:
    assert Config.from_env({"SECRET_KEYS": " newest, older ,"}).secret_keys == ("newest", "older")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("MAX_PAGES", "many"),
        ("MAX_FILE_MB", "2.5"),
        ("KASHFLOW_QUIET_TIME", "soon"),
        ("KASHFLOW_URL", "ledger.example"),
        ("DATABASE_URL", "name"),
        ("OCR_ENGINE", "guess"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingWrong, match=f"{name} is '{value}'"):
        Config.from_env({name: value})


def test_the_queues_socket_fits_the_kernel_wherever_data_and_temporary_files_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near, far = Path("/srv/data"), Path("/srv") / ("long " * 40)

    assert socket_path(near).is_relative_to(near)
    assert len(os.fsencode(socket_path(far))) <= SOCKET_LIMIT
    monkeypatch.setattr("tempfile.tempdir", str(far))
    assert len(os.fsencode(socket_path(far))) <= SOCKET_LIMIT
