"""From pages of words to readings: candidates for each field, then the choice with the whole document in view."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from capture.reading.amounts import find_amounts
from capture.reading.candidates import Candidate, choose
from capture.reading.countries import find_currencies, is_month_first
from capture.reading.dates import find_dates
from capture.reading.draft import Draft
from capture.reading.issued import find_due, find_issued, find_terms, reads_month_first
from capture.reading.items import Item, find_items
from capture.reading.kinds import find_types, is_credit, is_statement
from capture.reading.layout import lay_out
from capture.reading.model import Anchor, DocumentType, Found, Origin, Page, Reading, ReadLine, ReadTaxLine
from capture.reading.money import pence, pounds
from capture.reading.parties import Parties, find_parties
from capture.reading.parts import Part, find_parts
from capture.reading.payments import find_last4, find_methods, find_paid
from capture.reading.references import find_orders, find_references
from capture.reading.roles import Role
from capture.reading.sides import read_sides
from capture.reading.taxes import TaxRow, find_rates, find_rows, tax_of
from capture.reading.totals import solve

ASSUMED_SURE = 0.7  # confidence in what is taken for granted
DAY_FIRST = "Read day first, as nothing on the page tells which number is the month."
LESS_SURE = 0.9  # at most, of what was computed


def draft_documents(
    pages: tuple[Page, ...], *, own: tuple[str, ...] = (), anchors: tuple[Anchor, ...] = ()
) -> tuple[Draft, ...]:
    """Read the documents on these pages, keeping all candidates."""
    return tuple(_draft(part, own, anchors) for part in find_parts(pages))


def read_documents(
    pages: tuple[Page, ...], *, own: tuple[str, ...] = (), anchors: tuple[Anchor, ...] = ()
) -> tuple[Reading, ...]:
    """Read the documents on these pages."""
    return tuple(finish(draft) for draft in draft_documents(pages, own=own, anchors=anchors))


def read_as_one(pages: tuple[Page, ...], *, own: tuple[str, ...] = (), anchors: tuple[Anchor, ...] = ()) -> Reading:
    """Read these pages as one document, whatever they look like."""
    return finish(_draft(Part(pages), own, anchors))


def finish(draft: Draft) -> Reading:
    """Give the reading without its candidates."""
    pages = tuple(page.number for page in draft.part.pages)
    lines = tuple(_line(item) for item in draft.items)
    return Reading(
        draft.fields, lines, tuple(_tax_line(row) for row in draft.rows), pages, draft.part.region, _notes(draft)
    )


def _notes(draft: Draft) -> tuple[str, ...]:
    """Give what the person who reviews should know (PRODUCT.md CAP-3, CAP-5)."""
    notes = []
    kind = draft.fields.get("document_type")
    wants_total = kind is None or kind.value != DocumentType.NOT_A_VAT_DOCUMENT
    if wants_total and "total" not in draft.fields and draft.sheet.origin is Origin.OCR:
        notes.append("No total was found. Is the picture blurred, dark or cut off? Take it again, or enter it by hand.")
    elif wants_total and "total" not in draft.fields:
        notes.append("No total was found on the page.")
    if draft.part.siblings:
        notes.append(f"The file looks like {draft.part.siblings + 1} documents; this is one of them.")
    return tuple(notes)


def _draft(part: Part, own: tuple[str, ...], anchors: tuple[Anchor, ...]) -> Draft:
    sheet = lay_out(part.pages)
    draft = Draft(sheet, part, find_amounts(sheet), anchors)
    parties = find_parties(sheet, own)
    read_sides(draft, parties, own)
    _read_sums(draft)
    _read_dates(draft)
    draft.put("reference", find_references(sheet, statement=is_statement(sheet)), nothing=0.5)
    draft.put("order_number", find_orders(sheet))
    _read_payment(draft, parties)
    _settle_net(draft)
    _read_items(draft)
    _settle_rate(draft)
    return draft


def _read_sums(draft: Draft) -> None:
    if not draft.put("currency", find_currencies(draft.sheet, draft.amounts)) and draft.amounts:
        note = "Pounds, as nothing on the page names a currency."
        draft.fields["currency"] = Found("GBP", ASSUMED_SURE, Origin.ASSUMED, note=note)
    rows = find_rows(draft.sheet, draft.amounts)
    remembered = [replace(each, value=str(pence(each.value))) for each in draft.remembered("total")]
    sums = solve(draft.amounts, rows, find_rates(draft.sheet), also=remembered)
    draft.rows = sums.rows
    if sums.total is None:
        return
    name = "amount_due" if is_statement(draft.sheet) else "total"
    draft.choices[name] = sums.total
    draft.fields[name] = draft.found(_in_pounds(sums.total.winner), sums.total.share)
    if name == "amount_due":
        return
    for name in ("tax", "net", "due", "service"):
        label = {"due": "amount_due", "service": "service_charge"}.get(name, name)
        winner = _or_remembered(draft, label, getattr(sums, name))
        if winner:
            share = sums.total.share * (0.99 if winner.score >= 3 else 0.9)
            draft.fields[label] = draft.found(winner, share)


def _or_remembered(draft: Draft, name: str, summed: Candidate | None) -> Candidate | None:
    """Give what fits the sums, or what stands where a correction said, whichever has more for it."""
    choice = choose((*draft.remembered(name), *([_in_pounds(summed)] if summed else [])))
    return choice.winner if choice else None


def _read_dates(draft: Draft) -> None:
    sheet = draft.sheet
    month_first, shown = reads_month_first(sheet, by_country=is_month_first(sheet))
    draft.put("date", find_issued(sheet, month_first=month_first, credit=is_credit(sheet)), nothing=-2.0)
    draft.put("due_date", find_due(sheet, month_first=month_first))
    draft.put("terms", find_terms(sheet))
    for name in ("date", "due_date"):
        found = draft.fields.get(name)
        if found and found.anchor is None and not shown and not _reads_one_way(draft.choices[name].winner):
            draft.fields[name] = replace(found, confidence=min(found.confidence, LESS_SURE), note=DAY_FIRST)


def _reads_one_way(candidate: Candidate) -> bool:
    return candidate.span is None or all(written.sure for written in find_dates(candidate.span.text))


def _read_payment(draft: Draft, parties: Parties) -> None:
    sheet, amounts = draft.sheet, draft.amounts
    last4 = draft.put("last4", find_last4(sheet), nothing=1.0)
    method = draft.put("payment_method", find_methods(sheet, amounts, last4), nothing=0.5)
    vat_shown, paid = bool({"tax", "vat_number"} & set(draft.fields)), method is not None
    customer = max(len(parties.block), draft.fields["kind"].value == "cost" and len(parties.own))
    due = "due_date" in draft.fields
    kinds = find_types(sheet, amounts, customer=customer, vat_shown=vat_shown, paid=paid, due=due)
    kind = draft.put("document_type", kinds)
    draft.put("paid", find_paid(sheet, method, kind or ""))


def _settle_net(draft: Draft) -> None:
    """Compute the net where it is not printed: what is left of the total; an invoice without VAT is all net."""
    fields = draft.fields
    if "total" not in fields or "net" in fields:
        return
    total, tax = fields["total"], fields.get("tax")
    if tax:
        net = pounds(pence(total.value) - pence(tax.value))
        sure = min(total.confidence, tax.confidence, LESS_SURE)
        fields["net"] = Found(net, sure, Origin.COMPUTED, computed_from=("total", "tax"))
    elif fields["document_type"].value == DocumentType.INVOICE:
        sure = min(total.confidence, LESS_SURE)
        fields["net"] = Found(total.value, sure, Origin.COMPUTED, computed_from=("total",))


def _read_items(draft: Draft) -> None:
    wanted = ("net", "total") if draft.fields["document_type"].value != DocumentType.RECEIPT else ("total", "net")
    targets = [pence(draft.fields[name].value) for name in wanted if name in draft.fields]
    subtotals = [amount.pence for amount in draft.amounts if amount.role is Role.SUBTOTAL]
    draft.items, _ = find_items(draft.sheet, draft.amounts, (*targets, *subtotals))


def _settle_rate(draft: Draft) -> None:
    """Where the VAT is shown without its rate, take the one rate that all goods show, if the figures agree."""
    rates = {item.percent for item in draft.items if item.percent}
    if len(draft.rows) != 1 or len(rates) != 1:
        return
    row, rate = draft.rows[0], Decimal(rates.pop())
    if (
        row.percent is None
        and row.net is not None
        and row.tax is not None
        and abs(row.tax - tax_of(row.net, rate)) <= 1
    ):
        draft.rows = (replace(row, percent=rate),)


def _in_pounds(candidate: Candidate) -> Candidate:
    return replace(candidate, value=pounds(int(candidate.value)))


def _line(item: Item) -> ReadLine:
    amount, unit = (None if each is None else pounds(each) for each in (item.amount, item.unit_price))
    return ReadLine(item.description, item.quantity, unit, amount, item.percent, item.span.page, item.span.box)


def _tax_line(row: TaxRow) -> ReadTaxLine:
    def text(pence: int | None) -> str | None:
        return None if pence is None else pounds(pence)

    percent = None if row.percent is None else format(row.percent.normalize(), "f")
    return ReadTaxLine(percent, text(row.net), text(row.tax), text(row.gross))
