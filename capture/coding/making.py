"""An item from a reading: what was found becomes its values and lines, and the rules code it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from capture.amounts.totals import Line
from capture.coding.applying import code_item
from capture.coding.splitting import keep_read_lines
from capture.fields import SPECS, Shape, to_column, to_text
from capture.lessons.giving import find_taught
from capture.lessons.service import drop_uses, note_uses
from capture.models import Item, ItemPage, ItemValue, Layer
from capture.reading.model import Box, Found, Origin, Reading
from capture.regrouping.places import as_list
from capture.review import Edit, Evidence, drop_layer, put_value, settle
from capture.submissions.models import Submission
from core.db import now
from core.errors import Incomplete
from kashflow.ledger import Kind
from lists.links import find_method_of_card
from lists.matching import Match, Party, match_party
from lists.service import normal_rate, parties_like

LONGEST_TEXT = 20_000  # characters of a document that are kept
PagePlace = tuple[int, int, Box | None]  # the id of a document, its page from 1, and the part of it


def make_item(session: Session, submission: Submission, reading: Reading, text: str) -> Item:
    """Make an item from what one document says, coded by the rules."""
    document = submission.readable
    item = begin_item(session, submission, [(document.id, page, None) for page in reading.pages] if document else [])
    fill_item(session, item, reading, text)
    return item


def begin_item(session: Session, submission: Submission, places: Iterable[PagePlace]) -> Item:
    """Make an item that shows these pages, before anything of them is read."""
    item = Item(
        connection_id=submission.connection_id,
        submission_id=submission.id,
        channel_id=submission.channel_id,
        owner_id=submission.owner_id,
    )
    item.pages = [
        ItemPage(document_id=document_id, page=page, position=position, region=as_list(region))
        for position, (document_id, page, region) in enumerate(places, start=1)
    ]
    session.add(item)
    session.flush()
    _put_sent(session, item, submission)
    return item


def _put_sent(session: Session, item: Item, submission: Submission) -> None:
    """Write the owner and the kind that were chosen when the file was sent in, or are its channel's."""
    channel = submission.channel
    for name, sent, usual, reason in (
        ("owner", submission.owner_id, channel.owner_id, "who sent it in, or was chosen then"),
        ("kind", submission.wanted_kind, channel.wanted_kind, "chosen when it was sent in"),
    ):
        if sent is not None:
            said = f"set for everything that comes by “{channel.name}”" if sent == usual else reason
            put_value(session, item, name, Edit(str(sent)), Evidence(Layer.CHANNEL, Origin.PERSON, reason=said))


def begin_unread(session: Session, submission: Submission, places: Iterable[PagePlace]) -> Item:
    """Make an item that shows these pages and waits to be read over them (capture.rereading)."""
    item = begin_item(session, submission, places)
    item.unread_since = now()
    settle(session, item)
    return item


def fill_item(session: Session, item: Item, reading: Reading, text: str) -> None:
    """Write what the reading of an item's pages found, and let the rules code it; pages are in the item's order."""
    drop_layer(item, Layer.READING)
    drop_uses(session, item)
    note_uses(session, item, [(each.anchor, each.value) for each in reading.fields.values() if each.anchor is not None])
    for name, found in reading.fields.items():
        if name not in SPECS or SPECS[name].shape is not Shape.ENTRY:
            _put_found(item, name, found, reading)
    _put_lines(item, reading)
    session.flush()
    item.notes = list(dict.fromkeys([*item.notes, *reading.notes]))
    settle(session, item)
    link_parties(session, item, reading)
    item.text = text[:LONGEST_TEXT]
    code_item(session, item)


def _put_found(item: Item, name: str, found: Found, reading: Reading, match: Match | None = None) -> None:
    """Write what the reading found; what cannot be a value of the field is left out."""
    spec = SPECS.get(name)
    if spec is not None and spec.shape is not Shape.ENTRY:
        try:
            value = to_text(spec, to_column(spec, found.value))
        except Incomplete:
            return
    else:
        value = found.value[:300]
    page = reading.pages.index(found.page) + 1 if found.page in reading.pages else None
    item.values[:] = [each for each in item.values if (each.field, each.layer) != (name, Layer.READING)]
    item.values.append(
        ItemValue(
            field=name,
            layer=Layer.READING,
            value=value,
            entry_id=match.id if match else None,
            confidence=min(found.confidence, match.confidence) if match else found.confidence,
            origin=found.origin.value,
            page=page,
            box=_place(found.box),
            reason=match.reason if match else found.note,
        )
    )


def _place(box: Box | None) -> list[float] | None:
    return [round(each, 5) for each in (box.x, box.y, box.width, box.height)] if box else None


def _put_lines(item: Item, reading: Reading) -> None:
    lines = []
    for line in reading.lines:
        if line.amount is None:
            continue
        rate = normal_rate(line.percent) if line.percent is not None else None
        lines.append(Line(description=line.description, amount=_pence(line.amount) or 0, vat_rate=rate))
    keep_read_lines(item, lines)
    rated = [(normal_rate(line.percent), line) for line in reading.tax_lines if line.percent is not None]
    item.tax_lines = [
        {"percent": rate, "net": _pence(line.net), "tax": _pence(line.tax), "gross": _pence(line.gross)}
        for rate, line in rated
    ]


def _pence(amount: str | None) -> int | None:
    money = SPECS["total"]
    return None if amount is None else int(to_column(money, amount))


def link_parties(session: Session, item: Item, reading: Reading) -> None:
    """Say which known supplier or customer the document means."""
    for name, kind in (("supplier", Kind.COST), ("customer", Kind.SALE)):
        found = reading.fields.get(name)
        if found is None:
            continue
        party = read_party(kind, found.value, {key: each.value for key, each in reading.fields.items()})
        taught = find_taught(session, item.connection_id, kind, found.value)
        known = parties_like(session, item.connection_id, kind, party)
        match = match_party(party, known, taught=taught.match if taught else None)
        _put_found(item, name, found, reading, match)
        if taught and match is taught.match:
            note_uses(session, item, [(taught.lesson_id, taught.name)])
    _put_card(session, item, reading)
    session.flush()
    settle(session, item)


def read_party(kind: Kind, name: str, read: Mapping[str, str]) -> Party:
    """Give whom a document names, with what else it says of a supplier."""
    own = read if kind is Kind.COST else {}
    return Party(
        id=0,
        name=name,
        vat_number=own.get("vat_number"),
        email=own.get("supplier_email"),
        website=own.get("supplier_website"),
        phone=own.get("supplier_phone"),
    )


def _put_card(session: Session, item: Item, reading: Reading) -> None:
    """Say which payment method the card on the document belongs to (D50)."""
    card = reading.fields.get("last4")
    method = find_method_of_card(session, item.connection_id, card.value, item.kind) if card else None
    if card is not None and method is not None:
        match = Match(method.id, card.confidence, f"the card ends with {card.value}")
        _put_found(item, "payment_method", replace(card, value=method.name), reading, match)
