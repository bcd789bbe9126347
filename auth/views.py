"""One's own account, the organisation, its people and its trail."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import client_address, greet, needs
from auth.forms import (
    ARCHIVING,
    read_archiving,
    read_business,
    read_new_user,
    read_password_change,
    read_role,
    read_token,
)
from auth.keys import list_api_tokens, list_sessions, make_api_token, revoke
from auth.models import ApiToken, LoginSession, Organisation, Role, User
from auth.service import (
    LastAdministrator,
    NotTheirsAlone,
    add_user,
    choose_archiving,
    describe_organisation,
    get_member,
    list_members,
    reset_second_step,
    set_active,
    set_publishing,
    set_role,
)
from auth.sign_in import change_password, own_membership
from auth.trail import MOST, first_break, list_entries, record
from auth.tries import TooManyTries
from core.db import snapshot, transaction
from core.errors import Forbidden, Incomplete

pages = Blueprint("auth", __name__)


@pages.get("/account")
def show_account() -> ResponseReturnValue:
    """Show one's sessions and tokens, and the way to another password."""
    return account_page()


@pages.post("/account/password")
def save_password() -> ResponseReturnValue:
    """Change the password; other sessions end and this one goes on under a new key."""
    try:
        old, new = read_password_change(request.form)
        key = change_password(g.user, old, new, address=client_address(), user_agent=request.user_agent.string)
    except (Incomplete, TooManyTries) as error:
        return account_page(errors={getattr(error, "field", "old"): str(error)}), 422
    greet(key)
    flash("Your password is changed. All other sessions have ended.")
    return redirect(url_for("auth.show_account"))


