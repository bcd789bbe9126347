"""``flask connect`` and ``flask rotate-keys``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Config, current, set_current
from core.secrets import SecretUnreadable
from kashflow.ledger import Company
from kashflow.models import Connection, ConnectionState
from kashflow.service import Login, keep_login, list_connections, saved_login
from tests.factories.auth import OrganisationFactory
from tests.kashflow.conftest import KEY, PASSWORD, Scene

LOGIN = Login("demo", "pa55-w0rd", KEY)
COMPANY = Company("Calder & Birch Ltd", vat_registered=True, vat_number=None, currency="GBP")


@pytest.fixture
def config() -> Iterator[Config]:
    """The settings of the test's process; changes are taken back."""
    kept = current()
    yield kept
    set_current(kept)


@pytest.fixture
def connection(session: Session) -> Connection:
    connection = list_connections(session, OrganisationFactory.create().id)[0]
    keep_login(connection, LOGIN, COMPANY)
    session.commit()
    return connection


def connect(app: Flask, *more: str, password: str = PASSWORD) -> tuple[int, str]:
    given = ["connect", "--username", "demo", "--password-stdin", *more]
    result = app.test_cli_runner().invoke(args=given, input=f"{password}\n")
    return result.exit_code, result.output


def test_connect_fills_the_first_connection_and_makes_further_ones(
    app: Flask, session: Session, config: Config, scene: Scene
) -> None:
    organisation = OrganisationFactory.create()
    session.commit()
    set_current(replace(config, kashflow_url=scene.sandbox.url))

    answers = [connect(app, "--name", name) for name in ("Main", "Shop", "Main")]

    assert answers[0] == (0, "Main is connected to Calder & Birch Ltd.\n")
    assert [each.name for each in list_connections(session, organisation.id)] == ["Main", "Shop"]


def test_g8_reconnecting_keeps_the_key_that_is_left_out(
    app: Flask, session: Session, config: Config, scene: Scene
) -> None:
    organisation = OrganisationFactory.create()
    session.commit()
    set_current(replace(config, kashflow_url=scene.sandbox.url))

    codes = [connect(app, "--name", "Main", *key)[0] for key in (("--autoauth-key", KEY), ())]

    (connection,) = list_connections(session, organisation.id)
    assert (codes, saved_login(connection).key) == ([0, 0], KEY)


def test_con_1_a_refused_password_is_told_and_nothing_is_kept(
    app: Flask, session: Session, config: Config, scene: Scene
) -> None:
    organisation = OrganisationFactory.create()
    session.commit()
    set_current(replace(config, kashflow_url=scene.sandbox.url))

    code, output = connect(app, "--name", "Main", password="wrong")

    assert (code, output.count("Incorrect username or password")) == (1, 1)
    assert [each.state for each in list_connections(session, organisation.id)] == [ConnectionState.NOT_CONNECTED]


def test_keys_are_rotated_to_a_new_one_of_our_own(app: Flask, session: Session, connection: Connection) -> None:
    file = current().data_dir / "secret.key"
    old = file.read_text()

    result = app.test_cli_runner().invoke(args=["rotate-keys"])

    session.expire_all()
    assert result.output == "2 secrets are sealed with the newest key.\n"
    assert (file.read_text() == old, len(file.read_text().split())) == (False, 1)
    assert file.stat().st_mode & 0o777 == 0o600
    assert saved_login(connection) == LOGIN


def test_keys_of_the_environment_are_rotated_to_the_first(
    app: Flask, session: Session, connection: Connection, config: Config
) -> None:
    old, new = (config.data_dir / "secret.key").read_text(), Fernet.generate_key().decode()
    set_current(replace(config, secret_keys=(new, old)))

    assert app.test_cli_runner().invoke(args=["rotate-keys"]).exit_code == 0

    session.expire_all()
    set_current(replace(config, secret_keys=(new,)))
    assert saved_login(connection) == LOGIN


def test_con_10_no_key_is_dropped_while_a_secret_fits_none(
    app: Flask, session: Session, connection: Connection
) -> None:
    connection.sealed_key = Fernet(Fernet.generate_key()).encrypt(b"lost").decode()
    session.commit()
    file = current().data_dir / "secret.key"
    old = file.read_text()

    result = app.test_cli_runner().invoke(args=["rotate-keys"])

    assert (result.exit_code, "1 of 2 secrets fit none of the keys" in result.output) == (1, True)
    assert old in file.read_text()


def test_con_10_a_secret_copied_from_another_connection_does_not_open(session: Session, connection: Connection) -> None:
    other = list_connections(session, OrganisationFactory.create().id)[0]
    keep_login(other, LOGIN, COMPANY)
    other.sealed_password = connection.sealed_password

    with pytest.raises(SecretUnreadable):
        saved_login(other)
