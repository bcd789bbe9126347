"""What the forms of people and accounts give."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from stdnum.gb import vat

from auth.models import NAME_LENGTH, Role, Scope
from auth.service import Business, NewUser
from core.errors import Incomplete

Word = TypeVar("Word", bound=StrEnum)

ARCHIVING = {  # after what items go to the archive by themselves, where it is switched on
    "published": "once they are published, and nothing is wrong with them",
    "table": "once they were exported as CSV or Excel",
    "report": "once they were exported as a PDF report, or as a ZIP with their documents",
}


def read_new_user(form: Mapping[str, str]) -> NewUser:
    """Give the person to add.

    Raises:
        Incomplete: a field is missing.
    """
    return NewUser(
        email=_text(form, "email", "Enter an e-mail address."),
        name=form.get("name", ""),
        password=_text(form, "password", "Enter a first password."),
        role=read_role(form),
    )


def read_business(form: Mapping[str, str]) -> Business:
    """Give what the organisation says of itself; other names stand one on a line.

    Raises:
        Incomplete: there is no name, or the VAT number is none of the United Kingdom.
    """
    number = form.get("vat_number", "").strip()
    if number and not vat.is_valid(number):
        raise Incomplete("This is not a UK VAT number: nine or twelve digits, with or without GB.", field="vat_number")
    others = tuple(line.strip()[:NAME_LENGTH] for line in form.get("own_names", "").splitlines() if line.strip())
    name = _text(form, "name", "Enter the name of the business.").strip()
    return Business(name[:NAME_LENGTH], f"GB{vat.compact(number)}" if number else None, others)


def read_archiving(form: Mapping[str, str]) -> list[str]:
    """Give after what items are to go to the archive by themselves."""
    return [name for name in ARCHIVING if name in form]


def read_role(form: Mapping[str, str]) -> Role:
    """Give the chosen role."""
    return _choice(form, "role", Role)


def read_token(form: Mapping[str, str]) -> tuple[str, Scope]:
    """Give name and scope of a token to make.

    Raises:
        Incomplete: a field is missing.
    """
    return _text(form, "name", "Name what the token is for."), _choice(form, "scope", Scope)


def read_password_change(form: Mapping[str, str]) -> tuple[str, str]:
    """Give the old and the new password.

    Raises:
        Incomplete: a field is missing.
    """
    return form.get("old", ""), _text(form, "password", "Enter a new password.")


def _text(form: Mapping[str, str], name: str, otherwise: str) -> str:
    value = form.get(name, "")
    if not value.strip():
        raise Incomplete(otherwise, field=name)
    return value


def _choice(form: Mapping[str, str], name: str, words: type[Word]) -> Word:
    try:
        return words(form.get(name, ""))
    except ValueError as error:
        raise Incomplete("Choose one of the list.", field=name) from error
