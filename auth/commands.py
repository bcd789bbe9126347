"""``flask user add``, ``password`` and ``reset-code``, and ``flask token add``."""

from __future__ import annotations

import secrets
import sys

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from auth.keys import make_api_token
from auth.models import Membership, Role
from auth.service import (
    OPERATOR,
    NewUser,
    add_organisation,
    add_user,
    find_first_organisation,
    find_membership,
    find_organisation,
    find_user,
    list_memberships,
    reset_second_step,
)
from auth.sign_in import set_password
from auth.trail import record
from core.db import transaction
from core.errors import Incomplete, NotFound
from kashflow.service import make_connection

ROLES = {"admin": Role.ADMINISTRATOR, "standard": Role.STANDARD}

FIRST = "My business"

users = AppGroup("user", help="People who sign in.")
tokens = AppGroup("token", help="Tokens of the HTTP interface.")
commands: list[click.Command] = [users, tokens]


@users.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(list(ROLES)), required=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--organisation", help="Its name; made when there is none of it. Without this: the first one.")
def add_user_command(email: str, role: str, organisation: str | None, *, password_stdin: bool) -> None:
    """Add a person. Without --password-stdin the password is asked for, or made and printed where nobody can answer.

    Who has a password on this server already keeps it, and works in several organisations from then on.
    """
    with transaction() as session:
        is_known = find_user(session, email) is not None
    password, made = (secrets.token_urlsafe(12), False) if is_known else _take_password(password_stdin=password_stdin)
    with transaction() as session:
        ours = find_organisation(session, organisation) if organisation else find_first_organisation(session)
        if ours is None:
            ours = add_organisation(session, organisation or FIRST)
            make_connection(session, ours.id)
        add_user(session, ours.id, NewUser(email, password, ROLES[role]), by=OPERATOR)
    kept = ", with the password they have" if is_known else ""
    click.echo(f"{email} can sign in now{kept}.", err=True)
    if made:
        click.echo(password)


@users.command("reset-code")
@click.argument("email")
def reset_code_command(email: str) -> None:
    """Let a person who lost phone and recovery codes in by password alone; their sessions end."""
    with transaction() as session:
        reset_second_step(session, _get_active(session, email), by=OPERATOR)
    click.echo(f"{email} signs in by password alone until two-step sign-in is set up again.", err=True)


@users.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def set_password_command(email: str, *, password_stdin: bool) -> None:
    """Give a person who forgot theirs another password; their sessions end."""
    password, made = _take_password(password_stdin=password_stdin)
    with transaction() as session:
        set_password(session, _get_active(session, email), password, by=OPERATOR)
    click.echo(f"{email} has another password.", err=True)
    if made:
        click.echo(password)


@tokens.command("add")
@click.argument("email")
@click.option("--name", default=OPERATOR, help="What the token is for.")
@click.option("--organisation", help="The one it works in; needed for who belongs to several.")
def add_token_command(email: str, name: str, organisation: str | None) -> None:
    """Make a token for a person and print it, alone, this once."""
    with transaction() as session:
        membership = _choose_membership(session, email, organisation)
        token = make_api_token(session, membership, name=name)
        record(session, membership.organisation_id, OPERATOR, "token made", f"{name} for {membership.user.email}")
    click.echo(token)


def _get_active(session: Session, email: str) -> Membership:
    membership = find_membership(session, email)
    if membership is None:
        raise NotFound(f"There is no active user {email}.")
    return membership


def _choose_membership(session: Session, email: str, organisation: str | None) -> Membership:
    own = list_memberships(session, _get_active(session, email).user_id)
    wanted = (organisation or "").strip().lower()
    named = [each for each in own if wanted in {"", each.organisation.name.lower()}]
    if len({each.organisation.name for each in named}) != 1:
        names = ", ".join(each.organisation.name for each in own)
        raise Incomplete(f"{email} works in {names}: name one of them with --organisation.")
    return named[0]


def _take_password(*, password_stdin: bool) -> tuple[str, bool]:
    """Read a password, ask for one, or make one; and tell whether it was made."""
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)), False
    return secrets.token_urlsafe(12), True
