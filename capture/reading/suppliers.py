"""Who issued the document: the name at its head, at its foot, or beside a label."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from capture.reading.candidates import Candidate
from capture.reading.contacts import ADDRESS, find_domains, in_domain
from capture.reading.folding import any_of, fold, plain, words
from capture.reading.footers import find_named
from capture.reading.items import names_columns
from capture.reading.layout import Line, Sheet, Span
from capture.reading.money import find_money
from capture.reading.names import GENERIC, LEGAL, MALAYSIAN, OWNED, clean_name, may_be_name
from capture.reading.parties import Parties

HEAD_LINES = 24
AGREED = {
    "account holder": 1.5,
    "right over its street": 1.2,
}  # what another place of the same name adds; 0.9 the others
_REGISTERED = re.compile(r"\(?\b(?:co\.? ?(?:reg)?\.? ?(?:no)?[.: ]*)?[a-z]{0,2}\d{5,9} ?-? ?[a-z]{1,2}\b\)?")
_TRADE = any_of(
    r"""
    hotel|inn|arms|cafe|coffee|restaurant|restoran|bakery|bar|bistro|pub|garage|diy|stationery|stores?|shop|market|supermarket|pharmacy
    chemist|stationers?|hardware|services?|supplies|fuels?|station|taxis?|cars?|foods?|kitchen|books?|electrical|motors?
    bank|newsagents?|kebab|pizza|brasserie|tavern|lodge|guest house|college|school|university|parking|ironmongers?
    butchers?|florist|dental|clinic|tyres?|plumbing|builders?
    """,
    before=r"\b",
    after=r"\b",
)


@dataclass(frozen=True)
class _Name:
    """A name that may be the issuer's: its text as it is given, where it stands, and its rank from the top."""

    text: str
    span: Span
    line: Line
    rank: int
    joined: bool = False


def find_suppliers(sheet: Sheet, parties: Parties) -> Iterator[Candidate]:
    """Give the names the issuer may have."""
    if not sheet.lines:
        return
    body = statistics.median(line.span.height for line in sheet.lines)
    domains = find_domains(sheet)
    found: list[Candidate] = []
    for name in _head_names(sheet, parties):
        evidence = list(_evidence(sheet, name, body, domains))
        why = ", ".join(reason for _, reason in evidence)
        found.append(Candidate(name.text, sum(points for points, _ in evidence), why, name.span))
    for text, points, why, span in (*find_named(sheet), *_over_addresses(parties)):
        if span not in parties.block and may_be_name(span.text):
            found.append(Candidate(clean_name(text), points + _form(text, domains), why, span))
    yield from _agree(found, domains)


def _over_addresses(parties: Parties) -> Iterator[tuple[str, float, str, Span]]:
    """Give what stands over streets and towns, but for the customer's."""
    for block in parties.blocks:
        if parties.owns(block.cells):
            continue
        for index in {0, block.street - 1}:
            if 0 <= index < block.street and not re.search(r"\d", block.texts[index]):
                why = "right over its street" if index == block.street - 1 else "over an address"
                yield block.texts[index], 1.5, why, block.lines[index]


def _form(text: str, domains: set[str]) -> float:
    """Give points for what a name at the foot or beside a label has of a firm's: its form, its web address."""
    legal = bool(LEGAL.search(fold(text))) and not MALAYSIAN.search(fold(text))
    return 0.8 * legal + 1.0 * any(in_domain(clean_name(text), domain) for domain in domains)


def _agree(found: list[Candidate], domains: set[str]) -> Iterator[Candidate]:
    """Give the candidates, each the better for the other kinds of place that name the same firm."""
    by_firm: dict[str, dict[str, float]] = {}
    for each in found:
        kinds = by_firm.setdefault(_firm(each.value), {})
        if each.score > 0:
            kinds[each.why.split(",")[0]] = AGREED.get(each.why, 0.9)
    for each in found:
        others = {kind: points for kind, points in by_firm[_firm(each.value)].items() if not each.why.startswith(kind)}
        heads = [kind for kind in others if kind.startswith("name ")]
        for kind in heads:
            del others[kind]
        if not each.why.startswith("name ") and _firm(each.value) in domains:
            others["its web address"] = 1.5
        formal = bool(LEGAL.search(fold(each.value))) or not each.why.startswith("name ")
        head = max((other.score for other in found if formal and _is_head_of(other.value, each.value)), default=0.0)
        if head > 0:
            others["its short name"] = min(head / 2, 2.0)
        yield Candidate(each.value, each.score + sum(others.values()), ", ".join([each.why, *others]), each.span)


def _is_head_of(short: str, name: str) -> bool:
    """Tell whether a name is the first words of a firm's whole name."""
    first, whole = words(short), words(name)
    return len(first) < len(whole) and whole[: len(first)] == first


def _firm(name: str) -> str:
    """Give the name without its legal form, to compare it."""
    return plain(LEGAL.sub(" ", fold(name)))


