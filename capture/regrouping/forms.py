"""The forms of splitting and merging: what was sent becomes parts, or items in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from werkzeug.datastructures import MultiDict

from capture.models import Item
from capture.reading.model import Box
from capture.regrouping.places import NotDivided, Place, as_box

LARGEST = 1000  # as which a document may be numbered


def read_parts(form: MultiDict[str, str], pages: int) -> list[list[Place]]:
    """Give the parts that the page of splitting tells: ``page-N`` the document of page N, ``region`` those of parts.

    A region is "page document x y width height". A page without a number is left out; one with regions is in theirs.

    Raises:
        NotDivided: it makes no sense.
    """
    regions = [_region(given) for given in form.getlist("region")]
    divided = {place.position for _, place in regions}
    numbered = list(regions)
    for position in range(1, pages + 1):
        given = form.get(f"page-{position}", "").strip()
        if given and given != "0" and position not in divided:
            numbered.append((_number(given), Place(position)))
    parts: dict[int, list[Place]] = {}
    for number, place in sorted(numbered, key=lambda each: (each[0], each[1].position)):
        parts.setdefault(number, []).append(place)
    return list(parts.values())


def parse_parts(given: object) -> list[list[Place]]:
    """Give the parts that JSON tells: each a list of pages, a page its number or an object with ``page``, ``region``.

    Raises:
        NotDivided: it makes no sense.
    """
    if not isinstance(given, list) or not all(isinstance(part, list) for part in given):
        raise NotDivided("“parts” takes a list for each document, with its pages.", field="parts")
    return [[_place(place) for place in part] for part in given]


def read_order(form: MultiDict[str, str]) -> list[int]:
    """Give the ids of items in the order they were sent in."""
    return [int(each) for each in form.getlist("ids") if each.isdecimal()]


def find_differences(items: Sequence[Item]) -> list[str]:
    """Say what is not the same of items that are to be merged, for they may be two documents after all (D45)."""
    said: dict[str, set[object]] = {
        "total": {(item.total, item.currency) for item in items if item.total is not None},
        "date": {item.issued_on for item in items if item.issued_on is not None},
        "supplier" if items[0].kind == "cost" else "customer": {item.party_name for item in items if item.party_name},
        "owner": {item.owner_id for item in items if item.owner_id is not None},
    }
    return [name for name, values in said.items() if len(values) > 1]


def _place(given: object) -> Place:
    told: dict[str, Any] = given if isinstance(given, dict) else {"page": given}
    page, region = told.get("page"), told.get("region")
    is_box = isinstance(region, list) and len(region) == len(fields(Box))
    is_box = is_box and all(isinstance(each, int | float) for each in region or ())
    if type(page) is int and (region is None or is_box):
        return Place(page, as_box(region))
    text = "A page is its number, or an object with page and region: [x, y, width, height]."
    raise NotDivided(text, field="parts")


def _region(given: str) -> tuple[int, Place]:
    position, number, *place = [*given.split(), "", ""]
    try:
        x, y, width, height = map(float, place[:-2])
        return _number(number), Place(_number(position), Box(x, y, width, height))
    except ValueError as error:
        raise NotDivided("The parts that were drawn came out garbled. Load the page and draw them again.") from error


def _number(given: str) -> int:
    number = int(given) if given.isdecimal() and len(given) < len(str(LARGEST * 10)) else 0
    if not 0 < number <= LARGEST:
        raise NotDivided("Documents are numbered from 1.", field="parts")
    return number
