"""Connecting in a real browser, through every process: what an administrator meets, from the first login on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import open_page, press, sign_in
from tests.documents.draw import draw_pdf
from tests.documents.papers import Item, Paper, Shop, make_vat_number
from tests.product import Http, Running
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("connecting")]
SHOP = Shop("Fernside Paper Supplies", "8 Mill Bank", "Todmorden", "OL14 5ZZ", make_vat_number(4711))
SLOW = 60_000  # milliseconds, on a busy machine


@pytest.fixture
def page(browser: Browser, product: Running) -> Iterator[Page]:
    """A page on which the administrator is signed in; what the browser complains about fails the test."""
    complaints: list[str] = []
    with open_page(browser, product.address) as page:
        page.set_default_timeout(SLOW)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        sign_in(page, product.email, product.password)
        yield page
    assert complaints == []


def account(username: str, company: str) -> dict[str, Any]:
    return {"username": username, "password": f"{username}-password", "company": company}


def go_to_login(page: Page, name: str) -> None:
    """Make a further connection and go through the steps up to its login."""
    page.goto("/connections")
    page.fill("#name", name)
    page.get_by_role("button", name="New connection").click()
    page.check("#done")
    page.get_by_role("button", name="Next").click()


def log_in(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    page.locator("form button.btn-primary[type=submit]").click()


def await_lists(page: Page) -> None:
    """Wait until all lists came in, from when on the page stays as it is."""
    for name in ("categories", "currencies"):
        expect(page.locator(f"[data-list={name}]")).to_have_text(re.compile("added|changed|nothing new"), timeout=SLOW)
    expect(page.locator("#refresh progress")).to_have_count(0)


def upload(api: Http, number: int) -> int:
    """Put a receipt in and give its item, once it is read."""
    goods, day = (Item("Copier paper A4", 500 + number, 2),), date(2026, 3, number)
    paper = Paper(shop=SHOP, items=goods, reference=f"WAIT{number}", issued_on=day)
    given = api.call("POST", "/documents", files={"file": (f"{number}.pdf", draw_pdf(paper))})["submissions"][0]
    found: list[int] = []

    def is_read() -> bool:
        found.extend(api.call("GET", f"/submissions/{given['id']}")["items"])
        return bool(found)

    wait_until(is_read, seconds=60)
    return found[0]


def test_d9_d10_d11_the_first_connection_from_the_steps_to_the_questions(page: Page, kashflow: Http) -> None:
    kashflow.call("POST", "/accounts", json=account("shop", "Mill Shop Ltd"))
    page.goto("/connections")
    page.fill("#name", "Shop")
    page.get_by_role("button", name="New connection").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#done")).to_be_focused()  # the tick is missing
    page.check("#done")
    page.get_by_role("button", name="Next").click()

    log_in(page, username="shop", password="not this one")
    expect(page.locator("[data-code='CON-1']")).to_contain_text("did not accept the login for Shop")
    log_in(page, password="shop-password")

    expect(page.locator("h1")).to_have_text("Connected to Mill Shop Ltd")
    expect(page.locator("main")).to_contain_text("GBP")
    await_lists(page)
    page.get_by_role("link", name="Next").click()
    page.select_option("#cost_vat_rate", "20")
    page.get_by_role("button", name="Finish").click()

    expect(page.locator("[data-switch] summary")).to_contain_text("Shop")
    page.goto("/suppliers")
    expect(page.locator("[data-count]")).to_contain_text("in use")
    expect(page.locator("[data-switch] summary")).to_contain_text("Shop")


def test_con_3_an_address_is_refused_then_the_key_lets_us_in(page: Page, kashflow: Http) -> None:
    kashflow.call("POST", "/accounts", json=account("shut", "Shut Ltd") | {"restrict_addresses": True})
    go_to_login(page, "Shut")

    log_in(page, username="shut", password="shut-password")
    expect(page.locator("[data-code='CON-3']")).to_contain_text("127.0.0.1")
    page.get_by_role("link", name="Enter key").click()
    log_in(page, password="shut-password", autoauth_key="1A2B3C4D-5E6F")

    expect(page.locator("h1")).to_have_text("Connected to Shut Ltd")


def test_d17_the_login_changes_while_five_items_wait(page: Page, kashflow: Http, api: Http) -> None:
    rent = next(each for each in api.call("GET", "/lists/categories")["entries"] if each["code"] == 7504)
    items = [upload(api, number) for number in range(1, 6)]
    for item in items:
        api.call("PATCH", f"/items/{item}", json={"category": {"id": rent["id"]}})
    before = len(kashflow.call("GET", "/ledger.json?account=demo")["purchases"])
    kashflow.call("PATCH", "/settings?account=demo", json={"api_password": "the new one"})

    for item in items:
        api.call("POST", f"/items/{item}/publish")
    wait_until(lambda: api.call("GET", "/connection")["state"] == "needs_reconnect", seconds=60)
    page.goto("/costs?connection=1")
    expect(page.locator(".banner", has_text="CON-1")).to_be_visible()

    page.get_by_role("link", name="Reconnect").click()
    log_in(page, password="the new one")
    expect(page.locator("main")).to_contain_text("Reconnected to Calder & Birch Ltd")

    def all_are_in() -> bool:
        return {api.call("GET", f"/items/{item}")["state"] for item in items} == {"published"}

    wait_until(all_are_in, seconds=60)
    assert len(kashflow.call("GET", "/ledger.json?account=demo")["purchases"]) == before + len(items)
    assert count_refused(kashflow) == 1  # the refused password was never tried again


def count_refused(kashflow: Http) -> int:
    """Count the requests of the demonstration's account that were refused."""
    made = [str(each) for each in kashflow.call("GET", "/requests.json")]
    return sum("Incorrect username" in each and "demo" in each for each in made)


