"""Whose document it is: the block the customer stands in, our own business, and what is left for the supplier."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from capture.reading.addresses import Block, find_blocks
from capture.reading.contacts import ADDRESS
from capture.reading.folding import any_of, fold, plain
from capture.reading.layout import Line, Sheet, Span
from capture.reading.windows import find_window

LONG = 10  # letters of our name: enough without its legal form
ALIKE = 90  # of 100: how like a name must be to count as ours
_CUSTOMER = any_of(
    r"""
    (?:bill(?:ed)?|invoice[d]?|sold|ship(?:ped)?|deliver(?:ed|y)?|charge[d]?|issued|quote|account|supplied)[ -]?to
    to|customer|client|(?:invoice|billing|customer|delivery|shipping) (?:address|details)|bill to address
    guest(?: name)?|company|policy ?holder|insured|account holder|client name|tenant|kunde
    rechnungsempfanger|rechnungsadresse|lieferadresse|kaufer|empfanger
    adresse du client|adresse de (?:facturation|livraison)|facture a|destinataire|rechnung an|leistungsempfanger
    klant|factuuradres|afleveradres|factuur aan|buyer|name of customer|customer name|attn|attention|for
    """,
    before=r"^",
    after=r"\b\s?:?\s*",
)
_ATTENTION = any_of(r"""
    f\.?a\.?o\b|attn|(?:for the )?attention|accounts? (?:payable|dep)|(?:purchase|bought) ledger
    the (?:manager|director)s?$
""")
_LEGAL_END = re.compile(r"[\s,]+(?:ltd|limited|llp|plc)\.?$", re.IGNORECASE)
_STOP = re.compile(r"invoice|date|\bno\b|number|description|qty|quantity|item|total|product|details|ref\b")
BLOCK_LINES = 6
FLUSH = 0.02  # of the page's width


@dataclass(frozen=True)
class Parties:
    """The customer's name where a label or our own name shows it, and the cells of the customer's block."""

    customer: Span | None
    block: frozenset[Span]
    own: tuple[Span, ...]
    own_is_customer: bool  # our own business stands in the customer's place
    blocks: tuple[Block, ...] = ()  # all addresses of the document

    def owns(self, cells: tuple[Span, ...]) -> bool:
        """Tell whether some of these cells stand in the customer's block."""
        return not self.block.isdisjoint(cells)


def find_parties(sheet: Sheet, own: tuple[str, ...]) -> Parties:
    """Find the customer's block and our own business in the document."""
    customer: Span | None = None
    block: set[Span] = set()
    blocks = tuple(find_blocks(sheet))
    for line, index in sheet.cells:
        cell = line.cells[index]
        match = _CUSTOMER.match(fold(cell.text))
        if not match:
            continue
        spans = _block(sheet, line, index, match)
        vague = match[0].strip(" :") in {"to", "for", "company"} and ":" not in match[0]
        if vague and _is_journey(sheet, line):
            continue
        while spans and _ATTENTION.match(fold(spans[0].text)):
            del spans[0]
        if len(spans) > vague and is_name(spans[0].text):
            customer = customer or spans[0]
            block |= set(spans)
    if customer is None:
        window = find_window(sheet, blocks)
        customer = next((span for span in window if not _ATTENTION.match(fold(span.text))), None)
        block |= set(window)
    mine = tuple(cell for line in sheet.lines for cell in line.cells if is_own(cell.text, own))
    named = sorted((span for span in block if is_own(span.text, own)), key=lambda span: not is_name(span.text))
    ours = next((own_part(span, own) for span in named), None)
    return Parties(ours or customer, frozenset(block), mine, own_is_customer=ours is not None, blocks=blocks)


def _is_journey(sheet: Sheet, line: Line) -> bool:
    """Tell whether a "from" beside or above makes this "to" the end of a journey."""
    around = sheet.lines[max(0, line.number - 1) : line.number + 1]
    return any(fold(cell.text).startswith("from") for other in around for cell in other.cells)


def is_own(text: str, own: tuple[str, ...]) -> bool:
    """Tell whether this is one of our own names or VAT numbers."""
    compact = plain(text)
    for name in own:
        wanted, bare = plain(name), plain(_LEGAL_END.sub("", name))
        if bare in compact and len(bare) >= LONG:
            return True
        if len(wanted) < 4 or len(compact) < len(wanted) - 2:
            continue
        if wanted in compact or fuzz.partial_ratio(wanted, compact) >= ALIKE:
            return True
    return False


def own_part(span: Span, own: tuple[str, ...]) -> Span:
    """Give the fewest of the words that are our own name: something else may stand beside it."""
    tokens = span.tokens
    while len(tokens) > 1 and is_own(" ".join(token.text for token in tokens[1:]), own):
        tokens = tokens[1:]
    return Span(tokens, span.page, span.scale)


def _block(sheet: Sheet, line: Line, index: int, match: re.Match[str]) -> list[Span]:
    """Give the cells of the customer's block: what stands behind the label, otherwise under it, otherwise beside it."""
    cell = line.cells[index]
    rest = cell.text[match.end() :].strip()
    if rest:
        loose = match[0].startswith(("to", "for", "company", "customer", "client", "attn")) or rest[0].islower()
        if loose and ":" not in match[0]:
            return []
        head = cell.part(match.end(), len(cell.text))
        return [head, *_under(sheet, line, head)]
    under = _under(sheet, line, cell)
    if under and is_name(under[0].text):
        return under
    beside = line.cells[index + 1 : index + 2]
    if beside and is_name(beside[0].text) and not _STOP.search(fold(beside[0].text)):
        return [beside[0], *_under(sheet, line, beside[0])]
    return []


def _under(sheet: Sheet, line: Line, top: Span) -> list[Span]:
    """Give the cells that stand under this one, flush with it and without a gap."""
    found: list[Span] = []
    last = top
    for other in sheet.lines[line.number + 1 : line.number + 1 + BLOCK_LINES]:
        flush = [each for each in other.cells if abs(each.left - top.left) < FLUSH]
        if other.page != line.page or not flush:
            continue
        if flush[0].top - last.bottom > 2.0 * last.height or _CUSTOMER.match(fold(flush[0].text)):
            break
        found.append(flush[0])
        last = flush[0]
    return found


def is_name(text: str) -> bool:
    """Tell whether this may be a name: it has a word, no long number, and is no house in a street or postcode."""
    folded = fold(text)
    if ADDRESS.search(folded) and re.match(r"\d+[a-z]?,? |[a-z]{1,2}\d\S* ?\d[a-z]{2}$", folded):
        return False
    return len(re.findall(r"[a-z]", folded)) >= 3 and not re.search(r"\d{4}", text)
