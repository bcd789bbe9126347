"""Files coming in: each gets its row and keeps its bytes, whatever becomes of it. Object first, row second."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, count
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from capture.history.events import WORKER, Who, record
from capture.intake.formats import Limits, MediaType, Refused, TooLarge, recognise, safe_name, unpack
from capture.store import DocumentStore
from capture.submissions.models import Document, Mode, Submission, SubmissionState
from capture.ways.models import Channel, ChannelKind
from core.config import current
from core.db import LARGEST_ID, now, take_turn, transaction
from core.errors import Conflict, Incomplete
from kashflow.ledger import Kind


@dataclass(frozen=True)
class File:
    """One file as it arrives."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Batch:
    """What holds for all files that arrive together."""

    organisation_id: int
    connection_id: int
    channel_id: int
    owner_id: int | None = None
    kind: Kind | None = None
    mode: Mode = Mode.EACH
    who: Who = WORKER
    details: Mapping[str, Any] = field(default_factory=dict)  # of a mail


@dataclass(frozen=True)
class Stored:
    """A file whose bytes are in the store (but for one that is too large), and that has no row yet."""

    name: str
    size: int
    sha256: str
    media_type: str
    refusal: Refused | None = None


class ChannelClosed(Conflict):
    """The channel is switched off, or for another connection."""

    code = "channel"


@dataclass(frozen=True)
class Received:
    """What became of one file so far."""

    id: int
    filename: str
    state: SubmissionState
    problem_code: str | None = None
    problem: str | None = None


@cache
def open_store(address: str) -> DocumentStore:
    """Give the document store at an address; one for each process."""
    return DocumentStore.from_url(address)


def store() -> DocumentStore:
    """Give the configured document store."""
    return open_store(current().document_store)


def get_channel(session: Session, organisation_id: int, kind: ChannelKind, named: str | None = None) -> Channel:
    """Give the channel that is meant by a name or an id; unnamed, the first of this kind, made when there is none yet.

    Raises:
        Incomplete: there is no channel of this name or id.
    """
    wanted = select(Channel).where(Channel.organisation_id == organisation_id).order_by(Channel.id)
    if named:
        found = session.scalar(wanted.where(Channel.name == named))
        if found is None and named.isdecimal() and int(named) <= LARGEST_ID:
            found = session.scalar(wanted.where(Channel.id == int(named)))
        if found is None:
            raise Incomplete(f"There is no channel called “{named}”. Nothing was taken.", field="channel")
        return found
    take_turn(session, f"channels of {organisation_id}")
    found = session.scalars(wanted.where(Channel.kind == kind).limit(1)).first()
    if found is None:
        found = Channel(organisation_id=organisation_id, kind=kind, name=_free_name(session, organisation_id, kind))
        session.add(found)
        session.flush()
    return found


def _free_name(session: Session, organisation_id: int, kind: ChannelKind) -> str:
    """Give the name of a kind, with a number where another channel is called so."""
    taken = set(session.scalars(select(Channel.name).where(Channel.organisation_id == organisation_id)))
    numbered = (f"{CHANNEL_NAMES[kind]} {number}" for number in count(2))
    return next(name for name in chain([CHANNEL_NAMES[kind]], numbered) if name not in taken)


def batch_by(
    channel: Channel,
    connection_id: int,
    who: Who = WORKER,
    *,
    owner_id: int | None = None,
    kind: Kind | None = None,
    mode: Mode = Mode.EACH,
) -> Batch:
    """Give what holds for files that come by a channel; owner and kind are the channel's where nobody says otherwise.

    Raises:
        ChannelClosed: it is switched off, or brings documents to another connection.
    """
    if not channel.enabled:
        text = "is switched off. Nothing was taken. An administrator can switch it on under Channels."
        raise ChannelClosed(f"The channel “{channel.name}” {text}")
    if channel.connection_id not in {None, connection_id}:
        raise ChannelClosed(f"The channel “{channel.name}” is for another connection. Nothing was taken.")
    return Batch(
        organisation_id=channel.organisation_id,
        connection_id=connection_id,
        channel_id=channel.id,
        owner_id=owner_id or channel.owner_id or who.user_id,
        kind=kind or channel.wanted_kind,
        mode=mode,
        who=who,
    )


def receive(files: Iterable[File], batch: Batch, *, wake: Callable[[int], None] | None = None) -> list[Received]:
    """Take files in, one row each, in order; one that is refused does not harm the others. ``wake`` gets what to read.

    Raises:
        StoreFull: there is no room; the files before this one are in, this one and those after it are not.
    """
    received = []
    stored = (each for file in files for each in keep(file))
    for together in [list(stored)] if batch.mode is Mode.ONE else ([each] for each in stored):
        with transaction() as session:
            entered = enter(session, together, batch)
        received += entered
        for one in entered:
            if wake is not None and one.state is SubmissionState.RECEIVED:
                wake(one.id)
    return received


