"""Migrations go up and down on both databases, and give just the tables that the models name."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from capture.inbox.searching import is_modelled
from core.db import Base, make_engine

ROOT = Path(__file__).resolve().parent.parent


def run(connection: Connection, direction: str) -> None:
    config = AlembicConfig(str(ROOT / "alembic.ini"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head") if direction == "up" else command.downgrade(config, "base")


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_migrations_go_up_to_the_models_and_down_to_nothing(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}" if database == "sqlite" else request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    with engine.connect() as connection:
        run(connection, "up")
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_modelled}),
            Base.metadata,
        )
        run(connection, "down")

        assert differences == []
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    engine.dispose()
