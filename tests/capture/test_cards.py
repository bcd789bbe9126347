"""Which payment method a card's last digits on a document tell, and the bank account it pays from (D50)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from auth.models import Membership
from kashflow.ledger import ListKind
from kashflow.models import Connection
from kashflow.service import list_connections
from lists.links import MethodLink, save_links
from lists.models import Entry
from lists.service import linked_account
from tests.pages import PageClient, parse
from tests.rules.making import entry, read_item


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    found = list_connections(session, membership.organisation_id)[0]
    for name in ("Current account", "Credit card account"):
        entry(session, found, ListKind.BANK_ACCOUNTS, name)
    return found


def card_of(session: Session, connection: Connection, last4: str) -> tuple[Entry, Entry]:
    """Give a payment method that is told by a card, and the account that the card is paid from."""
    card = entry(session, connection, ListKind.PAYMENT_METHODS, f"Card {last4}")
    account = entry(session, connection, ListKind.BANK_ACCOUNTS, "Credit card account")
    save_links(session, connection.id, {card.id: MethodLink(account.id, last4)})
    return card, account


def test_d50_the_last_digits_of_a_card_give_the_item_its_method(session: Session, connection: Connection) -> None:
    card, account = card_of(session, connection, "4242")
    card_of(session, connection, "1881")

    item = read_item(session, connection, last4="4242")

    assert item.payment_method_id == card.id
    assert linked_account(session, connection.id, card.id) is account


def test_d50_a_card_that_two_methods_share_or_none_has_gives_none(session: Session, connection: Connection) -> None:
    card_of(session, connection, "4242")
    other = entry(session, connection, ListKind.PAYMENT_METHODS, "Another")
    save_links(session, connection.id, {other.id: MethodLink(None, "4242")})

    assert read_item(session, connection, last4="4242").payment_method_id is None
    assert read_item(session, connection, last4="9999").payment_method_id is None


def test_d50_an_item_leads_to_where_its_method_gets_a_bank_account(
    session: Session, connection: Connection, signed_in: PageClient
) -> None:
    card = entry(session, connection, ListKind.PAYMENT_METHODS, "Card 4242")
    save_links(session, connection.id, {card.id: MethodLink(None, "4242")})
    item = read_item(session, connection, last4="4242", paid="yes")
    session.commit()

    problem = parse(signed_in.get(f"/items/{item.id}")).xpath("//*[@data-problem='PUB-13']")

    assert problem[0].xpath(".//a[@class='go']/@href") == ["/lists/links"]
