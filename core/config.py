"""Settings, read once from the environment at start."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from core.errors import SettingWrong

ROOT = Path(__file__).resolve().parent.parent
SANDBOX_PORT = 8700
SOCKET_LIMIT = 100  # bytes; the kernel refuses Unix socket paths of 108 and more


@dataclass(frozen=True)
class Config:
    """Every setting of the product. ``kashflow_is_sandbox`` tells whether no live account can be reached."""

    host: str
    port: int
    data_dir: Path
    database_url: str
    redis_url: str
    document_store: str
    kashflow_url: str
    kashflow_is_sandbox: bool
    kashflow_quiet_time: int | None
    secret_keys: tuple[str, ...]
    ocr_engine: str
    max_file_mb: int
    max_pages: int
    watch_roots: tuple[Path, ...]

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Config:
        """Read the settings.

        Raises:
            SettingWrong: a setting cannot be used; the text names it.
        """
        data_dir = Path(env.get("DATA_DIR") or ROOT / "data").expanduser().absolute()
        kashflow_url = _address(env, "KASHFLOW_URL")
        quiet = env.get("KASHFLOW_QUIET_TIME")
        engine = env.get("OCR_ENGINE") or "rapidocr"
        if engine not in {"rapidocr", "openvino", "tesseract"}:
            raise SettingWrong(f"OCR_ENGINE is {engine!r}; it takes rapidocr, openvino or tesseract.")
        return cls(
            host=env.get("HOST") or "127.0.0.1",
            port=_number(env, "PORT", 8000, low=1, high=65535),
            data_dir=data_dir,
            database_url=_database_url(env.get("DATABASE_URL") or "", data_dir),
            redis_url=env.get("REDIS_URL") or f"unix://{quote(str(socket_path(data_dir)))}",
            document_store=env.get("DOCUMENT_STORE") or str(data_dir / "documents"),
            kashflow_url=kashflow_url or _sandbox_url(data_dir),
            kashflow_is_sandbox=not kashflow_url,
            kashflow_quiet_time=_number(env, "KASHFLOW_QUIET_TIME", 0, low=0, high=86_400) if quiet else None,
            secret_keys=tuple(key.strip() for key in (env.get("SECRET_KEYS") or "").split(",") if key.strip()),
            ocr_engine=engine,
            max_file_mb=_number(env, "MAX_FILE_MB", 25, low=1, high=1000),
            max_pages=_number(env, "MAX_PAGES", 60, low=1, high=10_000),
            watch_roots=_folders(env, "WATCH_ROOTS"),
        )

    @property
    def quiet_seconds(self) -> int:
        """Seconds to wait before asking whether an unanswered request took effect; a connection may set its own."""
        if self.kashflow_quiet_time is not None:
            return self.kashflow_quiet_time
        return 5 if self.kashflow_is_sandbox else 600


def socket_path(data_dir: Path) -> Path:
    """Give the queue's private socket for this data folder: in it, or elsewhere when that is too long."""
    name = f"counterfoil-{os.getuid()}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]}"
    places = (data_dir / "run", Path(tempfile.gettempdir()) / name, Path("/tmp") / name)  # noqa: S108 - a private folder
    paths = [place / "queue.sock" for place in places]
    return next((path for path in paths if len(os.fsencode(path)) <= SOCKET_LIMIT), paths[-1])


def sandbox_address_file(data_dir: Path) -> Path:
    """Give the file in which a running supervisor notes the address of its sandbox."""
    return data_dir / "run" / "sandbox.url"


def _sandbox_url(data_dir: Path) -> str:
    try:
        noted = sandbox_address_file(data_dir).read_text(encoding="utf-8").strip()
    except OSError:
        noted = ""
    return noted or f"http://127.0.0.1:{SANDBOX_PORT}/api/service.asmx"


def _database_url(given: str, data_dir: Path) -> str:
    if not given:
        return f"sqlite:///{data_dir / 'counterfoil.db'}"
    scheme, separator, rest = given.partition("://")
    if not separator:
        raise SettingWrong(f"DATABASE_URL is {given!r}; it takes an address such as postgresql://user@host/name.")
    if scheme in {"postgres", "postgresql"}:
        return f"postgresql+psycopg://{rest}"
    return given


def _address(env: Mapping[str, str], name: str) -> str:
    value = (env.get(name) or "").strip()
    if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
        raise SettingWrong(f"{name} is {value!r}; it takes an address that begins with http:// or https://.")
    return value


def _folders(env: Mapping[str, str], name: str) -> tuple[Path, ...]:
    folders = tuple(Path(each).expanduser() for each in (env.get(name) or "").split(":") if each.strip())
    if not all(folder.is_absolute() for folder in folders):
        raise SettingWrong(f"{name} is {env[name]!r}; it takes whole paths such as /srv/scans, with colons between.")
    return folders


def _number(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    value = env.get(name)
    if value is None or not value.strip():
        return default
    if not value.strip().isdecimal() or not low <= int(value) <= high:
        raise SettingWrong(f"{name} is {value!r}; it takes a whole number from {low} to {high}.")
    return int(value)


class _Process:
    """The settings this process started with."""

    config: Config | None = None


def set_current(config: Config) -> None:
    """Let this process work with these settings."""
    _Process.config = config


def current() -> Config:
    """Give the settings of this process, read from the environment the first time."""
    if _Process.config is None:
        _Process.config = Config.from_env()
    return _Process.config
