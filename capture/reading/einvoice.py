"""E-invoices read exactly: UBL and CII (Factur-X, ZUGFeRD, XRechnung), as a file or inside a PDF.

The element names are those of EN 16931 in its two syntaxes, UBL 2.1 and UN/CEFACT CII; ZUGFeRD 1, an older CII, is
brought to them first. Namespaces are dropped once the root was known by its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import cast

from lxml import etree

from capture.reading.errors import Unreadable
from capture.reading.model import DocumentType, Found, Origin, Reading, ReadLine, ReadTaxLine
from capture.reading.parties import is_own
from capture.reading.syntaxes import NAMESPACES, OTHER_NAMES, SYNTAXES, Syntax

LARGEST = 10_000_000  # bytes of XML
MOST_LINES = 2000
CREDIT_NOTES = {"81", "261", "262", "296", "308", "381", "396", "420", "458", "532"}  # UNTDID 1001
PROFORMA = {"325"}
CASH, CARDS = {"10"}, {"48", "54", "55"}  # UNTDID 4461
Element = etree._Element  # noqa: SLF001 - lxml gives its class no other name


def find_einvoice(files: Iterable[bytes]) -> Element | None:
    """Give the root of the first of these XML files that is an invoice."""
    return next((root for root in map(_parse, files) if root is not None), None)


def open_einvoice(data: bytes) -> Element:
    """Give the root of an invoice in XML.

    Raises:
        Unreadable: it is none, it is damaged, or it has a document type definition.
    """
    root = _parse(data)
    if root is None:
        raise Unreadable("CAP-2", "The e-invoice is damaged or of a kind that is not known, and cannot be opened.")
    return root


def read_einvoice(root: Element, *, own: tuple[str, ...] = ()) -> Reading:
    """Give what an e-invoice says, in full and as it says it; page and place are not known here.

    ``own`` are names and VAT numbers of our own business: they tell sales from costs.
    """
    syntax = SYNTAXES[root.tag]
    fields = dict(_fields(root, syntax))
    sellers = (fields.get("supplier"), fields.get("vat_number"))
    fields["kind"] = "sale" if any(is_own(name or "", own) for name in sellers) else "cost"
    lines = tuple(islice(_lines(root, syntax), MOST_LINES))
    found = {name: Found(value, 1.0, Origin.E_INVOICE) for name, value in fields.items() if value}
    return Reading(found, lines, tuple(_tax_lines(root, syntax)), pages=(), notes=tuple(_faults(fields, lines)))


def _parse(data: bytes) -> Element | None:
    if len(data) > LARGEST:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    is_known = (etree.QName(root).namespace or "").startswith(NAMESPACES)
    if not is_known or root.getroottree().docinfo.internalDTD is not None:
        return None
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        element.tag = OTHER_NAMES.get(name, name)
    return root if root.tag in SYNTAXES else None


def _fields(root: Element, syntax: Syntax) -> Iterator[tuple[str, str | None]]:
    currency = _code(root, syntax.currency, r"[A-Z]{3}")
    total = _amount(root, syntax.total)
    due = _amount(root, syntax.due)
    yield "document_type", _type(root, syntax)
    yield "reference", _text(root, syntax.reference)
    yield "order_number", _text(root, syntax.order)
    yield "date", _date(root, syntax.issued)
    yield "due_date", _date(root, syntax.due_date)
    yield "currency", currency
    yield "net", _amount(root, syntax.net)
    yield "tax", _amount(root, (*(f"{path}[@currencyID='{currency}']" for path in syntax.tax), *syntax.tax))
    yield "total", total
    yield "amount_due", due if due != total else None
    yield "paid", "yes" if due == "0.00" and total != "0.00" else None
    code = _text(root, syntax.means)
    yield "payment_method", "card" if code in CARDS else "cash" if code in CASH else None
    for role, path in (("supplier", syntax.seller), ("customer", syntax.buyer)):
        for party in _nodes(root, path)[:1]:
            yield from _party(party, syntax, role)


def _party(party: Element, syntax: Syntax, role: str) -> Iterator[tuple[str, str | None]]:
    town = [_text(party, syntax.postcode), _text(party, syntax.city)]
    country = _text(party, syntax.country)
    together = " ".join(part for part in (town[::-1] if country == "GB" else town) if part)
    parts = [*(_text(party, (path,)) for path in syntax.street), together, country]
    yield role, _text(party, syntax.name)
    yield f"{role}_address", ", ".join(part for part in parts if part)
    if role == "supplier":
        yield "supplier_postcode", _text(party, syntax.postcode)
        yield "supplier_phone", _text(party, syntax.phone)
        yield "supplier_email", _text(party, syntax.email)
        yield "supplier_website", _text(party, syntax.website)
        yield "vat_number", re.sub(r"[^A-Z0-9]", "", (_text(party, syntax.vat_number) or "").upper())
        yield "company_number", _text(party, syntax.company_number)


def _type(root: Element, syntax: Syntax) -> str:
    code = _text(root, syntax.type_code)
    if root.tag == "CreditNote" or code in CREDIT_NOTES:
        return DocumentType.CREDIT_NOTE
    return DocumentType.NOT_A_VAT_DOCUMENT if code in PROFORMA else DocumentType.INVOICE


def _tax_lines(root: Element, syntax: Syntax) -> Iterator[ReadTaxLine]:
    for each in _nodes(root, syntax.tax_lines):
        net, tax = _amount(each, syntax.tax_net), _amount(each, syntax.tax_tax)
        gross = f"{Decimal(net) + Decimal(tax)}" if net and tax else None
        yield ReadTaxLine(_plain(each, syntax.tax_percent) or "0", net, tax, gross)


def _lines(root: Element, syntax: Syntax) -> Iterator[ReadLine]:
    """Give the lines, and discounts and charges on the whole document as lines, so that they add up to the net."""
    for line in _nodes(root, syntax.lines):
        yield ReadLine(
            description=_text(line, syntax.line_name) or "",
            quantity=_plain(line, syntax.line_quantity),
            unit_price=_unit_price(line, syntax),
            amount=_amount(line, syntax.line_amount),
            percent=_plain(line, syntax.line_percent),
        )
    for path, sign, name in ((syntax.allowances, -1, "Discount"), (syntax.charges, 1, "Charge")):
        for each in _nodes(root, path):
            amount = sign * abs(_number(each, syntax.allowance_amount) or Decimal(0))
            reason = _text(each, syntax.allowance_reason) or name
            yield ReadLine(reason, amount=_pennies(amount), percent=_plain(each, syntax.allowance_percent))


def _unit_price(line: Element, syntax: Syntax) -> str | None:
    """Give the price of one; the document may give it for a hundred."""
    price, base = _number(line, syntax.line_price), _number(line, syntax.line_price_base)
    return None if price is None else f"{price / (base or 1):.4f}".removesuffix("00")


def _faults(fields: dict[str, str | None], lines: tuple[ReadLine, ...]) -> Iterator[str]:
    net, tax, total = (fields[name] for name in ("net", "tax", "total"))
    if total is None:
        yield "The e-invoice gives no total."
    elif net and tax and Decimal(net) + Decimal(tax) != Decimal(total):
        yield f"The e-invoice does not add up: {net} and {tax} VAT are not {total}."
    if net and lines and (added := sum(Decimal(line.amount or 0) for line in lines)) != Decimal(net):
        yield f"The lines of the e-invoice add up to {added}, not to its net of {net}."


def _nodes(element: Element, path: str) -> list[Element]:
    return cast("list[Element]", element.xpath(path))


def _text(element: Element, paths: Iterable[str]) -> str | None:
    """Give the text at the first path that has one, in one line."""
    texts = (" ".join(cast("str", element.xpath(f"string(({path})[1])")).split()) for path in paths)
    return next((text for text in texts if text), None)


def _code(element: Element, paths: Iterable[str], pattern: str) -> str | None:
    text = _text(element, paths)
    return text if text and re.fullmatch(pattern, text) else None


def _number(element: Element, paths: Iterable[str]) -> Decimal | None:
    text = _code(element, paths, r"[-+]?\d{1,12}(\.\d{1,12})?")
    return Decimal(text) if text else None


def _amount(element: Element, paths: Iterable[str]) -> str | None:
    number = _number(element, paths)
    return None if number is None else _pennies(number)


def _pennies(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"


def _plain(element: Element, paths: Iterable[str]) -> str | None:
    number = _number(element, paths)
    return None if number is None else f"{number.normalize():f}"


def _date(element: Element, paths: Iterable[str]) -> str | None:
    digits = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)(?:[TZ+-].*)?", _text(element, paths) or "")
    try:
        return date(*(int(part) for part in digits.groups())).isoformat() if digits else None
    except ValueError:
        return None
