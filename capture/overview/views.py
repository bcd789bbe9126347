"""The overview page."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from capture.inbox.finding import count_tabs
from capture.models import Item
from capture.overview.service import failures, month_of, queue_of, saved_since, spent_by, vat_by_rate
from capture.views import pages
from core.db import now, snapshot
from kashflow.ledger import Kind

MONTHS_SHOWN = 12
VAT_MONTHS = 3
SINCE = timedelta(days=30)


@pages.get("/overview")
def show_overview() -> ResponseReturnValue:
    """Show what waits, what failed, and what a month comes to."""
    month = _month()
    span = (month, month_of(month, -1))
    with snapshot() as session:
        costs, sales = (count_tabs(session, g.connection_id, kind) for kind in Kind)
        return render_template(
            "capture/overview.html",
            counts={tab: costs[tab] + sales[tab] for tab in costs},
            better={tab: "capture.show_costs" if costs[tab] else "capture.show_sales" for tab in costs},
            failed=failures(session, g.connection_id),
            month=month,
            last_day=span[1] - timedelta(days=1),
            months=[month_of(now().date(), back) for back in range(MONTHS_SHOWN)],
            by_category=spent_by(session, g.connection, Item.category_id, span),
            by_supplier=spent_by(session, g.connection, Item.supplier_name, span),
            vat=vat_by_rate(session, g.connection, [month_of(month, back) for back in range(VAT_MONTHS)]),
            saved=saved_since(session, g.connection_id, now() - SINCE),
            queue=queue_of(session, g.connection_id),
        )


def _month() -> date:
    with suppress(ValueError):
        return month_of(date.fromisoformat(f"{request.args.get('month', '')}-01"))
    return month_of(now().date())
