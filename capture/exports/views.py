"""Items leave as files."""

from __future__ import annotations

import tempfile

from flask import Response, g, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from auth.access import needs
from auth.trail import record as note
from capture.api import acting
from capture.exports.archive import write_zip
from capture.exports.report import make_report
from capture.exports.tables import as_csv, as_xlsx
from capture.inbox.views import as_kind, chosen_ids
from capture.models import Item, ItemPage
from capture.status import archive_after
from capture.submissions.models import Submission
from capture.views import pages
from core.db import now, transaction
from core.errors import Incomplete
from kashflow.ledger import Kind

NAMES = {Kind.COST: "Costs", Kind.SALE: "Sales"}
TYPES = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
TYPES["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_FILES = 2000


@pages.post("/<kind>/export")
@needs("review")
def export_items(kind: str) -> ResponseReturnValue:
    """Give what is ticked, or all that match, as a file."""
    wanted, format_ = as_kind(kind), request.form.get("format", "")
    if format_ not in {*TYPES, "zip"}:
        raise Incomplete("Choose CSV, Excel, ZIP or PDF.", field="format")
    with transaction() as session:
        ids = chosen_ids(session, wanted)
        if not ids:
            raise Incomplete("There is nothing to export here.")
        if format_ in {"zip", "pdf"} and len(ids) > MOST_FILES:
            raise Incomplete(f"That is more than {MOST_FILES} documents. Choose fewer, by their dates perhaps.")
        note(session, g.organisation_id, g.user.email, "exported items", f"{len(ids)} {wanted.value}s as {format_}")
        loaded = select(Item).where(Item.id.in_(ids), Item.connection_id == g.connection_id)
        loaded = loaded.options(
            joinedload(Item.category),
            joinedload(Item.payment_method),
            joinedload(Item.project),
            joinedload(Item.submission).joinedload(Submission.document),
            selectinload(Item.pages).joinedload(ItemPage.document),
        )
        items = list(session.scalars(loaded.order_by(Item.issued_on, Item.id)))
        name = f"{NAMES[wanted].lower()}-{now():%Y-%m-%d}.{format_}"
        archive_after(session, items, "table" if format_ in {"csv", "xlsx"} else "report", acting())
        if format_ == "zip":
            out = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the answer
            write_zip(items, out)
            out.seek(0)
            return send_file(out, mimetype="application/zip", as_attachment=True, download_name=name)
        days = [item.issued_on for item in items if item.issued_on]
        span = f"{min(days):%d/%m/%Y} to {max(days):%d/%m/%Y}, " if days else ""
        made = {
            "csv": lambda: as_csv(items),
            "xlsx": lambda: as_xlsx(items),
            "pdf": lambda: make_report(items, f"{g.user.organisation}: {NAMES[wanted]}", f"{span}{len(items)} items"),
        }[format_]()
    answer = Response(made, content_type=TYPES[format_])
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
