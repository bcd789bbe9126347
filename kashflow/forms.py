"""What people and programs give about a connection."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.errors import Incomplete
from kashflow.models import Schedule
from kashflow.service import Login

KEY_SHAPE = re.compile(r"[0-9a-z]{8}-[0-9a-z]{4}", re.IGNORECASE)


class KeyMisshapen(Incomplete):
    """What was entered cannot be an AutoAuth key, so KashFlow is not even asked (CON-4)."""

    code = "CON-4"


def read_login(form: Mapping[str, str], kept: Login | None) -> Login:
    """Give the login that a form holds; what is left empty stays as it was kept, the password for its own user alone.

    Raises:
        Incomplete: the user name or the password is missing.
        KeyMisshapen: the AutoAuth key is none.
    """
    username = form.get("username", "").strip() or (kept.username if kept else "")
    password = form.get("password", "") or (kept.password if kept and kept.username == username else "")
    given = form.get("autoauth_key", "").strip()
    if given and not KEY_SHAPE.fullmatch(given):
        raise KeyMisshapen("An AutoAuth key is eight characters, a hyphen, four characters.", field="autoauth_key")
    key = given or (kept.key if kept and not form.get("without_key") else None)
    if not username:
        raise Incomplete("KashFlow needs a user name.", field="username")
    if not password:
        raise Incomplete("KashFlow needs a password.", field="password")
    return Login(username, password, key)


def read_schedule(form: Mapping[str, str]) -> Schedule:
    """Give how often the lists are to be refreshed.

    Raises:
        Incomplete: it is none of the choices.
    """
    given = form.get("schedule", "")
    if given not in list(Schedule):
        raise Incomplete("Choose how often the lists are refreshed.", field="schedule")
    return Schedule(given)
