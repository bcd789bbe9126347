"""A reading as a line of JSON and as a page for people: what ``flask read`` prints."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import Any

from PIL import Image, ImageDraw

from capture.reading.confidence import percent_sure
from capture.reading.errors import Unreadable
from capture.reading.model import Outcome, Reading

FIELDS = (
    "document_type",
    "kind",
    "supplier",
    "customer",
    "date",
    "due_date",
    "reference",
    "order_number",
    "currency",
    "net",
    "tax",
    "total",
    "amount_due",
    "service_charge",
    "vat_number",
)
MARK = (0, 110, 220)


def as_json(file: str, outcome: Outcome, reading: Reading) -> dict[str, Any]:
    """Give one document's fields, its confidence by field, and what it took."""
    values = {name: found.value for name, found in reading.fields.items()}
    return {
        "file": file,
        **{name: values.get(name) for name in FIELDS},
        "tax_lines": [asdict(line) for line in reading.tax_lines],
        "lines": [_line(asdict(line)) for line in reading.lines],
        "payment": {
            "paid": values.get("paid") == "yes",
            "method": values.get("payment_method"),
            "last4": values.get("last4"),
        },
        "pages": list(reading.pages),
        "notes": list(reading.notes),
        "confidence": {name: found.confidence for name, found in reading.fields.items()},
        "origin": {name: str(found.origin) for name, found in reading.fields.items()},
        "engine": outcome.engine,
        "seconds": round(outcome.seconds, 3),
    }


def as_problem(file: str, problem: Unreadable) -> dict[str, Any]:
    """Give why a file could not be read."""
    return {"file": file, "problem": {"code": problem.code, "message": str(problem)}}


def as_text(row: dict[str, Any]) -> str:
    """Give one document for people: a field a line with its confidence."""
    lines = [row["file"]]
    shown = [name for name in FIELDS if row[name] is not None]
    lines += [
        f"  {name.replace('_', ' '):<16}{row[name]}  ({percent_sure(row['confidence'].get(name, 0))})" for name in shown
    ]
    lines += [f"  VAT at {line['percent'] or '?'}%: {line['tax']} on {line['net']}" for line in row["tax_lines"]]
    return "\n".join([*lines, *(f"  {note}" for note in row["notes"])])


def draw_marks(outcome: Outcome, number: int = 1) -> Image.Image:
    """Give the picture of a page with the place of each value marked and named."""
    picture = Image.open(io.BytesIO(outcome.pictures[number - 1])).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for reading in outcome.readings:
        for name, found in reading.fields.items():
            if found.box and found.page == number:
                left, top = found.box.x * picture.width, found.box.y * picture.height
                right, bottom = left + found.box.width * picture.width, top + found.box.height * picture.height
                pen.rectangle((left - 2, top - 2, right + 2, bottom + 2), outline=MARK, width=2)
                pen.text((left, max(0, top - 12)), name, fill=MARK)
    return picture


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in {"page", "box"}}
