"""``flask user add``, ``flask user password`` and ``flask token add``."""

from __future__ import annotations

import secrets
import sys

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from auth.keys import make_api_token
from auth.models import Membership, Role
from auth.service import NewUser, add_organisation, add_user, find_membership, first_organisation
from auth.sign_in import set_password
from auth.trail import record
from core.db import transaction
from core.errors import NotFound
from kashflow.service import make_connection

COMMAND_LINE = "command line"
ROLES = {"admin": Role.ADMINISTRATOR, "standard": Role.STANDARD}

users = AppGroup("user", help="People who sign in.")
tokens = AppGroup("token", help="Tokens of the HTTP interface.")
commands: list[click.Command] = [users, tokens]


@users.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(list(ROLES)), required=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--organisation", default="My business", help="Name of the organisation that the first user makes.")
def add_user_command(email: str, role: str, organisation: str, *, password_stdin: bool) -> None:
    """Add a person. Without --password-stdin the password is asked for, or made and printed where nobody can answer."""
    password, made = _take_password(password_stdin=password_stdin)
    with transaction() as session:
        ours = first_organisation(session)
        if ours is None:
            ours = add_organisation(session, organisation)
            make_connection(session, ours.id)
        add_user(session, ours.id, NewUser(email, password, ROLES[role]), by=COMMAND_LINE)
    click.echo(f"{email} can sign in now.", err=True)
    if made:
        click.echo(password)


@users.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def set_password_command(email: str, *, password_stdin: bool) -> None:
    """Give a person who forgot theirs another password; their sessions end."""
    password, made = _take_password(password_stdin=password_stdin)
    with transaction() as session:
        set_password(session, _get_active(session, email), password, by=COMMAND_LINE)
    click.echo(f"{email} has another password.", err=True)
    if made:
        click.echo(password)


@tokens.command("add")
@click.argument("email")
@click.option("--name", default=COMMAND_LINE, help="What the token is for.")
def add_token_command(email: str, name: str) -> None:
    """Make a token for a person and print it, alone, this once."""
    with transaction() as session:
        membership = _get_active(session, email)
        token = make_api_token(session, membership, name=name)
        record(session, membership.organisation_id, COMMAND_LINE, "token made", f"{name} for {membership.user.email}")
    click.echo(token)


def _get_active(session: Session, email: str) -> Membership:
    membership = find_membership(session, email)
    if membership is None:
        raise NotFound(f"There is no active user {email}.")
    return membership


def _take_password(*, password_stdin: bool) -> tuple[str, bool]:
    """Read a password, ask for one, or make one; and tell whether it was made."""
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)), False
    return secrets.token_urlsafe(12), True
