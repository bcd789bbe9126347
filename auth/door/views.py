"""Signing in and out, the code that may be asked for besides, and the organisation to work in."""

from __future__ import annotations

import segno
from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth.access import await_code, awaited_user, client_address, dismiss, greet
from auth.keys import find_by_session
from auth.models import User
from auth.second_step import (
    CodeWrong,
    address_for_app,
    begin,
    renew_recovery_codes,
    switch_off,
    switch_on,
    waiting_secret,
)
from auth.service import list_memberships
from auth.sign_in import CodeWanted, SignInRefused, confirm_password, enter_code, sign_in, sign_out, work_in
from auth.tries import TooManyTries
from auth.views import account_page, pages
from core.db import snapshot, transaction
from core.errors import Incomplete


@pages.get("/sign-in")
def show_sign_in() -> ResponseReturnValue:
    """Show the door, or lead on who is in."""
    if g.user is not None:
        return redirect(_next_page())
    return render_template("auth/sign_in.html", email="")


@pages.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Let somebody in who knows the password."""
    email = request.form.get("email", "")
    try:
        key = sign_in(
            email, request.form.get("password", ""), address=client_address(), user_agent=request.user_agent.string
        )
    except CodeWanted as wanted:
        await_code(wanted.user_id)
        return redirect(url_for("auth.show_code", next=request.args.get("next")))
    except (SignInRefused, TooManyTries) as error:
        return render_template("auth/sign_in.html", email=email, error=str(error)), error.status
    return _enter(key)


@pages.get("/sign-in/code")
def show_code() -> ResponseReturnValue:
    """Ask for the code of the app, of whoever has just given the password."""
    if awaited_user() is None:
        return redirect(url_for("auth.show_sign_in", next=request.args.get("next")))
    return render_template("auth/code.html")


@pages.post("/sign-in/code")
def enter_code_of_app() -> ResponseReturnValue:
    """Let somebody in who gave the password and has the code."""
    user_id, code = awaited_user(), request.form.get("code", "")
    if user_id is None:
        flash("That took too long. Sign in again.", "warning")
        return redirect(url_for("auth.show_sign_in", next=request.args.get("next")))
    try:
        key = enter_code(user_id, code, address=client_address(), user_agent=request.user_agent.string)
    except (SignInRefused, TooManyTries) as error:
        return render_template("auth/code.html", error=str(error)), error.status
    return _enter(key)


def _enter(key: str) -> ResponseReturnValue:
    """Hand over a new session, and let whoever works in several organisations say in which."""
    greet(key)
    with snapshot() as session:
        person = find_by_session(session, key)
    if person is not None and person.organisations > 1:
        return redirect(url_for("auth.show_organisations", next=request.args.get("next")))
    return redirect(_next_page())


@pages.get("/organisations")
def show_organisations() -> ResponseReturnValue:
    """Let a person choose the organisation to work in."""
    with snapshot() as session:
        return render_template(
            "auth/organisations.html", memberships=list_memberships(session, g.user.id), next_page=_next_page()
        )


@pages.post("/organisations/<int:membership_id>")
def choose_organisation(membership_id: int) -> ResponseReturnValue:
    """Go on in another organisation, with a session of its own."""
    greet(work_in(g.user, membership_id, address=client_address(), user_agent=request.user_agent.string))
    return redirect(url_for("show_start"))


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session."""
    with transaction() as session:
        sign_out(session, g.user)
    dismiss()
    return redirect(url_for("auth.show_sign_in"))


@pages.post("/account/second-step/begin")
def begin_second_step() -> ResponseReturnValue:
    """Make what an app is to hold, for who gives the password again."""
    try:
        confirm_password(g.user, request.form.get("present", ""), address=client_address())
    except (Incomplete, TooManyTries) as error:
        return account_page(errors={"present": str(error)}), 422
    with transaction() as session:
        begin(session.get_one(User, g.user.id))
    return redirect(url_for("auth.show_second_step"))


@pages.get("/account/second-step")
def show_second_step() -> ResponseReturnValue:
    """Show what the app is to hold, until its first code was entered."""
    return _second_step()


def _second_step(error: str | None = None) -> ResponseReturnValue:
    with snapshot() as session:
        user = session.get_one(User, g.user.id)
        secret = waiting_secret(user)
    if secret is None:
        return redirect(url_for("auth.show_account"))
    picture = segno.make(address_for_app(user, secret), error="m").svg_data_uri(scale=5, light="#fff")
    page = render_template("auth/second_step.html", secret=secret, picture=picture, error=error)
    return page, 422 if error else 200


@pages.post("/account/second-step")
def save_second_step() -> ResponseReturnValue:
    """Ask for codes from now on, and show the recovery codes, this once."""
    try:
        codes = switch_on(g.user, request.form.get("code", ""), address=client_address())
    except (CodeWrong, TooManyTries) as error:
        return _second_step(str(error))
    return render_template("auth/recovery.html", codes=codes)


@pages.post("/account/second-step/recovery")
def make_recovery_codes() -> ResponseReturnValue:
    """Show other recovery codes, this once."""
    try:
        codes = renew_recovery_codes(g.user, request.form.get("code", ""), address=client_address())
    except (CodeWrong, TooManyTries) as error:
        return account_page(errors={"code": str(error)}), 422
    return render_template("auth/recovery.html", codes=codes)


@pages.post("/account/second-step/off")
def end_second_step() -> ResponseReturnValue:
    """Ask for no codes any more."""
    try:
        switch_off(g.user, request.form.get("code", ""), address=client_address())
    except (CodeWrong, TooManyTries) as error:
        return account_page(errors={"code": str(error)}), 422
    flash("You sign in by password alone from now on.")
    return redirect(url_for("auth.show_account"))


def _next_page() -> str:
    """Give the page that was asked for before signing in, if it is one of ours."""
    wanted = request.args.get("next", "")
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else url_for("show_start")