def _head_names(sheet: Sheet, parties: Parties) -> Iterator[_Name]:
    """Give the names in the upper part of the first page, those that run over two lines joined."""
    rank = 0
    before: _Name | None = None
    for line in sheet.lines[:HEAD_LINES]:
        if line.page != sheet.lines[0].page:
            return
        this: _Name | None = None
        for span in () if names_columns(line) else _spans(line, parties):
            this = _Name(clean_name(span.text), span, line, rank)
            yield this
            if before and before.line.number == line.number - 1 and _runs_on(before, this):
                tokens = (*before.span.tokens, *span.tokens)
                this = _Name(
                    f"{before.text} {this.text}", Span(tokens, span.page, span.scale), line, before.rank, joined=True
                )
                yield this
        rank += this is not None
        before = this


def _spans(line: Line, parties: Parties) -> Iterator[Span]:
    """Give the cells that may be a name; neighbouring cells of one line are one name when nothing else stands there."""
    usable = [cell for cell in line.cells if cell not in parties.block and may_be_name(cell.text)]
    whole = line.span
    close = all(
        right.left - left.right < 3 * whole.height for left, right in zip(line.cells, line.cells[1:], strict=False)
    )
    if 1 < len(line.cells) <= 3 and close and len(usable) == len(line.cells) and len(words(line.text)) <= 6:
        yield whole
    else:
        yield from usable


def _runs_on(before: _Name, this: _Name) -> bool:
    """Tell whether the name goes on in the next line."""
    upper, lower = before.text, this.text
    if not 0.55 < this.span.height / max(before.span.height, 1e-6) < 1.8 or this.span.left > before.span.right:
        return False
    if upper.count("(") > upper.count(")") or re.search(r"(?:&|\band|\bof|\bthe|,|-)$", fold(upper)):
        return True
    if re.match(r"(?:&|and\b|of\b)", fold(lower)):
        return True
    own_words = re.sub(r"\([^)]*\)?", "", fold(lower))
    return bool(GENERIC.match(plain(own_words))) and not LEGAL.search(fold(upper))


def _evidence(sheet: Sheet, name: _Name, body: float, domains: set[str]) -> Iterator[tuple[float, str]]:
    """Give what speaks for and against the name, in points."""
    folded = fold(name.text)
    yield 3.0 - 0.8 * name.rank, f"name {name.rank + 1} from the top"
    legal = bool(LEGAL.search(folded))
    if legal:
        yield 2.8 if MALAYSIAN.search(folded) else 1.6, "a legal form"
    elif _TRADE.search(folded):
        yield 0.6, "a trade"
    if any(in_domain(name.text, domain) for domain in domains):
        yield 2.0, "its web or mail address names it"
    if _is_registered(sheet, name):
        yield 0.8, "its registration number follows"
    again = fold(sheet.text).count(folded) - 1
    if again > 0 and len(folded) > 4:
        yield min(again, 2) * 0.7, f"named {again} times more"
    if name.joined:
        yield 0.5, "over two lines"
    if name.span.height > 1.25 * body:
        yield min(1.0, 2 * (name.span.height / body - 1)), "in large letters"
    yield from _doubts(sheet, name, legal=legal)


def _doubts(sheet: Sheet, name: _Name, *, legal: bool) -> Iterator[tuple[float, str]]:
    before = sheet.lines[name.line.number - 1].cells if name.line.number else ()
    if OWNED.search(name.span.text) or any(OWNED.fullmatch(f"{cell.text} ") for cell in before):
        yield -1.8, "the owner of the shop"
    folded = fold(name.text)
    if ADDRESS.search(folded) and not legal:
        named = name.rank == 0 and _TRADE.search(folded) and not re.search(r"\d", folded)
        yield (-0.5, "named after its street") if named else (-2.0, "rather an address")
    if any(ADDRESS.search(fold(other.text)) for other in sheet.lines[name.line.number + 1 : name.line.number + 4]):
        yield 0.5, "an address follows"
    if any(True for cell in name.line.cells for _ in find_money(cell.text)):
        yield -2.5, "an amount stands beside it"
    yield from _crowd(name)
    if name.text.rstrip().endswith(":") or ("," in name.text and not legal):
        yield -1.0, "rather a label or a list"
    if name.span.left > 0.6:
        yield -0.3, "far to the right"


def _crowd(name: _Name) -> Iterator[tuple[float, str]]:
    if len(name.line.cells) > 2 and len(name.span.tokens) < len(name.line.span.tokens):
        yield -1.5, "in a row of cells"
    if len(words(name.text)) > 8:
        yield -2.0, "a sentence"


def _is_registered(sheet: Sheet, name: _Name) -> bool:
    rest = fold(name.line.text).replace(fold(name.text), "")
    after = sheet.lines[name.line.number + 1 : name.line.number + 2]
    return bool(_REGISTERED.search(rest) or any(_REGISTERED.fullmatch(fold(line.text).strip()) for line in after))
