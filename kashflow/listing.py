"""Rows of KashFlow's lists, turned into entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from kashflow.ledger import EXEMPT, Kind, Listed, ListKind
from kashflow.replies import Node

EXEMPT_ENTRY = Listed(remote_id="exempt", name="Exempt / N/A", percent=EXEMPT)
ACTIVE_PROJECT = 1
ALL_PROJECTS = -1
_SALES = re.compile(r"\bsales? type", re.IGNORECASE)
_OUTGOINGS = re.compile(r"\boutgoings? type", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """Where a list comes from: the operation, its row's name, its arguments, and what makes entries of a row."""

    operation: str
    row: str
    entries: Callable[[Node], Iterator[Listed]]
    arguments: dict[str, object] = field(default_factory=dict)

    def read(self, node: Node) -> tuple[Listed, ...]:
        """Give the entries of one row."""
        return tuple(self.entries(node))


def _details(node: Node, **names: str) -> dict[str, str]:
    values = {ours: node.text(theirs) for ours, theirs in names.items()}
    return {ours: value for ours, value in values.items() if value}


def _category(node: Node) -> Iterator[Listed]:
    classified = f"{node.text('TypeName')} / {node.text('ClassificationName')}"
    kinds = {kind for kind, words in ((Kind.SALE, _SALES), (Kind.COST, _OUTGOINGS)) if words.search(classified)}
    yield Listed(
        remote_id=node.text("id"),
        name=node.text("Name"),
        code=node.text("Code"),
        active=not node.flag("Archived"),
        kinds=frozenset(kinds or Kind),
        details=_details(node, type="TypeName", classification="ClassificationName", description="Description")
        | {"vat_rate": shortest(node.decimal("VATRate"))},
    )


def _vat_rate(node: Node) -> Iterator[Listed]:
    percent = node.decimal("Value")
    if percent < 0:
        yield EXEMPT_ENTRY
    else:
        text = shortest(percent)
        yield Listed(remote_id=text, name=node.text("Name") or f"{text}%", percent=Decimal(text))


def _supplier(node: Node) -> Iterator[Listed]:
    yield _contact(node, identity="SupplierID", postcode="PostCode", kind=Kind.COST)


def _customer(node: Node) -> Iterator[Listed]:
    yield _contact(node, identity="CustomerID", postcode="Postcode", kind=Kind.SALE)


def _contact(node: Node, *, identity: str, postcode: str, kind: Kind) -> Listed:
    address = ", ".join(line for n in range(1, 5) if (line := node.text(f"Address{n}")))
    details = _details(
        node, vat_number="VATNumber", email="Email", phone="Telephone", website="Website", postcode=postcode
    )
    numbers = _details(node, currency_id="CurrencyID", terms="PaymentTerms", source="Source")
    return Listed(
        remote_id=node.text(identity),
        name=node.text("Name"),
        code=node.text("Code") or None,
        kinds=frozenset({kind}),
        details=details
        | {name: number for name, number in numbers.items() if number != "0"}  # 0: none, the home currency
        | ({"address": address} if address else {}),
    )


def _source(node: Node) -> Iterator[Listed]:
    yield Listed(remote_id=node.text("ID"), name=node.text("Name"), kinds=frozenset({Kind.SALE}))


def _method(kind: Kind) -> Callable[[Node], Iterator[Listed]]:
    def method(node: Node) -> Iterator[Listed]:
        yield Listed(remote_id=node.text("MethodID"), name=node.text("MethodName"), kinds=frozenset({kind}))

    return method


def _bank_account(node: Node) -> Iterator[Listed]:
    yield Listed(remote_id=node.text("AccountID"), name=node.text("AccountName"), code=node.text("AccountCode"))


def _product(node: Node) -> Iterator[Listed]:
    product = Listed(
        remote_id=node.text("ProductID"),
        name=node.text("ProductName"),
        code=node.text("ProductCode"),
        kinds=frozenset({Kind.SALE}),
        details=_details(node, description="ProductDescription", price="ProductPrice"),
    )
    yield product
    for child in node.parts("subProducts"):
        yield _sub_product(child, product)


def _sub_product(node: Node, product: Listed) -> Listed:
    return Listed(
        remote_id=node.text("id"),
        name=node.text("Name"),
        code=node.text("Code") or None,
        kinds=product.kinds,
        parent_id=product.remote_id,
        details=_details(node, description="Description", price="Price")
        | {"vat_rate": shortest(node.decimal("VatRate"))},
    )


def cost_product(category: Listed) -> Listed:
    """Give a category of costs as the product that its sub-products belong to."""
    return Listed(category.remote_id, category.name, code=category.code, kinds=frozenset({Kind.COST}))


def sub_products(product: Listed) -> Source:
    """Give where the sub-products of one category come from: KashFlow lists those of sales alone in one go."""
    number: dict[str, object] = {"NominalID": int(product.remote_id)}
    return Source("GetSubProducts", "SubProduct", lambda node: iter((_sub_product(node, product),)), number)


def _project(node: Node) -> Iterator[Listed]:
    yield Listed(
        remote_id=node.text("ID"),
        name=node.text("Name"),
        code=node.text("Number"),
        active=node.whole("Status") == ACTIVE_PROJECT,
        details=_details(node, reference="Reference", description="Description", customer_id="CustomerID"),
    )


def _currency(node: Node) -> Iterator[Listed]:
    yield Listed(
        remote_id=node.text("CurrencyCode"),
        name=node.text("CurrencyCode"),
        code=node.text("CurrencyCode"),
        details={
            "exchange_rate": shortest(node.decimal("ExchangeRate")),
            "default": "yes" if node.flag("isDefault") else "no",
            "currency_id": node.text("CurrencyId"),
        },
    )


def with_exempt(rates: Iterator[Listed]) -> Iterator[Listed]:
    """Give each percent once, and the exempt rate, which KashFlow knows on lines only, after them."""
    seen = set()
    for rate in rates:
        if rate.remote_id not in seen:
            seen.add(rate.remote_id)
            yield rate
    if seen and EXEMPT_ENTRY.remote_id not in seen:
        yield EXEMPT_ENTRY


def shortest(number: Decimal) -> str:
    """Give a number without zeros that say nothing: 20, 17.5, 0."""
    return f"{number.normalize():f}" if number else "0"


SOURCES: dict[ListKind, tuple[Source, ...]] = {
    ListKind.CATEGORIES: (Source("GetNominalCodesExtended", "NominalCodeExtended", _category),),
    ListKind.VAT_RATES: (Source("GetVATRates", "BasicDataset", _vat_rate),),
    ListKind.SUPPLIERS: (Source("GetSuppliers", "Supplier", _supplier),),
    ListKind.CUSTOMERS: (Source("GetCustomers", "Customer", _customer),),
    ListKind.SOURCES: (Source("GetCustomerSources", "BasicDataset", _source),),
    ListKind.PAYMENT_METHODS: (
        Source("GetRecPayMethods", "PaymentMethod", _method(Kind.COST)),
        Source("GetInvPayMethods", "PaymentMethod", _method(Kind.SALE)),
    ),
    ListKind.BANK_ACCOUNTS: (Source("GetBankAccounts", "BankAccount", _bank_account),),
    ListKind.PRODUCTS: (Source("GetProductsWithSubProducts", "ProductsFull", _product),),
    ListKind.PROJECTS: (Source("GetProjects_Full", "Project", _project, {"ProjStatus": ALL_PROJECTS}),),
    ListKind.CURRENCIES: (Source("GetCurrencies", "Currencies", _currency),),
}
