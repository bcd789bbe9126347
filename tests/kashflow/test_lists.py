"""Every list over HTTP against the sandbox, and the access list that may stand before them all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kashflow.client import connect
from kashflow.errors import AddressRefused, KeyRefused
from kashflow.ledger import EXEMPT, Kind, Ledger, ListKind
from kashflow.sandbox.seed import USERNAME
from tests.kashflow.conftest import BOUNDS, PASSWORD, Scene
from tests.kashflow.test_client import contact_of


@pytest.mark.parametrize("kind", list(ListKind))
def test_every_list_comes_with_ids_and_names(ledger: Ledger, kind: ListKind) -> None:
    entries = list(ledger.entries(kind))

    assert entries
    assert all(entry.remote_id and entry.name for entry in entries)


@pytest.mark.parametrize("kind", list(ListKind))
def test_every_list_comes_without_the_fields_of_2026(scene: Scene, ledger: Ledger, kind: ListKind) -> None:
    with_them = list(ledger.entries(kind))

    scene.set(fields_of_2026=False)

    assert list(ledger.entries(kind)) == with_them


def test_categories_tell_costs_from_sales(ledger: Ledger) -> None:
    categories = {entry.name: entry for entry in ledger.entries(ListKind.CATEGORIES)}

    assert categories["Office supplies"].kinds == {Kind.COST}
    assert categories["Consultancy"].kinds == {Kind.SALE}
    assert categories["Bank charges"].kinds == set(Kind)
    assert not categories["Carriage in"].active
    assert categories["Office supplies"].code == "7504"


def test_vat_rates_are_known_by_their_percent_and_exempt_is_one_of_them(ledger: Ledger) -> None:
    rates = {entry.remote_id: entry.percent for entry in ledger.entries(ListKind.VAT_RATES)}

    assert rates == {
        "20": Decimal(20), "5": Decimal(5), "0": Decimal(0), "17.5": Decimal("17.5"), "exempt": EXEMPT
    }  # fmt: skip


def test_without_vat_rates_exempt_is_none_either(scene: Scene, ledger: Ledger) -> None:
    for record in scene.account.all("vat_rate"):
        scene.sandbox.store.remove(record.id)

    assert list(ledger.entries(ListKind.VAT_RATES)) == []


def test_payment_methods_come_once_for_each_kind(ledger: Ledger) -> None:
    methods = [(entry.remote_id, *entry.kinds) for entry in ledger.entries(ListKind.PAYMENT_METHODS)]

    assert ("1", Kind.COST) in methods
    assert ("1", Kind.SALE) in methods


def test_products_come_before_their_sub_products(ledger: Ledger) -> None:
    products = list(ledger.entries(ListKind.PRODUCTS))
    seen: set[str] = set()

    for product in products:
        assert product.parent_id is None or product.parent_id in seen
        seen.add(product.remote_id)
    assert any(product.parent_id for product in products)


def test_h22_a_product_is_a_category_of_sales(ledger: Ledger) -> None:
    categories = {entry.remote_id: entry for entry in ledger.entries(ListKind.CATEGORIES)}
    sold = [each for each in ledger.entries(ListKind.PRODUCTS) if each.parent_id is None and Kind.SALE in each.kinds]

    assert sold
    assert all(
        (categories[each.remote_id].name, Kind.SALE in categories[each.remote_id].kinds) == (each.name, True)
        for each in sold
    )


def test_h23_h26_sub_products_of_costs_come_under_their_category(ledger: Ledger, scene: Scene) -> None:
    products = {entry.name: entry for entry in ledger.entries(ListKind.PRODUCTS)}
    diesel, fuel = products["Diesel"], products["Vehicle fuel"]

    assert (diesel.parent_id, diesel.code, diesel.kinds) == (fuel.remote_id, "DIESEL", frozenset({Kind.COST}))
    assert "Rent" not in products  # it has none
    assert products["Oak shelf, 90 cm"].kinds == frozenset({Kind.SALE})
    assert len(scene.asked("GetSubProducts")) > 1


def test_only_active_projects_are_active(ledger: Ledger) -> None:
    active = {entry.name: entry.active for entry in ledger.entries(ListKind.PROJECTS)}

    assert active == {"Alderson showroom": True, "Workshop extension": True, "Spring fair stand": False}


def test_a_refused_address_is_named(scene: Scene, ledger: Ledger) -> None:
    scene.set(restrict_addresses=True)

    with pytest.raises(AddressRefused) as caught:
        ledger.company()

    assert caught.value.address == "127.0.0.1"
    assert scene.asked("AutoAuthIP") == []


def test_with_the_autoauth_key_a_refused_request_is_repeated_once(scene: Scene) -> None:
    scene.set(restrict_addresses=True)
    ledger = connect(
        scene.sandbox.url, USERNAME, PASSWORD, autoauth_key=scene.account.settings.autoauth_key, bounds=BOUNDS
    )

    contact_of(ledger, Kind.COST)

    assert scene.asked("InsertSupplier") == ["NO: The IP address of 127.0.0.1 is not in the access list", "OK"]
    assert scene.asked("AutoAuthIP") == ["OK"]


def test_an_address_that_stays_refused_is_not_tried_a_third_time(scene: Scene) -> None:
    words = "The IP address of 192.0.2.9 is not in the access list"
    scene.strikes("refuse", "GetSuppliers", times=9, text=words)
    ledger = connect(
        scene.sandbox.url, USERNAME, PASSWORD, autoauth_key=scene.account.settings.autoauth_key, bounds=BOUNDS
    )

    with pytest.raises(AddressRefused):
        list(ledger.entries(ListKind.SUPPLIERS))

    assert len(scene.asked("GetSuppliers")) == 2
    assert len(scene.asked("AutoAuthIP")) == 1


def test_a_wrong_autoauth_key_is_said_to_be_wrong(scene: Scene) -> None:
    scene.set(restrict_addresses=True)
    ledger = connect(scene.sandbox.url, USERNAME, PASSWORD, autoauth_key="FFFFFFFF-0000", bounds=BOUNDS)

    with pytest.raises(KeyRefused):
        ledger.company()


def test_the_address_is_put_on_the_list_on_request(scene: Scene, ledger: Ledger) -> None:
    scene.set(restrict_addresses=True)

    ledger.authorise_address(scene.account.settings.autoauth_key)

    assert ledger.company().name == "Calder & Birch Ltd"
