"""Runs migrations on the configured database, or on the connection it is handed."""

from __future__ import annotations

from importlib import import_module

from alembic import context
from sqlalchemy import Connection

from capture.inbox.searching import is_modelled, keep_index
from core.config import Config
from core.db import Base, make_engine

for floor in (
    "auth",
    "kashflow",
    "lists",
    "rules",
    "capture",
    "capture.bulk",
    "capture.inbox",
    "capture.lessons",
    "capture.ways",
    "publishing",
):
    import_module(f"{floor}.models")


def migrate(connection: Connection) -> None:
    """Run the wanted migrations in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=is_modelled,
    )
    with context.begin_transaction():
        context.run_migrations()
        keep_index(connection)


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    config = Config.from_env()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with make_engine(config.database_url).connect() as opened:
        migrate(opened)
        opened.commit()
