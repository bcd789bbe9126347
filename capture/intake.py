"""Files coming in: each gets its row and keeps its bytes, whatever becomes of it. Object first, row second."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.events import WORKER, Who, record
from capture.formats import Limits, MediaType, Refused, TooLarge, recognise, safe_name, unpack
from capture.models import Channel, ChannelKind, Document, Submission, SubmissionState
from capture.store import DocumentStore
from core.config import current
from core.db import now, take_turn, transaction
from core.errors import Incomplete
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
    who: Who = WORKER


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


def get_channel(session: Session, organisation_id: int, kind: ChannelKind, name: str | None = None) -> Channel:
    """Give an organisation's channel of this kind, made when there is none yet; by its name where one is given.

    Raises:
        Incomplete: there is no channel of this name.
    """
    wanted = select(Channel).where(Channel.organisation_id == organisation_id)
    if name:
        found = session.scalar(wanted.where(Channel.name == name))
        if found is None:
            raise Incomplete(f"There is no channel called “{name}”.", field="channel")
        return found
    take_turn(session, f"channels of {organisation_id}")
    found = session.scalars(wanted.where(Channel.kind == kind).order_by(Channel.id).limit(1)).first()
    if found is None:
        found = Channel(organisation_id=organisation_id, kind=kind, name=CHANNEL_NAMES[kind])
        session.add(found)
        session.flush()
    return found


def receive(files: Iterable[File], batch: Batch, *, wake: Callable[[int], None] | None = None) -> list[Received]:
    """Take files in, one row each, in order; one that is refused does not harm the others. ``wake`` gets what to read.

    Raises:
        StoreFull: there is no room; the files before this one are in, this one and those after it are not.
    """
    received = []
    for file in files:
        for name, data, refusal, media_type in unpacked(file):
            one = _receive_one(File(safe_name(name), data), batch, refusal, media_type)
            received.append(one)
            if wake is not None and one.state is SubmissionState.RECEIVED:
                wake(one.id)
    return received


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


def _receive_one(file: File, batch: Batch, refusal: Refused | None, media_type: MediaType | None) -> Received:
    keeps = not isinstance(refusal, TooLarge)
    digest = hashlib.sha256(file.data).hexdigest()
    if keeps:
        store().put(file.data)
    with transaction() as session:
        take_turn(session, f"document {batch.organisation_id} {digest}")
        submission = Submission(
            organisation_id=batch.organisation_id,
            connection_id=batch.connection_id,
            channel_id=batch.channel_id,
            owner_id=batch.owner_id,
            filename=file.name,
            size=len(file.data),
            wanted_kind=batch.kind,
        )
        if keeps:
            submission.document = _keep_document(session, batch, digest, len(file.data), media_type)
        first = _first_of(session, submission) if refusal is None else None
        if refusal is not None:
            _close(submission, SubmissionState.REJECTED, refusal.code, str(refusal))
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


def _keep_document(session: Session, batch: Batch, digest: str, size: int, media_type: MediaType | None) -> Document:
    wanted = select(Document).where(Document.organisation_id == batch.organisation_id, Document.sha256 == digest)
    document = session.scalar(wanted)
    if document is None:
        kind = media_type.value if media_type else "application/octet-stream"
        document = Document(organisation_id=batch.organisation_id, sha256=digest, media_type=kind, size=size)
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


def document_key(sha256: str) -> str:
    """Give the key under which a document is in the store."""
    return f"documents/{sha256[:2]}/{sha256}"


CHANNEL_NAMES = {
    ChannelKind.WEB: "Web",
    ChannelKind.PHONE: "Phone",
    ChannelKind.API: "API",
    ChannelKind.COMMAND: "Command line",
    ChannelKind.MAILBOX: "Mailbox",
    ChannelKind.FOLDER: "Folder",
}
