"""Reviewing an item: values of the layers are written, the winners settle in its columns, and its state follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from capture.amounts.totals import Amounts, Line, TaxLine, adds_up, derive
from capture.amounts.treatments import treat
from capture.amounts.vat_review import vat_warnings
from capture.checking import Checked, Problem, find_problems, missing_fields
from capture.fields import ENTRIES, SPECS, FieldSpec, Shape, to_column, to_text
from capture.layers import SURE, is_treated, winners
from capture.lines.summing import by_rate
from capture.models import EDITABLE, Item, ItemLine, ItemState, ItemValue, Layer
from capture.reading.model import DocumentType, Origin
from capture.ways.choices import choice_of
from core.db import now
from core.money import to_pounds
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.matching import Party, similar
from lists.models import Entry
from lists.service import find_by_code, linked_account, list_codes, parties_like
from rules.settings import VatTreatment

AMOUNT_FIELDS = {"net", "tax", "total", "vat_rate"}
NEVER_EMPTY = {"kind", "document_type", "currency", "paid"}  # emptied, they fall back to the next layer
KEPT = {"owner", "kind", "document_type", "currency"}  # keep what the column has where no layer says anything
UNSAID = {"kind": Kind.COST, "document_type": DocumentType.RECEIPT, "currency": "GBP"}


@dataclass(frozen=True)
class Edit:
    """A new value of one field: canonical text, and the list entry it names where it names one."""

    value: str | None
    entry_id: int | None = None


@dataclass(frozen=True)
class Evidence:
    """Who says so and why: what is written beside a value."""

    layer: Layer
    origin: Origin
    user_id: int | None = None
    rule_id: int | None = None
    reason: str | None = None
    confidence: float = 1.0
    page: int | None = None
    box: Sequence[float] | None = None


def put_value(session: Session, item: Item, name: str, edit: Edit, evidence: Evidence) -> ItemValue:
    """Write what one layer says a field is, over what it said before; not settled yet."""
    kept = next((value for value in item.values if value.field == name and value.layer is evidence.layer), None)
    if edit.value is None and name in NEVER_EMPTY and kept is not None:
        item.values.remove(kept)
        return kept
    if kept is None:
        kept = ItemValue(field=name, layer=evidence.layer)
        item.values.append(kept)
    kept.value, kept.entry_id = edit.value, edit.entry_id
    kept.origin, kept.confidence, kept.at = evidence.origin, evidence.confidence, now()
    kept.user_id, kept.rule_id, kept.reason = evidence.user_id, evidence.rule_id, evidence.reason
    kept.page, kept.box = evidence.page, None if evidence.box is None else list(evidence.box)
    session.flush()
    return kept


def drop_layer(item: Item, layer: Layer, *, keeping: Origin | None = None) -> None:
    """Forget what a layer says, before it is asked again; but for values of one origin, where it is named."""
    dropped = [value for value in item.values if value.layer is layer and value.origin != keeping]
    for value in dropped:
        item.values.remove(value)
        if value.field in KEPT:
            setattr(item, SPECS[value.field].column, UNSAID.get(value.field))


def put_lines(item: Item, lines: Iterable[Line], layer: Layer) -> None:
    """Replace an item's lines."""
    item.lines[:] = [
        ItemLine(
            position=position,
            layer=layer,
            description=line.description[:500],
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
            vat_rate=line.vat_rate,
            category_id=line.category_id,
            project_id=line.project_id,
            product_id=line.product_id,
        )
        for position, line in enumerate(lines, start=1)
    ]


def settle(session: Session, item: Item) -> None:
    """Let the winners settle in the item's columns, derive what follows from them, and find its problems and state."""
    best = winners(item.values)
    for spec in SPECS.values():
        _settle_field(item, spec, best.get(spec.name))
    connection = session.get_one(Connection, item.connection_id)
    sure = frozenset(name for name in AMOUNT_FIELDS if name in best and best[name].layer in SURE)
    amounts = derive(Amounts(item.net, item.tax, item.total, item.vat_rate), sure=sure, rates=_rates(session, item))
    if item.vat_treatment is not None and is_treated(best):
        amounts = treat(amounts, VatTreatment(item.vat_treatment))
    item.net, item.tax, item.total, item.vat_rate = amounts.net, amounts.tax, amounts.total, amounts.vat_rate
    _drop_unfit_lines(item, amounts)
    _settle_rest(session, item, connection)
    session.expire(item, ENTRIES)
    checked = as_checked(session, item, connection)
    item.missing = missing_fields(checked)
    warnings = vat_warnings(session, item, connection)
    problems = [*_of_pages(item), *find_problems(checked), *warnings, *_held_back(item)]
    item.remarks = [vars(problem) for problem in problems]
    if item.state in EDITABLE:
        blocked = any(problem.blocks for problem in problems)
        item.state = ItemState.TO_REVIEW if blocked else ItemState.READY
        item.problem_code = item.problem = None
    item.changed_at = now()
    session.flush()


def _of_pages(item: Item) -> Iterator[Problem]:
    """Say what the item's pages still need: to be read, or to be split."""
    if item.unread_since is not None:
        yield Problem("CAP-9", "pages", "Its pages are being read. What they say shows here in a moment.")
    if item.proposal:
        text = f"Looks like {len(item.proposal)} documents in one. Split them, or keep them as one."
        yield Problem("CAP-5", "pages", text, blocks=False)


def _held_back(item: Item) -> list[Problem]:
    return [Problem("PUB-19", "total", text, blocks=False) for text in item.held_back]


