"""Net, VAT and total: what follows from what, and how a document's amounts fall on its lines. Pure; whole pence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.errors import Incomplete
from core.money import share, tax_within, to_pounds

EXEMPT = "exempt"
USUAL_RATES = ("20", "5", "0")


class SumsDisagree(Incomplete):
    """Net, VAT, total and lines do not add up (PUB-2); ``difference`` is in pence."""

    code = "PUB-2"

    def __init__(self, message: str, *, field: str, difference: int) -> None:
        super().__init__(message, field=field)
        self.difference = difference


@dataclass(frozen=True)
class Amounts:
    """What is known of a document's amounts."""

    net: int | None = None
    tax: int | None = None
    total: int | None = None
    vat_rate: str | None = None


@dataclass(frozen=True)
class TaxLine:
    """One rate of the VAT summary; what is not printed is None."""

    percent: str
    net: int | None = None
    tax: int | None = None
    gross: int | None = None


@dataclass(frozen=True)
class Line:
    """One line; ``amount`` as printed, with or without VAT."""

    description: str
    amount: int
    vat_rate: str | None = None
    category_id: int | None = None
    project_id: int | None = None
    product_id: int | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class NetLine:
    """One line as it is entered: net and VAT apart. ``source`` is the line it comes from, if any."""

    net: int
    tax: int
    vat_rate: str
    source: Line | None = None


def percent_of(vat_rate: str | None) -> Decimal:
    """Give a VAT rate's percent; exempt and none are nought."""
    return Decimal(0) if vat_rate in {None, EXEMPT} else Decimal(str(vat_rate))


def derive(known: Amounts, *, sure: frozenset[str] = frozenset(), rates: Iterable[str] = USUAL_RATES) -> Amounts:
    """Fill in what follows from the rest.

    ``sure`` names what a person or a rule gave: where two of net, VAT and total are sure, the third follows from them,
    whatever was read. A VAT that is not known follows from the total only with a rate that is sure.
    """
    given = replace(known)
    if len(sure & {"net", "tax", "total"}) == 2:  # noqa: PLR2004 - two of the three
        given = _third(replace(given, **dict.fromkeys({"net", "tax", "total"} - sure)))
    given = _third(given)
    if given.tax is None and "vat_rate" in sure and given.vat_rate is not None:
        percent = percent_of(given.vat_rate)
        if given.total is not None:
            given = replace(given, tax=tax_within(given.total, percent))
        elif given.net is not None:
            given = replace(given, tax=share(given.net, percent))
        given = _third(given)
    if given.vat_rate is None and given.net is not None and given.tax is not None:
        given = replace(given, vat_rate=rate_of(given.net, given.tax, rates))
    return given


def rate_of(net: int, tax: int, rates: Iterable[str] = USUAL_RATES) -> str | None:
    """Give the rate at which this VAT arises from this net to the penny, where one does."""
    if tax == 0:
        return "0"
    for rate in rates:
        if rate not in {EXEMPT, "0"} and abs(share(net, percent_of(rate)) - tax) <= 1:
            return rate
    return None


def check_sums(net: int, tax: int, total: int) -> None:
    """Insist that net and VAT give the total.

    Raises:
        SumsDisagree: they do not (PUB-2).
    """
    if net + tax != total:
        difference = abs(total - net - tax)
        text = (
            f"Net {to_pounds(net)} + VAT {to_pounds(tax)} is not {to_pounds(total)}; "
            f"difference {to_pounds(difference)}. Nothing was sent. Correct one of the three."
        )
        raise SumsDisagree(text, field="total", difference=difference)


def spread(
    amounts: Amounts, lines: Sequence[Line], tax_lines: Sequence[TaxLine] = (), *, with_tax: bool = True
) -> tuple[NetLine, ...]:
    """Give the lines to be entered; they add up to the document's net and VAT to the penny.

    Without lines there is one for each rate of the VAT summary, or a single one. With ``with_tax`` off every line is
    its gross at no VAT.

    Raises:
        SumsDisagree: the lines do not add up to the total or the net, or the VAT on them is another, or there is VAT at
            a rate that gives none (PUB-2).
    """
    if not with_tax and amounts.total is not None and None in {amounts.net, amounts.tax}:
        amounts = replace(amounts, net=amounts.total, tax=0)
    if amounts.net is None or amounts.tax is None or amounts.total is None:
        raise ValueError("amounts are spread only once they are known")
    check_sums(amounts.net, amounts.tax, amounts.total)
    if lines:
        entered = _from_lines(amounts, lines, tax_lines)
    else:
        entered = _from_summary(amounts, tax_lines) or (_single(amounts.net, amounts.tax, amounts.vat_rate or "0"),)
    if with_tax:
        _check_rates(entered)
        return entered
    return tuple(replace(line, net=line.net + line.tax, tax=0, vat_rate="0") for line in entered)


