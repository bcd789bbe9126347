"""The customer's address where no label names it: it stands alone, as behind the window of an envelope."""

from __future__ import annotations

import re
import statistics

from capture.reading.addresses import Block
from capture.reading.contacts import EMAIL, WEBSITE, find_domains
from capture.reading.folding import any_of, fold, plain
from capture.reading.footers import find_named
from capture.reading.layout import Sheet, Span

LETTER = (1.2, 1.6)  # height of a page by its width: what is put into an envelope
PLACE = 0.42  # of the page's height: an address for a window stands above
FLUSH, CLOSE = 0.02, 5.0  # of the page's width; of the letter height: contacts that belong to an address
LARGE = 1.3  # of the usual letter height: a letterhead
_CONTACT = any_of(r"\b(?:tel|telefon|telephone|fax|phone|fon|mobile|vat|tva|btw|ust|siret|siren|kvk|iban|steuer)\b")
_LETTER = re.compile(
    r"invoice|rechnung|facture|factuur|credit|gutschrift|avoir|statement|quotation|angebot|devis|offerte"
)
_NAME = re.compile(r"^(?!\d+[a-z]? ).*[a-z]{3}")  # not a house and its street


def find_window(sheet: Sheet, blocks: tuple[Block, ...]) -> tuple[Span, ...]:
    """Give the lines of the customer's address, the name first; nothing where the only address may be the issuer's."""
    if (
        not sheet.lines
        or not LETTER[0] < sheet.lines[0].cells[0].scale < LETTER[1]
        or not _LETTER.search(fold(sheet.text))
    ):
        return ()
    heads = [block for block in blocks if _is_window(sheet, block)]
    bare = [block for block in heads if not _is_issuers(sheet, block)]
    if not bare or (len(heads) == len(bare) == 1 and not _is_somebody_else(sheet, bare[0], blocks)):
        return ()
    if len(bare) == len(heads):  # nothing tells them apart but their order
        bare = bare[-1:] if len(bare) > 1 else bare
    return bare[0].cells


def _is_window(sheet: Sheet, block: Block) -> bool:
    first = sheet.lines[0]
    top = block.top.top / first.cells[0].scale
    return (
        block.is_stacked and block.line.page == first.page and top < PLACE and bool(_NAME.search(fold(block.texts[0])))
    )


def _is_issuers(sheet: Sheet, block: Block) -> bool:
    """Tell whether more than an address is known of the name: contacts under it, a web address, its name elsewhere."""
    name = plain(block.texts[0])
    body = statistics.median(line.span.height for line in sheet.lines)
    if block.top.height > LARGE * body or plain(sheet.text).count(name) > 1:
        return True
    if any(domain in name or name.startswith(domain[:8]) for domain in find_domains(sheet)):
        return True
    bottom = block.lines[-1]
    for other in sheet.lines[block.line.number + 1 : block.line.number + 5]:
        for cell in other.cells:
            near = abs(cell.left - bottom.left) < FLUSH and cell.top - bottom.bottom < CLOSE * bottom.height
            if near and other.page == block.line.page and _is_contact(fold(cell.text)):
                return True
    return False


def _is_contact(folded: str) -> bool:
    return any(pattern.search(folded) for pattern in (_CONTACT, EMAIL, WEBSITE))


def _is_somebody_else(sheet: Sheet, block: Block, blocks: tuple[Block, ...]) -> bool:
    """Tell whether the page names another firm that may be the issuer."""
    name = plain(block.texts[0])
    others = [other for other in blocks if other.line is not block.line and other.postcode != block.postcode]
    named = [text for text, points, _, _ in find_named(sheet) if points >= 1.5 and name not in plain(text)]
    return bool(others or named)
