"""A mailbox on an IMAP server. Mails are read without being changed; nothing here can delete one.

imap-tools' own ``flag`` and its ``move`` on servers without MOVE end with EXPUNGE, which removes whatever anybody has
marked as deleted: both are avoided. Limits are asked of the server (partial fetch), not only checked afterwards.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from imap_tools.utils import encode_folder

from capture.ways.errors import ChannelFault, FolderMissing, LoginRefused
from capture.ways.settings import MailboxSettings, Security

MARK = "CounterfoilTaken"  # a keyword: no mail program shows or touches it
SECONDS = 30  # for one answer
HEAD_BYTES = 100_000
TEMPORARY = re.compile(rb"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\]", re.IGNORECASE)  # RFC 5530
_SIZE = re.compile(rb"UID (\d+).*?RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+).*?UID (\d+)", re.DOTALL)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class Mailbox:
    """One folder of a mailbox, open. ``validity`` says which numbering the mails' numbers (UIDs) belong to."""

    box: BaseMailBox
    validity: str

    def waiting(self, since: date | None) -> list[str]:
        """Give the numbers of the mails that do not bear our mark, the oldest first."""
        criteria = f"UNKEYWORD {MARK}"
        if since is not None:
            criteria += f" SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        with _our_errors():
            return sorted(self.box.uids(criteria, charset=None), key=int)

    def sizes(self, uids: Sequence[str]) -> dict[str, int]:
        """Give the size of each of these mails in bytes, as the server says."""
        answer = self._ask("FETCH", ",".join(uids), "(UID RFC822.SIZE)") if uids else []
        found = [match for line in answer if isinstance(line, bytes) and (match := _SIZE.search(line))]
        return {(each[1] or each[4]).decode(): int(each[2] or each[3]) for each in found}

    def fetch(self, uid: str, most: int) -> bytes:
        """Give a mail, at most this many bytes of it; nothing when it is gone."""
        return _literal(self._ask("FETCH", uid, f"(BODY.PEEK[]<0.{most}>)"))

    def fetch_head(self, uid: str) -> bytes:
        """Give the head of a mail."""
        return _literal(self._ask("FETCH", uid, f"(BODY.PEEK[HEADER]<0.{HEAD_BYTES}>)"))

    def mark(self, uid: str, *, as_read: bool = False) -> None:
        """Put our mark on a mail; a server that keeps no such marks just ignores it."""
        self._ask("STORE", uid, "+FLAGS.SILENT", f"({MARK})")
        if as_read:
            self._ask("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    def check_move(self, folder: str) -> None:
        """Insist that mails can be moved into another folder.

        Raises:
            FolderMissing: there is no such folder, or the server cannot move.
        """
        with _our_errors():
            can_move = "MOVE" in self.box.client.capability()[1][0].decode().upper().split()
            is_there = self.box.folder.exists(folder)
        if not can_move:
            text = "The mail server cannot move mails. They stay where they are. Choose to mark them as read instead."
            raise FolderMissing(text)
        if not is_there:
            raise FolderMissing(f"There is no folder “{folder}” to move mails to. They stay where they are. Make it.")

    def move(self, uid: str, folder: str) -> None:
        """Move a mail into another folder of the mailbox.

        Raises:
            FolderMissing: there is no such folder, or the server cannot move.
        """
        self.check_move(folder)
        with _our_errors():
            kind, told = self.box.client.uid("MOVE", uid, encode_folder(folder).decode())
        if kind != "OK":
            raise FolderMissing(f"Mails cannot be moved to “{folder}” ({_words(told)}). They were taken and stay.")

    def _ask(self, command: str, *arguments: str) -> list[object]:
        with _our_errors():
            kind, answer = self.box.client.uid(command, *arguments)
        if kind != "OK":
            raise ChannelFault(f"The mail server answered {command} with: {_words(answer)}. No mail was changed.")
        return list(answer)


@contextmanager
def open_mailbox(settings: MailboxSettings, password: str) -> Iterator[Mailbox]:
    """Open the folder of a mailbox.

    Raises:
        LoginRefused: the server does not take user name and password.
        FolderMissing: there is no such folder.
        ChannelFault: the server was not reached, or not by the way asked for.
    """
    where = f"{settings.server}:{settings.port}"
    with _our_errors(where):
        box = _connect(settings)
    try:
        with _our_errors(where):
            _enter(box, settings, password)
            kind, told = box.client.response("UIDVALIDITY")
        yield Mailbox(box, told[0].decode() if kind and told and told[0] else "0")
    finally:
        with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
            box.logout()


def _connect(settings: MailboxSettings) -> BaseMailBox:
    if settings.security is Security.NONE:
        return MailBoxUnencrypted(settings.server, settings.port, timeout=SECONDS)
    kind = MailBox if settings.security is Security.TLS else MailBoxStartTls
    return kind(settings.server, settings.port, timeout=SECONDS, ssl_context=ssl.create_default_context())


def _enter(box: BaseMailBox, settings: MailboxSettings, password: str) -> None:
    login = box.login if (settings.username + password).isascii() else box.login_utf8
    try:
        login(settings.username, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort) or TEMPORARY.search(str(error).encode()):
            raise
        text = f"{settings.server} did not accept the login of {settings.username}. No mail was changed. Enter the "
        text += "password again; many providers want an app password for this, not the one you sign in with."
        raise LoginRefused(text) from error
    try:
        box.folder.set(settings.folder)
    except MailboxFolderSelectError as error:
        text = f"There is no folder “{settings.folder}” in the mailbox of {settings.username}. No mail was changed. "
        raise FolderMissing(f"{text}Sub-folders are often written INBOX.Name or INBOX/Name.") from error


def _literal(answer: Sequence[object]) -> bytes:
    return next((bytes(each[1]) for each in answer if isinstance(each, tuple)), b"")


def _words(told: Sequence[object]) -> str:
    first = told[0] if told else b""
    return first.decode("ascii", "replace")[:200] if isinstance(first, bytes) else ""


@contextmanager
def _our_errors(where: str = "") -> Iterator[None]:
    server = f"The mail server {where}" if where else "The mail server"
    again = "No mail was changed; it is tried again."
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        text = f"{server} has a certificate that is not trusted ({error.verify_message}). Nothing was sent to it."
        raise ChannelFault(text) from error
    except ssl.SSLError as error:
        text = f"{server} does not speak TLS in this way. Choose another kind of security or port."
        raise ChannelFault(text) from error
    except TimeoutError as error:
        raise ChannelFault(f"{server} did not answer in time. {again}") from error
    except OSError as error:
        raise ChannelFault(f"{server} was not reached ({error.strerror or error}). {again}") from error
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        raise ChannelFault(f"{server} broke off or said something unexpected. {again}") from error
