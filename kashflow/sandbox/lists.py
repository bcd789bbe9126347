"""Operations on the connection itself and on the lists."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import Any

from kashflow.sandbox.account import Account, Refusal, outward, save_settings
from kashflow.sandbox.decoding import Values
from kashflow.sandbox.store import Store

SALES_TYPE = "Sales type"
ALL_PROJECTS = -1
LINK_SECONDS = 120


def authorise_address(account: Account, values: Values) -> int:
    """AutoAuthIP."""
    settings = account.settings
    if not settings.autoauth_enabled or values["AutoAuthKey"] != settings.autoauth_key:
        raise Refusal("The AutoAuth key is not valid")
    if not values["appName"]:
        account.violations.append("AutoAuthIP without an application name")
    addresses = [*settings.allowed_addresses, account.address]
    save_settings(account.store, account.username, replace(settings, allowed_addresses=addresses))
    return 1


def company(account: Account, _: Values) -> dict[str, Any]:
    """GetCompanyDetails."""
    settings = account.settings
    home = account.first("currency", code=settings.currency)
    return {
        "CompanyName": settings.company,
        "Address1": "4 Mill Yard",
        "Address2": "Ambleford",
        "Postcode": "ZZ1 4AB",
        "VatRegistered": "Yes" if settings.vat_registered else "No",
        "VatRegistrationNumber": settings.vat_number if settings.vat_registered else "",
        "PaymentTerms": 30,
        "CurrencySymbol": "£",
        "CurrencyId": home.id if home else 0,
        "CurrencyName": "Pound Sterling" if settings.currency == "GBP" else settings.currency,
        "PaymentTermsType": "invoice date",
    }


def is_vat_registered(account: Account, _: Values) -> bool:
    """Answer isUserVATRegistered."""
    return account.settings.vat_registered


def remote_login(account: Account, _: Values) -> str:
    """GetRemoteLoginURL."""
    token = secrets.token_urlsafe(16)
    account.store.execute("INSERT INTO links VALUES (?, ?, ?)", token, account.username, time.time())
    return f"{account.base}/login?u={token}"


def use_link(store: Store, token: str) -> str | None:
    """Give the account a link opens, once, and only if it is fresh and remote login is switched on."""
    with store.transaction():
        found = store.execute("SELECT account, at FROM links WHERE token = ?", token)
        store.execute("DELETE FROM links WHERE token = ?", token)
    if not found or time.time() - found[0][1] > LINK_SECONDS:
        return None
    account = Account(store, found[0][0])
    return account.username if account.settings.remote_login else None


def products(account: Account, _: Values) -> list[dict[str, Any]]:
    """GetProductsWithSubProducts: the nominal codes of sales with what is sold under them."""
    return [
        {
            "ProductID": nominal.id,
            "ProductName": nominal.data["Name"],
            "ProductCode": nominal.data["Code"],
            "ProductDescription": nominal.data.get("Description"),
            "ProductPrice": nominal.data.get("Price", 0),
            "subProducts": [
                outward(child) | {"ParentID": nominal.id} for child in account.all("sub_product", parent=nominal.id)
            ],
        }
        for nominal in account.all("nominal")
        if nominal.data.get("ClassificationName") == SALES_TYPE
    ]


def sub_products(account: Account, values: Values) -> list[dict[str, Any]]:
    """GetSubProducts: what stands under one nominal code, of sales or of costs."""
    parent = values["NominalID"]
    return [outward(child) | {"ParentID": parent} for child in account.all("sub_product", parent=parent)]


def projects(account: Account, values: Values) -> list[dict[str, Any]]:
    """GetProjects_Full."""
    wanted = values["ProjStatus"]
    return [row for row in account.rows("project") if wanted in {ALL_PROJECTS, row["Status"]}]