def keep(file: File) -> Iterator[Stored]:
    """Keep the bytes of a file, or of each file in it when it is a ZIP; ``enter`` gives them their rows.

    Raises:
        StoreFull: there is no room.
    """
    for name, data, refusal, media_type in unpacked(file):
        if not isinstance(refusal, TooLarge):
            store().put(data)
        kind = media_type.value if media_type else "application/octet-stream"
        yield Stored(safe_name(name), len(data), hashlib.sha256(data).hexdigest(), kind, refusal)


def enter(session: Session, files: Sequence[Stored], batch: Batch) -> list[Received]:
    """Give each of these files its row: all of them, or none when the transaction fails."""
    for digest in sorted({file.sha256 for file in files}):
        take_turn(session, f"document {batch.organisation_id} {digest}")
    entered = [_enter_one(session, file, batch) for file in files]
    taken = [each.id for each in entered if each.state is SubmissionState.RECEIVED]
    if batch.mode is Mode.ONE and len(taken) > 1:
        session.execute(update(Submission).where(Submission.id.in_(taken)).values(group_id=taken[0]))
    return entered


def unpacked(file: File) -> Iterator[tuple[str, bytes, Refused | None, MediaType | None]]:
    """Give the file itself, or the files in it when it is a ZIP, each with its type or the reason it is refused."""
    limits = Limits(max_file_mb=current().max_file_mb)
    try:
        media_type = recognise(file.data, limits)
        if media_type is not MediaType.ZIP:
            yield file.name, file.data, None, media_type
            return
        inside = unpack(file.data, limits)
    except Refused as refusal:
        yield file.name, file.data, refusal, None
        return
    for name, data in inside:
        try:
            yield name, data, None, recognise(data, limits, in_zip=True)
        except Refused as refusal:
            yield name, data, refusal, None


def _enter_one(session: Session, file: Stored, batch: Batch) -> Received:
    submission = Submission(
        organisation_id=batch.organisation_id,
        connection_id=batch.connection_id,
        channel_id=batch.channel_id,
        owner_id=batch.owner_id,
        filename=file.name,
        size=file.size,
        wanted_kind=batch.kind,
        mode=batch.mode,
        details=dict(batch.details),
    )
    if not isinstance(file.refusal, TooLarge):
        submission.document = keep_document(session, batch.organisation_id, file)
    first = _first_of(session, submission) if file.refusal is None else None
    if file.refusal is not None:
        _close(submission, SubmissionState.REJECTED, file.refusal.code, str(file.refusal))
    elif first is not None:
        submission.duplicate_of_id = first.id
        received = first.received_at.strftime("%d %b %Y")
        text = f"The same file was received on {received} (submission {first.id}). Kept, not processed again."
        _close(submission, SubmissionState.DUPLICATE, "CAP-4", text)
    session.add(submission)
    session.flush()
    record(session, submission, batch.who, submission.state.value, detail={"filename": file.name})
    return Received(submission.id, file.name, submission.state, submission.problem_code, submission.problem)


def _close(submission: Submission, state: SubmissionState, code: str, problem: str) -> None:
    submission.state, submission.problem_code, submission.problem = state, code, problem
    submission.ended_at = now()


def keep_document(session: Session, organisation_id: int, file: Stored) -> Document:
    """Give an organisation's document of this content, made when it is new."""
    wanted = select(Document).where(Document.organisation_id == organisation_id, Document.sha256 == file.sha256)
    document = session.scalar(wanted)
    if document is None:
        document = Document(
            organisation_id=organisation_id, sha256=file.sha256, media_type=file.media_type, size=file.size
        )
        session.add(document)
        session.flush()
    return document


def _first_of(session: Session, submission: Submission) -> Submission | None:
    """Find the first submission of the same bytes to the same connection that was not refused."""
    if submission.document is None:
        return None
    wanted = select(Submission).where(
        Submission.document_id == submission.document.id,
        Submission.connection_id == submission.connection_id,
        Submission.state.not_in([SubmissionState.REJECTED, SubmissionState.DUPLICATE]),
    )
    return session.scalars(wanted.order_by(Submission.id).limit(1)).first()


CHANNEL_NAMES = {
    ChannelKind.WEB: "Web",
    ChannelKind.PHONE: "Phone",
    ChannelKind.API: "API",
    ChannelKind.COMMAND: "Command line",
    ChannelKind.MAILBOX: "Mailbox",
    ChannelKind.FOLDER: "Folder",
}
