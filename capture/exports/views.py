"""Items leave as files."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from io import BytesIO
from typing import IO

from flask import g, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from auth.access import needs
from auth.trail import record as note
from capture.api import acting
from capture.bulk.service import MOST
from capture.exports.archive import write_zip
from capture.exports.report import make_report
from capture.exports.tables import as_csv, as_xlsx
from capture.inbox.views import as_kind, chosen_ids
from capture.models import Item, ItemPage
from capture.status import archive_after
from capture.submissions.models import Submission
from capture.views import pages
from core.db import now, snapshot, transaction
from core.errors import Incomplete
from kashflow.ledger import Kind

NAMES = {Kind.COST: "Costs", Kind.SALE: "Sales"}
TABLES, WITH_DOCUMENTS = {"csv": "text/csv; charset=utf-8"}, {"zip": "application/zip", "pdf": "application/pdf"}
TABLES["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_FILES = 2000


@pages.post("/<kind>/export")
@needs("review")
def export_items(kind: str) -> ResponseReturnValue:
    """Give what is ticked, or all that match, as a file."""
    wanted, format_ = as_kind(kind), request.form.get("format", "")
    if format_ not in {*TABLES, *WITH_DOCUMENTS}:
        raise Incomplete("Choose CSV, Excel, ZIP or PDF.", field="format")
    with snapshot() as session:  # making it takes a while: nobody who writes waits for it
        ids = chosen_ids(session, wanted)
        if not ids:
            raise Incomplete("There is nothing to export here.")
        most = MOST_FILES if format_ in WITH_DOCUMENTS else MOST
        if len(ids) >= most:
            raise Incomplete(f"That is {most:,} items or more. Choose fewer, by their dates perhaps.")
        made = _make(list(session.scalars(_items(ids).options(*WHOLE))), wanted, format_)
    with transaction() as session:
        note(session, g.organisation_id, g.user.email, "exported items", f"{len(ids)} {wanted.value}s as {format_}")
        archive_after(session, session.scalars(_items(ids)), "table" if format_ in TABLES else "report", acting())
    name = f"{NAMES[wanted].lower()}-{now():%Y-%m-%d}.{format_}"
    answer = send_file(made, (TABLES | WITH_DOCUMENTS)[format_], as_attachment=True, download_name=name)
    answer.cache_control.no_store = True
    return answer


WHOLE = (
    joinedload(Item.category),
    joinedload(Item.payment_method),
    joinedload(Item.project),
    joinedload(Item.submission).joinedload(Submission.document),
    selectinload(Item.pages).joinedload(ItemPage.document),
)


def _items(ids: Sequence[int]) -> Select[Item]:
    wanted = select(Item).where(Item.id.in_(ids), Item.connection_id == g.connection_id)
    return wanted.order_by(Item.issued_on, Item.id)


def _make(items: Sequence[Item], kind: Kind, format_: str) -> IO[bytes]:
    """Give items as a file."""
    if format_ == "zip":
        out = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the answer
        write_zip(items, out)
        out.seek(0)
        return out
    if format_ == "pdf":
        days = [item.issued_on for item in items if item.issued_on]
        span = f"{min(days):%d/%m/%Y} to {max(days):%d/%m/%Y}, " if days else ""
        return BytesIO(make_report(items, f"{g.user.organisation}: {NAMES[kind]}", f"{span}{len(items)} items"))
    return BytesIO(as_csv(items) if format_ == "csv" else as_xlsx(items))
