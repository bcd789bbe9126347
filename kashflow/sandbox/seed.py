"""The account a new sandbox starts with: an invented company with plausible UK lists and empty books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kashflow.sandbox.account import Settings, save_settings
from kashflow.sandbox.lists import SALES_TYPE
from kashflow.sandbox.store import Store

USERNAME = "demo"
DEMO = Settings(password="demo-password", company="Calder & Birch Ltd")  # noqa: S106 - of a sandbox, meant to be known
OUTGOING_TYPE = "Outgoing type"
BANK_TYPE = "Bank transaction type"
TURNOVER, DIRECT, EXPENSE, FIXED, CURRENT, CAPITAL = (
    (1, "Turnover"),
    (2, "Cost of sale"),
    (3, "Expense"),
    (4, "Fixed asset"),
    (5, "Current asset/liability"),
    (6, "Capital and reserves"),
)
_NOMINALS: tuple[tuple[int, str, tuple[int, str], str, str], ...] = (
    (4000, "Sale of goods", TURNOVER, SALES_TYPE, "20"),
    (4010, "Sale of services", TURNOVER, SALES_TYPE, "20"),
    (4020, "Consultancy", TURNOVER, SALES_TYPE, "20"),
    (4030, "Zero-rated sales", TURNOVER, SALES_TYPE, "0"),
    (4900, "Other income", TURNOVER, SALES_TYPE, "20"),
    (4905, "Delivery charged on", TURNOVER, SALES_TYPE, "20"),
    (5000, "Materials purchased", DIRECT, OUTGOING_TYPE, "20"),
    (5001, "Goods for resale", DIRECT, OUTGOING_TYPE, "20"),
    (5100, "Carriage in", DIRECT, OUTGOING_TYPE, "20"),
    (5200, "Subcontractors", DIRECT, OUTGOING_TYPE, "20"),
    (6200, "Advertising", EXPENSE, OUTGOING_TYPE, "20"),
    (6201, "Website and hosting", EXPENSE, OUTGOING_TYPE, "20"),
    (7000, "Gross wages", EXPENSE, OUTGOING_TYPE, "0"),
    (7006, "Employer's National Insurance", EXPENSE, OUTGOING_TYPE, "0"),
    (7100, "Rent", EXPENSE, OUTGOING_TYPE, "20"),
    (7102, "Water", EXPENSE, OUTGOING_TYPE, "0"),
    (7103, "Business rates", EXPENSE, OUTGOING_TYPE, "0"),
    (7104, "Insurance", EXPENSE, OUTGOING_TYPE, "0"),
    (7200, "Electricity", EXPENSE, OUTGOING_TYPE, "20"),
    (7201, "Gas", EXPENSE, OUTGOING_TYPE, "20"),
    (7300, "Vehicle fuel", EXPENSE, OUTGOING_TYPE, "20"),
    (7301, "Vehicle repairs", EXPENSE, OUTGOING_TYPE, "20"),
    (7302, "Parking and tolls", EXPENSE, OUTGOING_TYPE, "20"),
    (7400, "Travel", EXPENSE, OUTGOING_TYPE, "0"),
    (7402, "Hotels", EXPENSE, OUTGOING_TYPE, "20"),
    (7403, "Entertainment", EXPENSE, OUTGOING_TYPE, "20"),
    (7406, "Subsistence", EXPENSE, OUTGOING_TYPE, "20"),
    (7500, "Printing and stationery", EXPENSE, OUTGOING_TYPE, "20"),
    (7501, "Postage", EXPENSE, OUTGOING_TYPE, "0"),
    (7502, "Telephone and internet", EXPENSE, OUTGOING_TYPE, "20"),
    (7503, "Software subscriptions", EXPENSE, OUTGOING_TYPE, "20"),
    (7504, "Office supplies", EXPENSE, OUTGOING_TYPE, "20"),
    (7600, "Legal fees", EXPENSE, OUTGOING_TYPE, "20"),
    (7601, "Accountancy", EXPENSE, OUTGOING_TYPE, "20"),
    (7700, "Equipment hire", EXPENSE, OUTGOING_TYPE, "20"),
    (7800, "Repairs and renewals", EXPENSE, OUTGOING_TYPE, "20"),
    (7801, "Cleaning", EXPENSE, OUTGOING_TYPE, "20"),
    (7901, "Bank charges", EXPENSE, BANK_TYPE, "0"),
    (8204, "Training", EXPENSE, OUTGOING_TYPE, "20"),
    (30, "Office equipment", FIXED, OUTGOING_TYPE, "20"),
    (40, "Furniture and fixtures", FIXED, OUTGOING_TYPE, "20"),
    (2200, "VAT", CURRENT, "", "0"),
    (3260, "Directors' loan", CAPITAL, BANK_TYPE, "0"),
)
_ARCHIVED = {5100, 4905}
_SUPPLIERS: tuple[tuple[str, str, str, str], ...] = (
    ("BRACKEN01", "Bracken Office Supplies Ltd", "Unit 3, Weir Lane, Ambleford", "ZZ1 2QD"),
    ("TARNWATER", "Tarnwater Energy plc", "PO Box 12, Netherby", "ZZ4 0AA"),
    ("HOLLOWAY1", "Holloway & Finch Stationers", "18 Market Row, Ambleford", "ZZ1 1BT"),
    ("SABLEWEB", "Sablewing Hosting Ltd", "2 Canal Wharf, Osterley Bridge", "ZZ9 7JH"),
    ("GREENHYTHE", "Greenhythe Timber Merchants", "The Saw Mill, Greenhythe", "ZZ6 3LU"),
    ("LARKFUEL", "Larkrise Service Station", "Ring Road, Ambleford", "ZZ1 9PE"),
    ("MOSSCAFE", "Mossgate Coffee House", "7 Mossgate, Ambleford", "ZZ1 1DA"),
    ("PENDLEHIRE", "Pendlebeck Plant Hire Ltd", "Quarry Road, Pendlebeck", "ZZ5 5HY"),
    ("QUILLTEL", "Quillmoor Telecom Ltd", "Exchange House, Netherby", "ZZ4 2EX"),
    ("ROWANINS", "Rowan Mutual Insurance", "1 Temple Court, Netherby", "ZZ4 1TC"),
    ("STRANDHOTEL", "The Strandlow Hotel", "Sea Front, Strandlow", "ZZ8 4SF"),
    ("WICKPRINT", "Wickstone Print Works", "Dyehouse Yard, Wickstone", "ZZ7 6DY"),
)
_CUSTOMERS: tuple[tuple[str, str, str, str], ...] = (
    ("ALDERSON", "Alderson Interiors Ltd", "40 High Bank, Ambleford", "ZZ1 3HB"),
    ("BEACONCOOP", "Beacon Hill Co-operative", "Beacon Hill, Netherby", "ZZ4 8BH"),
    ("CROFTERS", "Crofters Lane Dental Practice", "9 Crofters Lane, Wickstone", "ZZ7 1CL"),
    ("DUNMERE", "Dunmere Parish Council", "The Old School, Dunmere", "ZZ3 2OS"),
    ("EASTQUAY", "Eastquay Boatbuilders", "Slip 4, Strandlow", "ZZ8 1EQ"),
    ("FENNCO", "Fennimore & Co", "12 Temple Court, Netherby", "ZZ4 1TC"),
)
_SUB_PRODUCTS = (
    (4000, "Oak shelf, 90 cm", "SHELF90", "48.00"),
    (4000, "Oak shelf, 120 cm", "SHELF120", "59.50"),
    (4010, "Fitting, per hour", "FITHOUR", "42.00"),
    (4020, "Site survey", "SURVEY", "180.00"),
)
_SUB_OUTGOINGS = ((7300, "Diesel", "DIESEL", "0.00"), (7300, "Petrol", "PETROL", "0.00"))
_CURRENCIES = (("GBP", "1", 1), ("EUR", "1.16", 0), ("USD", "1.31", 0))


def plant(store: Store) -> None:
    """Give a new sandbox its account; one that has an account keeps what it has."""
    with store.transaction():
        if not store.execute("SELECT username FROM accounts"):
            open_account(store, USERNAME, DEMO)


def open_account(store: Store, username: str, settings: Settings) -> None:
    """Open an account with lists of its own and empty books."""
    save_settings(store, username, settings)
    nominals = _add_nominals(store, username)
    _add_sub_products(store, username, nominals, _SUB_PRODUCTS)
    _add_contacts(store, username, "supplier", "PostCode", _SUPPLIERS)
    _add_contacts(store, username, "customer", "Postcode", _CUSTOMERS)
    for value in ("20", "5", "0", "17.5"):
        _add(store, username, "vat_rate", [{"Name": f"{value}%", "Description": f"{value}%", "Value": value}])
    _add(store, username, "source", [{"Name": name} for name in ("Word of mouth", "Website", "Trade fair")])
    paid = ("Cash", "Cheque", "Debit card", "Credit card", "BACS transfer")
    _add(store, username, "purchase_method", [{"MethodID": n, "MethodName": name} for n, name in enumerate(paid, 1)])
    taken = ("Cash", "Cheque", "Card terminal", "BACS transfer")
    _add(store, username, "sale_method", [{"MethodID": n, "MethodName": name} for n, name in enumerate(taken, 1)])
    banks = (("Current account", 1200), ("Credit card", 1240), ("Petty cash", 1230))
    _add(store, username, "bank_account", [{"AccountName": name, "AccountCode": code} for name, code in banks])
    projects = ((1, "Alderson showroom", 1), (2, "Workshop extension", 1), (3, "Spring fair stand", 0))
    _add(store, username, "project", [{"Number": n, "Name": name, "Status": state} for n, name, state in projects])
    for code, rate, default in _CURRENCIES:
        fields: dict[str, Any] = {"CurrencyCode": code, "ExchangeRate": Decimal(rate), "isDefault": default}
        store.add(username, "currency", fields, code=code)
    _add_sub_products(store, username, nominals, _SUB_OUTGOINGS)


def _add(store: Store, username: str, kind: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        store.add(username, kind, row)


def _add_nominals(store: Store, username: str) -> dict[int, int]:
    ids = {}
    for code, name, (type_id, type_name), classification, rate in _NOMINALS:
        data = {
            "Code": code,
            "Name": name,
            "TypeID": type_id,
            "TypeName": type_name,
            "ClassificationName": classification,
            "VATRate": rate,
            "Archived": code in _ARCHIVED,
        }
        ids[code] = store.add(username, "nominal", data, code=str(code))
    return ids


def _add_sub_products(
    store: Store, username: str, nominals: dict[int, int], rows: tuple[tuple[int, str, str, str], ...]
) -> None:
    for parent, name, code, price in rows:
        data = {"Name": name, "Code": code, "Price": price, "VatRate": "20"}
        store.add(username, "sub_product", data, parent=nominals[parent], code=code)


def _add_contacts(
    store: Store, username: str, kind: str, postcode: str, contacts: tuple[tuple[str, str, str, str], ...]
) -> None:
    for code, name, address, post in contacts:
        lines = {f"Address{n}": line for n, line in enumerate(address.split(", "), start=1)}
        store.add(username, kind, {"Code": code, "Name": name, postcode: post, **lines}, code=code)
