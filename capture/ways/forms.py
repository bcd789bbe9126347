"""What the forms about channels give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from capture.submissions.models import Mode
from capture.ways.folder import why_not_watched
from capture.ways.models import ChannelKind
from capture.ways.rows import Row
from capture.ways.settings import Afterwards, Body, FolderSettings, MailboxSettings, Security
from core.errors import Incomplete
from kashflow.ledger import Kind

Word = TypeVar("Word", bound=StrEnum)
ADDED = (ChannelKind.MAILBOX, ChannelKind.FOLDER, ChannelKind.API, ChannelKind.COMMAND)
SETTLES_MOST = 3600
PORTS = 65535
LONGEST = 200


def read_rows(form: Mapping[str, str]) -> dict[int, Row]:
    """Give what a form says of each channel: name-N, enabled-N and so on for channel N.

    Raises:
        Incomplete: something chosen is none of the choices.
    """
    rows = {}
    for field in form:
        number = field.removeprefix("name-")
        if field.startswith("name-") and number.isdecimal():
            rows[int(number)] = _read_row(form, number)
    return rows


def _read_row(form: Mapping[str, str], number: str) -> Row:
    given = form.get(f"kind-{number}", "")
    if given not in {"", *Kind}:
        raise Incomplete("Choose cost, sale, or as read.", field=f"kind-{number}")
    ids = {name: form.get(f"{name}-{number}", "") for name in ("source", "payment_method", "bank_account", "owner")}
    return Row(
        name=form.get(f"name-{number}", ""),
        enabled=bool(form.get(f"enabled-{number}")),
        sends=bool(form.get(f"sends-{number}")),
        wanted_kind=Kind(given) if given else None,
        **{f"{name}_id": int(value) if value.isdecimal() else None for name, value in ids.items()},
    )


def read_added(form: Mapping[str, str]) -> ChannelKind:
    """Give the kind of a channel to be added.

    Raises:
        Incomplete: it is none that can be.
    """
    kind = _choice(form, "kind", ChannelKind)
    if kind not in ADDED:
        raise Incomplete("There is one of these already.", field="kind")
    return kind


def read_settings(kind: ChannelKind, form: Mapping[str, str]) -> MailboxSettings | FolderSettings:
    """Give where a mailbox or folder is.

    Raises:
        Incomplete: something is missing or wrong, or the channel is neither.
    """
    if kind is ChannelKind.MAILBOX:
        return _read_mailbox(form)
    if kind is ChannelKind.FOLDER:
        return _read_folder(form)
    raise Incomplete("There is nothing to set up here.")


def _read_mailbox(form: Mapping[str, str]) -> MailboxSettings:
    settings = MailboxSettings(
        server=_text(form, "server", "Enter the name of the mail server."),
        username=_text(form, "username", "Enter the user name."),
        port=_number(form, "port", low=1, high=PORTS),
        security=_choice(form, "security", Security),
        folder=_text(form, "folder", "Enter the folder; the one for new mail is INBOX."),
        afterwards=_choice(form, "afterwards", Afterwards),
        moves_to=_line(form, "moves_to"),
        body=_choice(form, "body", Body),
        mode=_choice(form, "mode", Mode),
        since=_day(form, "since"),
    )
    if settings.afterwards is Afterwards.MOVE and settings.moves_to.casefold() in {"", settings.folder.casefold()}:
        raise Incomplete("Enter the folder to move mails to, another than the one they come from.", field="moves_to")
    return settings


def read_password(form: Mapping[str, str]) -> str | None:
    """Give a new password, None where none was entered.

    Raises:
        Incomplete: it holds what no password can.
    """
    password = form.get("password", "")
    if any(not letter.isprintable() for letter in password):
        raise Incomplete("A password has no line breaks.", field="password")
    return password or None


def _read_folder(form: Mapping[str, str]) -> FolderSettings:
    path = Path(_text(form, "path", "Enter the folder's path."))
    if not path.is_absolute() or ".." in path.parts or any(part.startswith(".") for part in path.parts):
        raise Incomplete("Enter the whole path, from the first /, without hidden folders.", field="path")
    problem = why_not_watched(path)
    if problem is not None:
        raise Incomplete(problem, field="path")
    settles, mode = _number(form, "settles", low=2, high=SETTLES_MOST), _choice(form, "mode", Mode)
    if mode is Mode.ONE:
        raise Incomplete("Files come one by one out of a folder. Choose another one.", field="mode")
    return FolderSettings(str(path), settles, mode)


def _line(form: Mapping[str, str], name: str) -> str:
    value = form.get(name, "").strip()
    if len(value) > LONGEST or not value.isprintable():
        raise Incomplete(f"At most {LONGEST} letters on one line.", field=name)
    return value


def _text(form: Mapping[str, str], name: str, otherwise: str) -> str:
    value = _line(form, name)
    if not value:
        raise Incomplete(otherwise, field=name)
    return value


def _number(form: Mapping[str, str], name: str, *, low: int, high: int) -> int:
    value = form.get(name, "").strip()
    if not value.isdecimal() or not low <= int(value) <= high:
        raise Incomplete(f"Enter a number from {low} to {high}.", field=name)
    return int(value)


def _day(form: Mapping[str, str], name: str) -> date | None:
    value = form.get(name, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise Incomplete(f"“{value}” is no date.", field=name) from error


def _choice(form: Mapping[str, str], name: str, words: type[Word]) -> Word:
    try:
        return words(form.get(name, ""))
    except ValueError as error:
        raise Incomplete("Choose one of the list.", field=name) from error
