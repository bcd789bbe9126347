"""Money: whole hundredths in columns and code, Decimal pounds at the edges."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)
PENNY = Decimal("0.01")
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def to_pence(amount: Decimal) -> int:
    """Turn an amount in pounds into whole pence, halves away from zero."""
    return int((amount * HUNDRED).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_pounds(pence: int) -> Decimal:
    """Turn whole pence into pounds with two decimals."""
    return (Decimal(pence) / HUNDRED).quantize(PENNY)


def share(pence: int, percent: Decimal) -> int:
    """Give ``percent`` per cent of an amount in whole pence, halves away from zero."""
    return int((Decimal(pence) * percent / HUNDRED).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def tax_within(gross: int, percent: Decimal) -> int:
    """Give the VAT that an inclusive amount holds at this rate, in whole pence, halves away from zero."""
    held = Decimal(gross) * percent / (HUNDRED + percent)
    return int(held.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_money(pence: int, currency: str = "GBP") -> str:
    """Write an amount as people read it: £1,234.56, -€0.50, SEK 12.00."""
    sign = SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"{'-' if pence < 0 else ''}{sign}{to_pounds(abs(pence)):,}"
