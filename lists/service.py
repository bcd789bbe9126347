"""Reads and writes of list entries; every read is bound to its connection."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlalchemy import Select, and_, false, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from core.db import now, take_turn
from core.errors import Incomplete, NotFound
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.matching import (
    Party,
    core_of,
    domain,
    nearest,
    party_of,
    phone_digits,
    pieces,
    plain,
    vat_digits,
)
from lists.models import AccountLink, Defaults, Entry

EXEMPT = "exempt"
GONE = " (inactive)"  # after a name that is shown because it is chosen
SHORTEST_SHARE = 0.69  # of its letters a name may have, to be like another at all
HIGHEST_PERCENT = 100
LABELS = {
    ListKind.CATEGORIES: "Categories",
    ListKind.VAT_RATES: "VAT rates",
    ListKind.SUPPLIERS: "Suppliers",
    ListKind.CUSTOMERS: "Customers",
    ListKind.SOURCES: "Customer sources",
    ListKind.PAYMENT_METHODS: "Payment methods",
    ListKind.BANK_ACCOUNTS: "Bank accounts",
    ListKind.PRODUCTS: "Products",
    ListKind.PROJECTS: "Projects",
    ListKind.CURRENCIES: "Currencies",
}
PARTY_LISTS = {Kind.COST: ListKind.SUPPLIERS, Kind.SALE: ListKind.CUSTOMERS}


class SameNameTwice(Incomplete):
    """Several entries have this name; the person has to say which."""

    code = "LST-5"


def list_entries(
    session: Session,
    connection_id: int,
    list_kind: ListKind,
    *,
    kind: Kind | None = None,
    with_inactive: bool = False,
) -> list[Entry]:
    """Give a list's entries by name, the usable ones alone unless asked otherwise."""
    wanted = _of(connection_id, list_kind).order_by(Entry.name, Entry.id)
    if not with_inactive:
        wanted = wanted.where(Entry.active)
    if kind is not None:
        wanted = wanted.where(Entry.is_cost if kind is Kind.COST else Entry.is_sale)
    return list(session.scalars(wanted))


def list_codes(session: Session, connection_id: int, list_kind: ListKind) -> list[str]:
    """Give the codes of a list's usable entries, by name."""
    wanted = _of(connection_id, list_kind).where(Entry.active, Entry.code.is_not(None))
    return list(session.scalars(wanted.order_by(Entry.name, Entry.id).with_only_columns(Entry.code)))


def get_entry(session: Session, connection_id: int, list_kind: ListKind, entry_id: int) -> Entry:
    """Give one entry of a list.

    Raises:
        NotFound: this connection has no such entry in this list.
    """
    entry = session.scalar(_of(connection_id, list_kind).where(Entry.id == entry_id))
    if entry is None:
        raise NotFound(f"There is no entry {entry_id} in {list_kind.value.replace('_', ' ')}.")
    return entry


def find_by_name(session: Session, connection_id: int, list_kind: ListKind, name: str, kind: Kind) -> Entry | None:
    """Find the entry of this name.

    Raises:
        SameNameTwice: several are called so (LST-5).
    """
    wanted = _of(connection_id, list_kind).where(Entry.search_name == plain(name), Entry.active)
    found = list(session.scalars(wanted.where(Entry.is_cost if kind is Kind.COST else Entry.is_sale)))
    exact = [entry for entry in found if entry.name == name]
    found = exact or (found if plain(name) else [])
    if len(found) > 1:
        ids = ", ".join(str(entry.id) for entry in found)
        raise SameNameTwice(f"{len(found)} entries are called “{name}” (ids {ids}). Choose one by its id.")
    return found[0] if found else None


