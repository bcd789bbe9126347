"""The audit trail: append-only, each line chained to the one before it by its hash."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import HASH_LENGTH, AuditEntry, Organisation
from core.db import now

MOST = 100  # lines of a page
BEGINNING = "0" * HASH_LENGTH


def record(session: Session, organisation_id: int, actor: str, what: str, detail: str = "") -> AuditEntry:
    """Add one line to an organisation's trail; ``actor`` is an e-mail, a rule or a process."""
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
    newest = select(AuditEntry.hash).where(AuditEntry.organisation_id == organisation_id)
    previous = session.scalar(newest.order_by(AuditEntry.id.desc()).limit(1)) or BEGINNING
    entry = AuditEntry(
        organisation_id=organisation_id, at=now(), actor=actor, what=what, detail=detail, previous_hash=previous
    )
    entry.hash = _digest(entry)
    session.add(entry)
    session.flush()
    return entry


def list_entries(session: Session, organisation_id: int, *, before: int | None = None) -> list[AuditEntry]:
    """Give one page of an organisation's trail, the newest line first, and one line more where another page follows."""
    wanted = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id)
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    return list(session.scalars(wanted.order_by(AuditEntry.id.desc()).limit(MOST + 1)))


def first_break(session: Session, organisation_id: int) -> AuditEntry | None:
    """Give the first line that was altered or follows one taken out; None when the trail is whole."""
    previous = BEGINNING
    lines = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id).order_by(AuditEntry.id)
    for entry in session.scalars(lines.execution_options(yield_per=MOST)):
        if entry.previous_hash != previous or entry.hash != _digest(entry):
            return entry
        previous = entry.hash
    return None


def _digest(entry: AuditEntry) -> str:
    said = [entry.previous_hash, entry.organisation_id, entry.at.isoformat(), entry.actor, entry.what, entry.detail]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