def test_con_8_another_organisation_is_explained_and_its_lists_are_mapped(page: Page, kashflow: Http) -> None:
    for name in ("before", "after"):
        kashflow.call("POST", "/accounts", json=account(name, f"{name.title()} Ltd"))
    go_to_login(page, "Moving")
    log_in(page, username="before", password="before-password")
    await_lists(page)
    page.get_by_role("link", name="Next").click()
    category = page.locator("#cost_category option").nth(3)
    chosen = category.inner_text()
    page.select_option("#cost_category", label=chosen)
    press(page, "Finish")
    page.goto("/connections")
    page.locator("[data-connection]").filter(has_text="Moving").get_by_role("link", name="Manage").click()
    page.get_by_role("link", name="Reconnect").click()

    log_in(page, username="after", password="after-password")
    expect(page.locator("[data-code='CON-8']")).to_contain_text("These credentials belong to After Ltd")
    page.get_by_role("button", name="Map lists").click()
    expect(page.locator("h1")).to_have_text("Connected to After Ltd")
    await_lists(page)
    page.get_by_role("link", name="Map lists").click()
    expect(page.locator("[data-stray] option:checked")).to_have_text(chosen)
    page.get_by_role("button", name="Save the mapping").click()

    expect(page.locator("main")).to_contain_text("1 mapped")
    page.goto("/lists/remap")
    expect(page.locator("main")).to_contain_text("Nothing to map")


def test_c34_c35_disable_and_enable(page: Page) -> None:
    page.goto("/connections/1")
    page.get_by_role("button", name="Disable").click()
    expect(page.locator("main")).to_contain_text("is disabled")
    page.goto("/costs?connection=1")
    expect(page.locator(".banner")).to_contain_text("is disabled")
    page.get_by_role("link", name="Manage").first.click()

    page.get_by_role("button", name="Enable").click()

    expect(page.locator("main")).to_contain_text("is enabled again")
    page.goto("/costs")
    expect(page.locator(".banner")).to_have_count(0)


def test_no_password_stands_in_the_log(product: Running) -> None:
    told = product.log.read_text()

    assert "needs_reconnect" in told or "list refreshed" in told
    for secret in ("demo-password", "shop-password", "not this one", "the new one", "1A2B3C4D-5E6F"):
        assert secret not in told