def find_names(session: Session, connection_id: int, list_kind: ListKind, typed: str, *, most: int = 20) -> list[str]:
    """Give the names of usable entries that hold the typed letters, those that begin with them first."""
    letters = plain(typed)
    wanted = _of(connection_id, list_kind).where(Entry.active, Entry.search_name.contains(letters, autoescape=True))
    if list_kind is ListKind.PRODUCTS:  # account codes are chosen as categories
        wanted = wanted.where(Entry.parent_id.is_not(None))
    begins = Entry.search_name.startswith(letters, autoescape=True)
    ranked = wanted.order_by(begins.desc(), Entry.name).limit(most)
    return [entry.name for entry in session.scalars(ranked)]


def find_by_code(session: Session, connection_id: int, list_kind: ListKind, code: str, kind: Kind) -> Entry | None:
    """Find the usable entry of this code (a nominal code, a currency)."""
    wanted = _of(connection_id, list_kind).where(Entry.code == code, Entry.active)
    return session.scalars(wanted.where(Entry.is_cost if kind is Kind.COST else Entry.is_sale).limit(1)).first()


def make_party(session: Session, connection_id: int, kind: Kind, name: str) -> Entry:
    """Make a supplier or customer here; it is created in KashFlow when the first item that names it is published.

    Raises:
        SameNameTwice: several are called so already (LST-5).
    """
    take_turn(session, f"parties of {connection_id}")
    made = find_by_name(session, connection_id, PARTY_LISTS[kind], name, kind)
    if made is not None:  # meanwhile, by somebody else
        return made
    entry = Entry(
        connection_id=connection_id,
        era=session.get_one(Connection, connection_id).era,
        list_kind=PARTY_LISTS[kind],
        name=name.strip()[:300],
        search_name=plain(name)[:300],
        is_cost=kind is Kind.COST,
        is_sale=kind is Kind.SALE,
    )
    session.add(entry)
    session.flush()
    return entry


def give_remote_id(session: Session, entry: Entry, remote_id: str, code: str) -> Entry:
    """Write down how a supplier or customer made here is known in KashFlow, and give the entry that has that id.

    That is another one where a refresh listed it meanwhile under another name; ours turns inactive then.
    """
    same = _of(entry.connection_id, entry.list_kind).where(Entry.era == entry.era, Entry.side == entry.side)
    listed = session.scalar(same.where(Entry.remote_id == remote_id))
    if listed is not None:
        entry.active, entry.inactive_since = False, now()
        return listed
    entry.remote_id, entry.code = remote_id, code
    return entry


@dataclass(frozen=True)
class Search:
    """Which entries of a list are asked for; ``after`` is the last entry of the page before."""

    text: str = ""
    active: bool | None = True
    after: int | None = None
    limit: int = 100


def search_entries(session: Session, connection_id: int, list_kind: ListKind, search: Search) -> list[Entry]:
    """Give one page of a list by name, and one entry more where another page follows."""
    wanted = _of(connection_id, list_kind)
    if search.active is not None:
        wanted = wanted.where(Entry.active == search.active)
    if code := search.text.strip():
        name = plain(code)
        named = Entry.search_name.contains(name, autoescape=True) if name else false()
        wanted = wanted.where(or_(named, Entry.code.istartswith(code, autoescape=True)))
    if search.after is not None:
        last = get_entry(session, connection_id, list_kind, search.after)
        wanted = wanted.where(tuple_(Entry.search_name, Entry.id) > tuple_(last.search_name, last.id))
    return list(session.scalars(wanted.order_by(Entry.search_name, Entry.id).limit(search.limit + 1)))


def names_of(session: Session, ids: set[int]) -> dict[int, str]:
    """Give the names of entries by their ids."""
    return {row.id: row.name for row in session.execute(select(Entry.id, Entry.name).where(Entry.id.in_(ids)))}


def count_entries(session: Session, connection_id: int) -> dict[tuple[ListKind, bool], int]:
    """Count the entries of each list, in use (True) and inactive (False)."""
    counted = select(Entry.list_kind, Entry.active, func.count()).where(Entry.connection_id == connection_id)
    rows = session.execute(counted.group_by(Entry.list_kind, Entry.active))
    return {(kind, active): number for kind, active, number in rows}


