"""Servers that tests share: PostgreSQL, which bin/test starts, and Valkey."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.servers import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A queue of the test's own, which it may stop or freeze."""
    server = Valkey()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a queue that the tests of one process share."""
    server = Valkey()
    yield server.url
    server.remove()


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> Iterator[str]:
    """The address of an empty database on a real PostgreSQL, one for each test process."""
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        pytest.skip("TEST_POSTGRES_URL is not set; bin/test starts a PostgreSQL and sets it")
    name = f"counterfoil_{worker_id}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
