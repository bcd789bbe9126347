"""Mails become submissions: all files of one in one transaction with the mail itself, and only then is it marked.

What was taken is known by what it is, not by its number alone, which a server may give anew. So a process that is
killed anywhere in here loses nothing and takes nothing twice: not yet committed, the mail is found again; committed
but not marked, it is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import chain, islice

from sqlalchemy import update

from capture.intake.formats import Limits, Refused, TooLarge, safe_name
from capture.intake.service import File, Stored, enter, keep, store
from capture.submissions.models import Submission, SubmissionState
from capture.ways.errors import FolderMissing
from capture.ways.looking import AT_ONCE, Look, Wake, find_arrival, look_into, note_good, note_put_away, places_of
from capture.ways.mail.letter import write_letter
from capture.ways.mail.mailbox import Mailbox, open_mailbox
from capture.ways.mail.opener import MailOpener
from capture.ways.mail.parsing import Mail, head_of, identity_of
from capture.ways.models import Arrival
from capture.ways.settings import Afterwards, Body, MailboxSettings
from core.config import current
from core.db import transaction

CHUNK = 500
MAIL_TIMES = 2  # a mail may hold so many times the size of the largest single file
RFC822 = "message/rfc822"

Opener = Callable[[MailboxSettings, str], AbstractContextManager[Mailbox]]


class NothingUsable(Refused):
    """A mail brought no file that can be taken."""

    code = "CAP-8"


@dataclass(frozen=True)
class Visit:
    """An open mailbox and what to do in it."""

    look: Look
    settings: MailboxSettings
    box: Mailbox
    mails: MailOpener
    wake: Wake

    def place(self, uid: str) -> str:
        """Give where a mail lies: its number, and which numbering that belongs to."""
        return f"{self.box.validity}:{uid}"


def collect_mails(channel_id: int, wake: Wake, opener: Opener = open_mailbox) -> None:
    """Take what is new in a mailbox, where it is due; what goes wrong stands on the channel."""

    def take(look: Look) -> None:
        settings = MailboxSettings.from_row(look.settings)
        with opener(settings, look.password) as box, MailOpener() as mails:
            more = _take_new(Visit(look, settings, box, mails, wake))
        note_good(channel_id, more=more)

    look_into(channel_id, take)


def _take_new(visit: Visit) -> bool:
    """Take what is new and mark it, and mark what was taken before; tell whether there is more."""
    uids = visit.box.waiting(visit.settings.since)
    known: dict[str, bool] = {}
    for start in range(0, len(uids), CHUNK):
        known |= places_of(visit.look.channel_id, [visit.place(uid) for uid in uids[start : start + CHUNK]])
    new = [uid for uid in uids if visit.place(uid) not in known]
    marked: list[str] = []
    fault: FolderMissing | None = None
    try:
        sizes = visit.box.sizes(new[:AT_ONCE])
        unmarked = [uid for uid in uids if known.get(visit.place(uid)) is False]
        for uid in chain(unmarked, (uid for uid in new[:AT_ONCE] if _take(visit, uid, sizes.get(uid, 0)))):
            try:
                _put_away(visit, uid)
            except FolderMissing as error:  # those after it are taken all the same
                fault = error
            else:
                marked.append(visit.place(uid))
    finally:
        note_put_away(visit.look.channel_id, marked)
    if fault is not None:
        raise fault
    return len(new) > AT_ONCE


def _put_away(visit: Visit, uid: str) -> None:
    if visit.settings.afterwards is Afterwards.MOVE:
        visit.box.move(uid, visit.settings.moves_to)
    else:
        visit.box.mark(uid, as_read=visit.settings.afterwards is Afterwards.READ)


def _take(visit: Visit, uid: str, size: int) -> bool:
    """Take one mail, with all it brings or not at all; tell whether it is there to be marked."""
    most = MAIL_TIMES * Limits(current().max_file_mb).max_bytes
    raw = visit.box.fetch(uid, most + 1) if size <= most else b""
    is_large = size > most or len(raw) > most
    if is_large:
        raw = visit.box.fetch_head(uid)
    if not raw:
        return False
    identity = hashlib.sha256(f"{identity_of(raw)} {size}".encode()).hexdigest() if is_large else identity_of(raw)
    before = find_arrival(visit.look.channel_id, identity)
    if before is not None:
        _found_again(before.id, visit.place(uid))
        return True
    mail = head_of(raw) if is_large else visit.mails.open(raw)
    files = [_too_large(mail, max(size, len(raw)), most)] if is_large else _files_of(visit.settings, mail, raw)
    head = {"sender": mail.head.sender, "subject": mail.head.subject, "message_id": mail.head.message_id}
    batch = replace(visit.look.batch, mode=visit.settings.mode, details=head)
    with transaction() as session:
        session.add(Arrival(channel_id=visit.look.channel_id, identity=identity, place=visit.place(uid)))
        received = enter(session, files, batch)
        if received[0].problem_code != NothingUsable.code:  # which says so itself
            first = session.get_one(Submission, received[0].id)
            first.details = first.details | {"left_out": list(mail.left_out)}
    for one in received:
        if one.state is SubmissionState.RECEIVED:
            visit.wake(one.id)
    return True


def _found_again(arrival_id: int, place: str) -> None:
    with transaction() as session:
        moved = update(Arrival).where(Arrival.id == arrival_id)
        session.execute(moved.values(place=place, is_put_away=False))


def _files_of(settings: MailboxSettings, mail: Mail, raw: bytes) -> list[Stored]:
    """Keep the bytes of what a mail brings; of one that brings nothing usable, the mail's own."""
    most = Limits().max_zip_files
    brought = list(_brought(settings, mail))
    kept = chain.from_iterable(keep(each) for each in brought) if len(brought) <= most else iter(())
    files = list(islice(kept, most + 1))
    if max(len(brought), len(files)) > most:
        return [_whole(mail, raw, f"This mail brings more than {most} files. None was taken; the mail is kept.")]
    if files:
        return files
    why = "It is damaged and could not be taken apart." if mail.is_broken else "Links in mails are not followed."
    told = " ".join(["This mail brought no file that can be taken.", why, *mail.left_out, "The mail itself is kept."])
    return [_whole(mail, raw, told)]


def _brought(settings: MailboxSettings, mail: Mail) -> Iterator[File]:
    for each in mail.files:
        yield File(each.name, each.data)
    is_wanted = settings.body is Body.ALWAYS or (settings.body is Body.ALONE and not mail.files)
    if is_wanted and mail.text:
        yield File(f"{_title(mail)}.pdf", write_letter(mail, pages=current().max_pages))


def _whole(mail: Mail, raw: bytes, problem: str) -> Stored:
    store().put(raw)
    name = safe_name(f"{_title(mail)}.eml")
    return Stored(name, len(raw), hashlib.sha256(raw).hexdigest(), RFC822, NothingUsable(problem))


def _too_large(mail: Mail, size: int, most: int) -> Stored:
    text = (
        f"This mail has {size / 1e6:.1f} MB, over the limit of {most / 1e6:.0f}. It was not fetched and stays in the "
    )
    problem = TooLarge(f"{text}mailbox. Take its files out of it by hand, and drop them here.")
    return Stored(safe_name(f"{_title(mail)}.eml"), size, "", RFC822, problem)


def _title(mail: Mail) -> str:
    return safe_name(mail.head.subject.replace("/", "-").replace("\\", "-")) if mail.head.subject else "Mail"
