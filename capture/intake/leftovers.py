"""Files in the store that no row names: an arrival that ended between its object and its row leaves one behind."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from capture.intake.service import store
from capture.submissions.models import Document
from core.db import now, snapshot
from core.log import get_logger

log = get_logger(__name__)
AGE = timedelta(hours=24)
_OURS = re.compile(r"(?:documents|made/[a-z]+)/[0-9a-f]{2}/([0-9a-f]{64})[^/]*|made/probe/[^/]+")


def remove_leftovers() -> int:
    """Remove what has been in the store for a day without a row, and give the number of files; others' files stay.

    The rows are asked for after the files, so that a file whose row comes late is not taken for one without; and a
    file that comes again meanwhile is young again (``DocumentStore.put``).
    """
    before = now() - AGE
    old = [
        (kept.key, found[1])
        for kept in store().files()
        if kept.put_at < before and (found := _OURS.fullmatch(kept.key))
    ]
    with snapshot() as session:
        named = set(session.scalars(select(Document.sha256)))
    removed = 0
    for key in (key for key, digest in old if digest not in named):
        kept = store().find(key)
        if kept is not None and kept.put_at < before:
            store().delete(key)
            removed += 1
    log.info("leftovers were removed from the file store", files=removed)
    return removed