def parties_like(session: Session, connection_id: int, kind: Kind, read: Party) -> list[Party]:
    """Give the usable suppliers or customers that a document may mean, by a number, a domain or a like name."""
    usable = _of(connection_id, PARTY_LISTS[kind]).where(Entry.active)
    keys = ((Entry.vat_key, vat_digits(read)), (Entry.web_key, domain(read)), (Entry.phone_key, phone_digits(read)))
    sure = or_(false(), *(column == value for column, value in keys if value))
    core = core_of(read.name)
    like = and_(
        func.length(Entry.core_name).between(len(core) * SHORTEST_SHARE, len(core) / SHORTEST_SHARE),
        or_(false(), *(Entry.core_name.contains(piece) for piece in pieces(core))),
    )
    candidates = usable.where(or_(sure, like)).with_only_columns(Entry.id, Entry.core_name, sure)
    found = session.execute(candidates).all()
    near = nearest(core, {entry_id: name for entry_id, name, _ in found})
    wanted = usable.where(Entry.id.in_({*near, *(entry_id for entry_id, _, is_sure in found if is_sure)}))
    return [party_of(entry.id, entry.name, entry.details) for entry in session.scalars(wanted)]


def normal_rate(value: str) -> str:
    """Give a VAT rate in its one form: a plain percent ("20", "17.5") or "exempt".

    Raises:
        Incomplete: it is neither.
    """
    text = value.strip().lower().removesuffix("%").strip()
    if text == EXEMPT:
        return EXEMPT
    try:
        percent = Decimal(text)
    except InvalidOperation as error:
        raise Incomplete(f"“{value}” is no VAT rate; it takes a percent or “exempt”.", field="vat_rate") from error
    if not percent.is_finite() or not 0 <= percent < HIGHEST_PERCENT or percent != round(percent, 3):
        raise Incomplete(f"“{value}” is no VAT rate; it takes a percent from 0 to 99.", field="vat_rate")
    return format(abs(percent).normalize(), "f")  # of -0, too


def find_defaults(session: Session, connection_id: int, kind: Kind) -> Defaults | None:
    """Find a connection's defaults for costs or for sales."""
    return session.scalar(select(Defaults).where(Defaults.connection_id == connection_id, Defaults.kind == kind))


def defaults_of(session: Session, connection_id: int, kind: Kind) -> Defaults:
    """Give a connection's defaults for costs or for sales to be set, made empty when there are none."""
    found = find_defaults(session, connection_id, kind)
    if found is None:
        found = Defaults(connection_id=connection_id, kind=kind)
        session.add(found)
        session.flush()
    return found


def leave_entries(session: Session, connection_id: int) -> None:
    """Let no entry be used any more that belongs to the organisation which the connection leaves (CON-8).

    Suppliers and customers that were only made here go on into the next era.
    """
    mine = update(Entry).where(Entry.connection_id == connection_id)
    session.execute(mine.where(Entry.remote_id.is_(None)).values(era=Entry.era + 1))
    session.execute(mine.where(Entry.remote_id.is_not(None), Entry.active).values(active=False, inactive_since=now()))
    session.expire_all()


def linked_account(session: Session, connection_id: int, payment_method_id: int) -> Entry | None:
    """Give the bank account that a payment method pays from: the linked one, or the only one there is (PUB-13)."""
    link = session.scalar(
        select(AccountLink).where(
            AccountLink.connection_id == connection_id, AccountLink.payment_method_id == payment_method_id
        )
    )
    if link is not None and link.bank_account_id is not None:
        return session.get(Entry, link.bank_account_id)
    accounts = list_entries(session, connection_id, ListKind.BANK_ACCOUNTS)
    return accounts[0] if len(accounts) == 1 else None


def _of(connection_id: int, list_kind: ListKind) -> Select[Entry]:
    return select(Entry).where(Entry.connection_id == connection_id, Entry.list_kind == list_kind)
