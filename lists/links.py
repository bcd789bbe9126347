"""From which bank account a payment method pays (PUB-13), and which card's last digits tell the method (D50)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Incomplete
from kashflow.ledger import Kind, ListKind
from lists.models import AccountLink, Entry
from lists.service import get_entry

_LAST4 = re.compile(r"[0-9]{4}")


@dataclass(frozen=True)
class MethodLink:
    """What a payment method is linked to."""

    bank_account_id: int | None = None
    last4: str | None = None


def show_method_links(session: Session, connection_id: int) -> dict[int, MethodLink]:
    """Give the links by payment method."""
    rows = session.scalars(select(AccountLink).where(AccountLink.connection_id == connection_id))
    return {row.payment_method_id: MethodLink(row.bank_account_id, row.last4) for row in rows}


def find_method_of_card(session: Session, connection_id: int, last4: str, kind: Kind) -> Entry | None:
    """Find the payment method that is told by these last digits of a card; None where several are."""
    wanted = (
        select(Entry)
        .join(AccountLink, AccountLink.payment_method_id == Entry.id)
        .where(AccountLink.connection_id == connection_id, AccountLink.last4 == last4, Entry.active)
        .where(Entry.is_cost if kind is Kind.COST else Entry.is_sale)
    )
    found = list(session.scalars(wanted))
    return found[0] if len(found) == 1 else None


def read_links(form: Mapping[str, str]) -> dict[int, MethodLink]:
    """Give the links that a form holds: account-N and last4-N for payment method N.

    Raises:
        Incomplete: what is entered for a card is not four digits.
    """
    links: dict[int, MethodLink] = {}
    for name, value in form.items():
        method = name.removeprefix("account-")
        if not name.startswith("account-") or not method.isdecimal():
            continue
        last4 = form.get(f"last4-{method}", "").strip() or None
        if last4 is not None and not _LAST4.fullmatch(last4):
            raise Incomplete("The end of a card number is four digits.", field=f"last4-{method}")
        links[int(method)] = MethodLink(int(value) if value.isdecimal() else None, last4)
    return links


def save_links(session: Session, connection_id: int, links: Mapping[int, MethodLink]) -> None:
    """Save all links together.

    Raises:
        NotFound: a payment method or bank account is none of this connection.
    """
    kept = {
        row.payment_method_id: row
        for row in session.scalars(select(AccountLink).where(AccountLink.connection_id == connection_id))
    }
    for method_id, link in links.items():
        get_entry(session, connection_id, ListKind.PAYMENT_METHODS, method_id)
        if link.bank_account_id is not None:
            get_entry(session, connection_id, ListKind.BANK_ACCOUNTS, link.bank_account_id)
        row = kept.get(method_id)
        if row is None and link == MethodLink():
            continue
        if row is None:
            row = AccountLink(connection_id=connection_id, payment_method_id=method_id)
            session.add(row)
        row.bank_account_id, row.last4 = link.bank_account_id, link.last4
    session.flush()
