"""The two sides of a document: who issued it, to whom, and what else it says of them."""

from __future__ import annotations

import re
from dataclasses import replace

from capture.reading.addresses import find_addresses
from capture.reading.candidates import Candidate
from capture.reading.contacts import find_contacts
from capture.reading.draft import Draft
from capture.reading.folding import plain
from capture.reading.kinds import OwnBusiness, find_kinds
from capture.reading.layout import Sheet
from capture.reading.parties import Parties, is_name, is_own, own_part
from capture.reading.suppliers import find_suppliers
from capture.reading.vatnumbers import find_vat_numbers


def read_sides(draft: Draft, parties: Parties, own: tuple[str, ...]) -> None:
    """Read whether we bought or sold, who the other is, and what they are entered with."""
    sheet = draft.sheet
    names = list(find_suppliers(sheet, parties))
    kind = draft.put("kind", find_kinds(_own_business(sheet, parties, own, names)))
    others = [each for each in names if not is_own(each.value, own)]
    draft.put("supplier", others if kind == "cost" else names)
    _read_customer(draft, parties, others, own)
    _read_vat_number(draft, parties, own, kind)
    _read_contacts(draft, parties)


def _read_customer(draft: Draft, parties: Parties, others: list[Candidate], own: tuple[str, ...]) -> None:
    kind = draft.fields["kind"].value
    named = next((own_part(span, own) for span in parties.own if is_name(span.text)), None)
    if kind == "cost" and named and not parties.own_is_customer:
        draft.put("customer", [Candidate(named.text, 2.0, "our own name", named)])
    elif parties.customer:
        draft.put("customer", [Candidate(parties.customer.text, 2.0, "the customer's block", parties.customer)])
    elif kind == "sale":
        draft.put("customer", (replace(each, score=each.score - 2.0) for each in others))


def _read_contacts(draft: Draft, parties: Parties) -> None:
    """Read what a new supplier or customer is created with, besides the name."""
    sheet = draft.sheet
    supplier = draft.fields["supplier"].value if "supplier" in draft.fields else ""
    by_field: dict[str, list[Candidate]] = {}
    for name, candidate in find_contacts(sheet, parties.block, supplier):
        by_field.setdefault(name, []).append(candidate)
    for name, candidates in by_field.items():
        draft.put(name, candidates)
    for side in ("supplier", "customer"):
        if side not in draft.fields:
            continue
        theirs = [block for block in parties.blocks if parties.owns(block.cells) == (side == "customer")]
        found = list(find_addresses(sheet, theirs, draft.fields[side].value))
        address = draft.put(f"{side}_address", (candidate for candidate, _ in found), nothing=0.6)
        code = next(
            (Candidate(code, each.score, each.why, each.span) for each, code in found if each.value == address), None
        )
        if side == "supplier" and code:
            draft.put("supplier_postcode", [code])


def _own_business(sheet: Sheet, parties: Parties, own: tuple[str, ...], names: list[Candidate]) -> OwnBusiness:
    outside = [span for span in parties.own if span not in parties.block]
    first = next((each for each in names if each.why.startswith("name 1 ")), None)
    numbers = {number.value for number in find_vat_numbers(sheet)}
    numbered = any(re.search(r"\d{9}", plain(each)) for each in own)
    return OwnBusiness(
        known=bool(own),
        heads=bool(first and is_own(first.value, own)),
        receives=parties.own_is_customer,
        writes_to_others=bool(outside and parties.customer and not parties.own_is_customer),
        only_vat_number=bool(outside and numbers) and all(is_own(number, own) for number in numbers),
        other_vat_number=bool(numbers and numbered) and not any(is_own(number, own) for number in numbers),
    )


def _read_vat_number(draft: Draft, parties: Parties, own: tuple[str, ...], kind: str | None) -> None:
    found = []
    for number in find_vat_numbers(draft.sheet):
        mine = is_own(number.value, own)
        blocked = any(set(number.span.tokens) <= set(cell.tokens) for cell in parties.block)
        if (mine and kind == "cost") or blocked:
            continue
        score = 3.0 + (1.0 if mine and kind == "sale" else 0.0)
        found.append(
            Candidate(
                number.value,
                score if number.valid else 0.2,
                "check digits are right" if number.valid else "labelled",
                number.span,
            )
        )
    draft.put("vat_number", found)