def _settle_field(item: Item, spec: FieldSpec, best: ItemValue | None) -> None:
    if best is None:
        if spec.name in KEPT:
            return
        setattr(item, spec.column, False if spec.shape is Shape.FLAG else None)
        if spec.name in {"supplier", "customer"}:
            setattr(item, f"{spec.name}_name", None)
        return
    if spec.shape is Shape.ENTRY:
        setattr(item, spec.column, best.entry_id)
        if spec.name in {"supplier", "customer"}:
            setattr(item, f"{spec.name}_name", best.value)
        return
    setattr(item, spec.column, to_column(spec, best.value))


def _settle_rest(session: Session, item: Item, connection: Connection) -> None:
    """Fill what depends on other fields: the rate of a foreign currency, and the account a method pays from."""
    if item.currency != connection.currency and item.exchange_rate is None:
        listed = find_by_code(session, item.connection_id, ListKind.CURRENCIES, item.currency, item.kind)
        rate = Decimal(listed.details.get("exchange_rate") or 0) if listed else Decimal(0)
        item.exchange_rate = rate if rate > 0 else None
    if item.payment_method_id is not None and item.bank_account_id is None:
        account = linked_account(session, item.connection_id, item.payment_method_id)
        item.bank_account_id = account.id if account else None


def _drop_unfit_lines(item: Item, amounts: Amounts) -> None:
    """Let lines and summaries that were only read go when they do not fit the amounts; a person's stay and are told."""
    if amounts.net is None or amounts.tax is None or amounts.total is None:
        return
    read = [line for line in item.lines if line.layer is not Layer.PERSON]
    if read and amounts.net + amounts.tax == amounts.total and not adds_up(amounts, lines_of(item), tax_lines_of(item)):
        item.lines[:] = []


def _rates(session: Session, item: Item) -> list[str]:
    return list_codes(session, item.connection_id, ListKind.VAT_RATES) or ["20", "5", "0"]


def lines_of(item: Item) -> list[Line]:
    """Give an item's lines as plain values."""
    return [
        Line(
            description=line.description,
            amount=line.amount,
            vat_rate=line.vat_rate,
            category_id=line.category_id,
            project_id=line.project_id,
            product_id=line.product_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        for line in item.lines
    ]


def tax_lines_of(item: Item) -> list[TaxLine]:
    """Give an item's VAT summary as plain values."""
    return [TaxLine(**line) for line in item.tax_lines]


def rates_of(item: Item) -> list[TaxLine]:
    """Give what KashFlow will get of an item for each VAT rate; nothing while its amounts are open or disagree."""
    amounts = Amounts(item.net, item.tax, item.total, item.vat_rate)
    return by_rate(amounts, lines_of(item), tax_lines_of(item))


def as_checked(session: Session, item: Item, connection: Connection) -> Checked:
    """Give what of an item is looked at for problems."""
    return Checked(
        kind=item.kind,
        document_type=item.document_type,
        has_party=bool(item.party_name),
        similar_parties=_similar_parties(session, item),
        has_date=item.issued_on is not None,
        has_category=item.category_id is not None,
        amounts=Amounts(item.net, item.tax, item.total, item.vat_rate),
        lines=lines_of(item),
        tax_lines=tax_lines_of(item),
        publishes_vat=connection.publishes_vat,
        is_foreign=item.currency != connection.currency,
        currency=item.currency,
        has_exchange_rate=item.exchange_rate is not None,
        paid=item.paid,
        has_payment_method=item.payment_method_id is not None,
        has_bank_account=item.bank_account_id is not None,
        gone=_gone(session, item),
        kept_by=_kept_by(session, item),
    )


def _kept_by(session: Session, item: Item) -> str | None:
    """Name the channel the item came by, where what comes by it is not sent to KashFlow (S11)."""
    choice = choice_of(session, item)
    return item.channel.name if item.channel and choice and not choice.sends else None


def _gone(session: Session, item: Item) -> list[tuple[str, str]]:
    """Give the fields whose entry turned inactive, with its name; of a line, under the line's field."""
    fields = {name: getattr(item, SPECS[name].column) for name in ENTRIES}
    fields.pop("customer" if item.kind is Kind.COST else "supplier")
    used = [*fields.items(), *(("lines", each) for line in item.lines for each in _entries_of(line))]
    wanted = select(Entry.id, Entry.name).where(
        Entry.id.in_({each for _, each in used if each}), Entry.active.is_(False)
    )
    names = {row.id: row.name for row in session.execute(wanted)}
    return [(name, names[each]) for name, each in dict.fromkeys(used) if each in names]


def _entries_of(line: ItemLine) -> tuple[int | None, ...]:
    return line.category_id, line.project_id, line.product_id


def _similar_parties(session: Session, item: Item) -> tuple[str, ...]:
    if item.party is not None or not item.party_name:
        return ()
    known = parties_like(session, item.connection_id, item.kind, Party(0, item.party_name))
    return tuple(party.name for party in similar(item.party_name, known))


def snapshot_of(item: Item) -> dict[str, str | None]:
    """Give an item's fields as text, for the history."""
    texts = {name: to_text(spec, getattr(item, spec.column)) for name, spec in SPECS.items()}
    for name in ENTRIES:
        entry = getattr(item, name)
        texts[name] = entry.name if entry is not None else texts[name]
    texts["supplier"] = item.supplier_name
    texts["customer"] = item.customer_name
    texts["lines"] = "; ".join(_line_text(line) for line in item.lines) or None
    return texts


def _line_text(line: ItemLine) -> str:
    entries = [each.name for each in (line.category, line.project, line.product) if each is not None]
    rate = [f"{line.vat_rate}%" if line.vat_rate != "exempt" else "exempt"] if line.vat_rate else []
    more = f" ({', '.join([*entries, *rate])})" if entries or rate else ""
    return f"{line.description} {to_pounds(line.amount)}{more}".strip()
