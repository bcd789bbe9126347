"""Parts of pages: fractions of a page, top left. Pure.

A place is a page of an item (by its position, from 1), or a region of it; a part is the places of one document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from capture.reading.model import Box, Page, Word
from core.errors import Incomplete

WHOLE = Box(0.0, 0.0, 1.0, 1.0)
LEAST = 0.02  # of the page's width and height: what is smaller shows nothing
MOST_PARTS = 60


@dataclass(frozen=True)
class Place:
    """A page of an item, or the part of it that ``region`` tells."""

    position: int
    region: Box | None = None


Part = Sequence[Place]


class NotDivided(Incomplete):
    """These are no parts that an item can be split into."""

    code = "CAP-5"


def check_parts(parts: Sequence[Part], pages: int) -> None:
    """Insist that these are parts of an item of so many pages: none empty, no page twice, and not all in one.

    Raises:
        NotDivided: they are not.
    """
    places = [place for part in parts for place in part]
    if not parts or not all(parts):
        raise NotDivided("Each document needs a page, or a part of one.", field="parts")
    if len(parts) > MOST_PARTS:
        raise NotDivided(f"An item is split into {MOST_PARTS} documents at most.", field="parts")
    if not all(1 <= place.position <= pages for place in places):
        raise NotDivided("The item has no such page. Load the page again.", field="parts")
    if not all(_is_seen(place.region) for place in places if place.region is not None):
        raise NotDivided("A part lies outside its page, or is too small to show anything.", field="parts")
    whole = Counter(place.position for place in places if place.region is None)
    partly = {place.position for place in places if place.region is not None}
    if any(times > 1 for times in whole.values()) or partly & set(whole):
        raise NotDivided("A page belongs to one document, or is divided by parts drawn on it.", field="parts")
    if len(parts) == 1 and len(whole) == pages:
        raise NotDivided("All pages are in one document. Say where another one begins.", field="parts")


def inner(outer: Box | None, region: Box | None) -> Box | None:
    """Give the part of a page that is this region of that region of it."""
    if outer is None or region is None:
        return outer or region
    return Box(
        outer.x + region.x * outer.width,
        outer.y + region.y * outer.height,
        region.width * outer.width,
        region.height * outer.height,
    )


def crop(page: Page, region: Box | None, number: int) -> Page:
    """Give the part of a page as a page of its own, with the words whose middle is in it."""
    if region is None:
        return replace(page, number=number)
    words = tuple(replace(word, box=_within(word.box, region)) for word in page.words if _holds(region, word))
    return Page(number, page.width * region.width, page.height * region.height, words, page.origin)


def as_box(kept: Sequence[float] | None) -> Box | None:
    """Give a region as it is kept, [x, y, width, height], as a box."""
    return None if kept is None else Box(*kept)


def as_list(region: Box | None) -> list[float] | None:
    """Give a region as it is kept."""
    return None if region is None else [round(each, 5) for each in (region.x, region.y, region.width, region.height)]


def as_proposal(parts: Iterable[Part]) -> list[list[Any]]:
    """Give parts as an item keeps its proposal."""
    return [[[place.position, as_list(place.region)] for place in part] for part in parts]


def from_proposal(kept: Sequence[Sequence[Any]]) -> list[list[Place]]:
    """Give the parts that an item's proposal tells."""
    return [[Place(position, as_box(region)) for position, region in part] for part in kept]


def places_by_page(kept: Sequence[Sequence[Any]], pages: int) -> dict[int, list[tuple[int, str]]]:
    """Give, for each page of an item, the documents (from 1) that are proposed on it and their regions, if any.

    Without a proposal all pages are one document's.
    """
    proposed = from_proposal(kept) or [[Place(position) for position in range(1, pages + 1)]]
    found: dict[int, list[tuple[int, str]]] = {position: [] for position in range(1, pages + 1)}
    for number, part in enumerate(proposed, start=1):
        for place in part:
            found[place.position].append((number, " ".join(map(str, as_list(place.region) or []))))
    return found


def numbers(positions: Sequence[int]) -> str:
    """Write page numbers in words: "page 2", "pages 1 to 3", "pages 1 and 4"."""
    if len(positions) == 1:
        return f"page {positions[0]}"
    if all(after - before == 1 for before, after in pairwise(positions)):
        return f"pages {positions[0]} to {positions[-1]}"
    return f"pages {', '.join(map(str, positions[:-1]))} and {positions[-1]}"


def _is_seen(region: Box) -> bool:
    slack = 0.001
    inside = region.x >= -slack and region.y >= -slack
    inside = inside and region.x + region.width <= 1 + slack and region.y + region.height <= 1 + slack
    return inside and region.width >= LEAST and region.height >= LEAST


def _holds(region: Box, word: Word) -> bool:
    x, y = word.box.x + word.box.width / 2, word.box.y + word.box.height / 2
    return region.x <= x < region.x + region.width and region.y <= y < region.y + region.height


def _within(box: Box, region: Box) -> Box:
    """Give a place on the page as a place on its part."""
    return Box(
        (box.x - region.x) / region.width,
        (box.y - region.y) / region.height,
        box.width / region.width,
        box.height / region.height,
    )