@pages.post("/account/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of one's sessions."""
    with transaction() as session:
        revoke(session, LoginSession, session_id, g.user.id)
        record(session, g.organisation_id, g.user.email, "session ended", f"session {session_id}")
    flash("The session has ended.")
    return redirect(url_for("auth.show_account"))


@pages.post("/account/tokens")
def make_token() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    try:
        name, scope = read_token(request.form)
    except Incomplete as error:
        return account_page(errors={error.field: str(error)}), 422
    with transaction() as session:
        token = make_api_token(session, own_membership(session, g.user), name=name, scope=scope)
        record(session, g.organisation_id, g.user.email, "token made", name)
    return account_page(token=token)


@pages.post("/account/tokens/<int:token_id>/end")
def end_token(token_id: int) -> ResponseReturnValue:
    """End one of one's tokens."""
    with transaction() as session:
        revoke(session, ApiToken, token_id, g.user.id)
        record(session, g.organisation_id, g.user.email, "token ended", f"token {token_id}")
    flash("The token no longer works.")
    return redirect(url_for("auth.show_account"))


@pages.get("/people")
@needs("people")
def show_people() -> ResponseReturnValue:
    """Show who belongs to the organisation."""
    return _people()


@pages.post("/people")
@needs("people")
def add_person() -> ResponseReturnValue:
    """Add somebody."""
    try:
        new = read_new_user(request.form)
        with transaction() as session:
            add_user(session, g.organisation_id, new, by=g.user.email)
    except Incomplete as error:
        return _people(errors={error.field: str(error)}), 422
    flash(f"{new.email} can sign in now. Who has a password on this server already keeps that one.")
    return redirect(url_for("auth.show_people"))


@pages.post("/people/<int:membership_id>/role")
@needs("people")
def save_role(membership_id: int) -> ResponseReturnValue:
    """Give somebody another role."""
    role = read_role(request.form)
    with transaction() as session:
        membership = get_member(session, g.organisation_id, membership_id)
        set_role(session, membership, role, by=g.user.email)
    flash(f"{membership.user.email} has another role now and signs in again.")
    return redirect(url_for("auth.show_people"))


@pages.post("/people/<int:membership_id>/publishing")
@needs("people")
def save_publishing(membership_id: int) -> ResponseReturnValue:
    """Let a standard member publish, or prepare items alone."""
    allowed = request.form.get("allowed") == "yes"
    with transaction() as session:
        membership = get_member(session, g.organisation_id, membership_id)
        set_publishing(session, membership, allowed=allowed, by=g.user.email)
    flash(f"{membership.user.email} can {'publish' if allowed else 'prepare items, and ask for them to be published'}.")
    return redirect(url_for("auth.show_people"))


@pages.post("/people/<int:membership_id>/active")
@needs("people")
def save_active(membership_id: int) -> ResponseReturnValue:
    """Let somebody in again, or no more."""
    active = request.form.get("active") == "yes"
    with transaction() as session:
        membership = get_member(session, g.organisation_id, membership_id)
        set_active(session, membership, active=active, by=g.user.email)
    flash(f"{membership.user.email} can {'sign in again' if active else 'no longer sign in'}.")
    return redirect(url_for("auth.show_people"))


@pages.post("/people/<int:membership_id>/second-step")
@needs("people")
def reset_code(membership_id: int) -> ResponseReturnValue:
    """Let somebody who lost phone and recovery codes in by password alone."""
    with transaction() as session:
        membership = get_member(session, g.organisation_id, membership_id)
        if membership.user_id == g.user.id:
            raise Forbidden("Switch your own off on the page of your account; that takes a code.")
        reset_second_step(session, membership, by=g.user.email)
    flash(f"{membership.user.email} signs in by password alone until they set it up again.")
    return redirect(url_for("auth.show_people"))


@pages.get("/settings/trail")
@needs("settings")
def show_trail() -> ResponseReturnValue:
    """Show who did what, the newest first, and on request whether a line was altered since."""
    before, checked = request.args.get("before", type=int), "check" in request.args
    with snapshot() as session:
        lines = list_entries(session, g.organisation_id, before=before)
        broken = first_break(session, g.organisation_id) if checked else None
    return render_template("auth/trail.html", lines=lines, most=MOST, checked=checked, broken=broken)


@pages.get("/settings")
@needs("settings")
def show_settings() -> ResponseReturnValue:
    """Show what the organisation says of itself."""
    return _settings()


@pages.post("/settings")
@needs("settings")
def save_settings() -> ResponseReturnValue:
    """Keep what the organisation says of itself."""
    try:
        business = read_business(request.form)
    except Incomplete as error:
        return _settings(errors={error.field: str(error)}), 422
    with transaction() as session:
        describe_organisation(session, g.organisation_id, business, by=g.user.email)
    flash("Saved. Documents are read with these names from now on.")
    return redirect(url_for("auth.show_settings"))


@pages.post("/settings/archive")
@needs("settings")
def save_archiving() -> ResponseReturnValue:
    """Keep after what items go to the archive by themselves."""
    with transaction() as session:
        choose_archiving(session, g.organisation_id, read_archiving(request.form), by=g.user.email)
    flash("Saved. Items that are there already stay where they are.")
    return redirect(url_for("auth.show_settings"))


@pages.errorhandler(LastAdministrator)
@pages.errorhandler(NotTheirsAlone)
def keep_as_is(error: LastAdministrator | NotTheirsAlone) -> ResponseReturnValue:
    """Say why nobody was demoted, or let in without a code."""
    flash(str(error), "danger")
    return redirect(url_for("auth.show_people"))


def account_page(**values: object) -> str:
    """Give the page of one's own account."""
    with snapshot() as session:
        sessions = list_sessions(session, g.user.id)
        tokens = list_api_tokens(session, g.user.id)
        second_step_since = session.get_one(User, g.user.id).second_step_since
    values["second_step_since"] = second_step_since
    return render_template("auth/account.html", sessions=sessions, tokens=tokens, **values)


def _people(**values: object) -> str:
    with snapshot() as session:
        members = list_members(session, g.organisation_id)
    return render_template("auth/people.html", members=members, roles=list(Role), **values)


def _settings(**values: object) -> str:
    with snapshot() as session:
        organisation = session.get_one(Organisation, g.organisation_id)
    return render_template("auth/settings.html", organisation=organisation, archiving=ARCHIVING, **values)