def _check_rates(entered: Sequence[NetLine]) -> None:
    for line in entered:
        if line.tax and not percent_of(line.vat_rate):
            rate = line.vat_rate if line.vat_rate == EXEMPT else f"{line.vat_rate}%"
            text = f"VAT {to_pounds(line.tax)} cannot be {rate}. Nothing was sent. Choose the rate, or correct the VAT."
            raise SumsDisagree(text, field="vat_rate", difference=abs(line.tax))


def adds_up(amounts: Amounts, lines: Sequence[Line], tax_lines: Sequence[TaxLine]) -> bool:
    """Tell whether these lines can be entered as they are."""
    try:
        spread(amounts, lines, tax_lines)
    except SumsDisagree:
        return False
    return True


def _third(known: Amounts) -> Amounts:
    net, tax, total = known.net, known.tax, known.total
    if net is None and tax is not None and total is not None:
        return replace(known, net=total - tax)
    if tax is None and net is not None and total is not None:
        return replace(known, tax=total - net)
    if total is None and net is not None and tax is not None:
        return replace(known, total=net + tax)
    return known


def _single(net: int, tax: int, rate: str) -> NetLine:
    return NetLine(net, tax, rate if tax or rate == EXEMPT else "0")


def _from_summary(amounts: Amounts, tax_lines: Sequence[TaxLine]) -> tuple[NetLine, ...] | None:
    whole = [_complete(line) for line in tax_lines]
    rows = [line for line in whole if line is not None and (line.net or line.tax)]
    if None in whole or not rows:
        return None
    assert amounts.net is not None  # noqa: S101 - spread has checked
    rest = amounts.net - sum(line.net for line in rows)
    if sum(line.tax for line in rows) != amounts.tax or rest * (1 if amounts.net >= 0 else -1) < 0:
        return None
    if rest:
        rows.append(NetLine(rest, 0, "0"))
    return tuple(rows)


def _complete(line: TaxLine) -> NetLine | None:
    net, tax, percent = line.net, line.tax, percent_of(line.percent)
    if tax is None and line.gross is not None:
        tax = line.gross - net if net is not None else tax_within(line.gross, percent)
    if net is None and tax is not None and line.gross is not None:
        net = line.gross - tax
    if tax is None and net is not None:
        tax = share(net, percent)
    return None if net is None or tax is None else NetLine(net, tax, line.percent)


def _from_lines(amounts: Amounts, lines: Sequence[Line], tax_lines: Sequence[TaxLine]) -> tuple[NetLine, ...]:
    amount = sum(line.amount for line in lines)
    if amount not in {amounts.net, amounts.total}:
        target = amounts.total or 0
        text = (
            f"The lines total {to_pounds(amount)}, the document {to_pounds(target)}; "
            f"difference {to_pounds(abs(target - amount))}. Nothing was sent. Put it on a line, or edit the lines."
        )
        raise SumsDisagree(text, field="lines", difference=abs(target - amount))
    inclusive = amount != amounts.net
    rated = [replace(line, vat_rate=line.vat_rate or amounts.vat_rate or "0") for line in lines]
    entered = [_net_line(line, inclusive=inclusive) for line in rated]
    for rate, wanted in _wanted_taxes(amounts, rated, tax_lines).items():
        _put_rounding(entered, rate, wanted, inclusive=inclusive)
    return tuple(entered)


def _net_line(line: Line, *, inclusive: bool) -> NetLine:
    rate = str(line.vat_rate)
    if inclusive:
        tax = tax_within(line.amount, percent_of(rate))
        return NetLine(line.amount - tax, tax, rate, line)
    return NetLine(line.amount, share(line.amount, percent_of(rate)), rate, line)


def _wanted_taxes(amounts: Amounts, lines: Sequence[Line], tax_lines: Sequence[TaxLine]) -> dict[str, int]:
    taxed = {str(line.vat_rate) for line in lines if percent_of(line.vat_rate)}
    printed = {line.percent: line.tax for line in tax_lines if line.tax is not None}
    if taxed and taxed <= set(printed) and sum(printed[rate] or 0 for rate in taxed) == amounts.tax:
        return {rate: printed[rate] or 0 for rate in taxed}
    if len(taxed) == 1:
        return {taxed.pop(): amounts.tax or 0}
    return {"": amounts.tax or 0}


def _put_rounding(entered: list[NetLine], rate: str, wanted: int, *, inclusive: bool) -> None:
    places = [at for at, line in enumerate(entered) if not rate or line.vat_rate == rate]
    places = [at for at in places if percent_of(entered[at].vat_rate)] or places
    off = wanted - sum(line.tax for line in entered if not rate or line.vat_rate == rate)
    if abs(off) > max(len(places), 1):
        text = (
            f"VAT on the lines comes to {to_pounds(wanted - off)}, the document shows {to_pounds(wanted)}; "
            f"difference {to_pounds(abs(off))}. Nothing was sent. Correct the lines' rates or the VAT."
        )
        raise SumsDisagree(text, field="lines", difference=abs(off))
    if off:
        at = max(places, key=lambda each: abs(entered[each].net))
        line = entered[at]
        net = line.net - off if inclusive else line.net
        entered[at] = replace(line, net=net, tax=line.tax + off)
