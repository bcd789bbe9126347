"""What tests share: a session that is rolled back, the app and its browser, PostgreSQL (bin/test starts it), Valkey."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy.orm import Session

from app import create_app
from auth.keys import make_api_token, open_session
from auth.models import Membership, Organisation
from core import db
from core.config import Config
from tests.browser import address, browser, page  # noqa: F401 - fixtures
from tests.factories import rows
from tests.factories.auth import MembershipFactory
from tests.pages import Call, PageClient, caller
from tests.product import api, kashflow, product  # noqa: F401 - fixtures
from tests.servers import Valkey, new_database

# A busy machine is no fault of the code, and the suite answers the same twice; "explore" looks for new counterexamples.
settings.register_profile("product", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("PROPERTY_TESTS", "product"))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The web app on an SQLite of this test process."""
    app = create_app(Config.from_env({"DATA_DIR": str(tmp_path_factory.mktemp("app"))}))
    app.test_client_class = PageClient
    db.Base.metadata.create_all(db.engine())
    return app


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The transaction of one test: commits within it are savepoints, and at its end nothing is left."""
    del app
    engine = db.engine()
    with engine.connect() as connection, connection.begin() as outer:
        db.bind_to_transaction(connection)
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            rows.registry.set(session)
            yield session
            rows.registry.clear()
        outer.rollback()
    db.bind(engine)


@pytest.fixture
def client(app: Flask, session: Session) -> PageClient:
    """A browser of a stranger."""
    del session
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


@pytest.fixture
def membership(session: Session) -> Membership:
    """The administrator who is signed in in ``signed_in``."""
    del session
    made: Membership = MembershipFactory.create(administrator=True)
    return made


@pytest.fixture
def signed_in(client: PageClient, session: Session, membership: Membership) -> PageClient:
    """A browser in which an administrator is signed in."""
    client.sign_in(open_session(session, membership, address="127.0.0.1", user_agent="Firefox/140.0 (Linux)"))
    return client


@pytest.fixture
def call(client: PageClient, session: Session, membership: Membership) -> Call:
    """Call the interface as the administrator."""
    return caller(client, make_api_token(session, membership, name="tests"))


@pytest.fixture
def standard_call(client: PageClient, session: Session, membership: Membership) -> Call:
    """Call the interface as a standard user of the same organisation."""
    organisation = session.get_one(Organisation, membership.organisation_id)
    other: Membership = MembershipFactory.create(organisation=organisation)
    return caller(client, make_api_token(session, other, name="tests"))


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A queue of the test's own, which it may stop or freeze."""
    server = Valkey()
    yield server
    server.remove()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The address of an empty database on a real PostgreSQL."""
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        pytest.skip("TEST_POSTGRES_URL is not set; bin/test starts a PostgreSQL and sets it")
    with new_database(server) as url:
        yield url
