"""The columns of a list that people choose from; name, state and what is done with a row always show. Pure."""

from __future__ import annotations

COLUMNS = {
    "date": "Date",
    "reference": "Reference",
    "category": "Category",
    "owner": "Owner",
    "channel": "Came by",
    "due": "Due",
    "net": "Net",
    "tax": "VAT",
    "total": "Total",
    "received": "Received",
}
PLAIN = ("date", "category", "tax", "total")
AMOUNTS = frozenset({"net", "tax", "total"})
SORTED_BY = {"date": "date", "total": "total", "received": "received"}
SEPARATOR = "."


def read_columns(kept: str | None) -> tuple[str, ...]:
    """Give the chosen columns in their order; the plain ones where nothing was chosen."""
    if not kept:
        return PLAIN
    chosen = set(kept.split(SEPARATOR))
    return tuple(name for name in COLUMNS if name in chosen) or PLAIN


def write_columns(chosen: list[str]) -> str:
    """Give chosen columns as they are kept."""
    return SEPARATOR.join(name for name in COLUMNS if name in chosen)
