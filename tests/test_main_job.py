"""The main job in a real browser, through every process: a receipt in, an entry in KashFlow, a rule for the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import open_page, press, sign_in
from tests.documents.draw import draw_pdf
from tests.documents.papers import Item, Paper, Shop, make_vat_number
from tests.documents.pictures import draw_picture
from tests.product import Http, Running
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("main job")]
SHOP = Shop("Fernside Paper Supplies", "8 Mill Bank", "Todmorden", "OL14 5ZZ", make_vat_number(4711))
SLOW = 60_000  # milliseconds: OCR on a busy machine


@pytest.fixture
def page(browser: Browser, product: Running) -> Iterator[Page]:
    with open_page(browser, product.address) as page:
        page.set_default_timeout(SLOW)
        sign_in(page, product.email, product.password)
        yield page


def paper(reference: str, day: int, pence: int) -> Paper:
    return Paper(
        shop=SHOP, items=(Item("Copier paper A4", pence, 2),), reference=reference, issued_on=date(2026, 3, day)
    )


def drop(page: Page, folder: Path, **files: bytes) -> None:
    paths = []
    for name, data in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(data)
        paths.append(path)
    page.set_input_files("input[type=file]", paths)


def open_item(page: Page, supplier: str, total: str) -> None:
    row = page.locator("[data-item]").filter(has_text=supplier).filter(has_text=total)
    try:
        expect(row).to_have_count(1, timeout=SLOW)
    except AssertionError as error:
        page.goto("/submissions")
        raise AssertionError(page.inner_text("main")) from error
    row.locator("a").first.click()
    expect(page.locator("#f-total")).to_be_visible()


def test_from_a_dropped_receipt_to_an_entry_in_kashflow_and_a_rule_for_the_next(
    page: Page, product: Running, tmp_path: Path
) -> None:
    first, second = paper("70011", 2, 600), paper("70012", 9, 840)

    page.goto("/costs")
    drop(
        page, tmp_path, first_jpg=draw_picture(first, noise=1, turned=1.0), invoice_pdf=draw_pdf(paper("70013", 5, 90))
    )
    open_item(page, SHOP.name, "12.00")
    expect(page.locator("[data-mark=total]")).to_have_count(1)
    expect(page.locator("[data-problem='PUB-1']").first).to_contain_text("category")

    page.fill("#f-category", "Printing and stationery")
    page.locator("#f-category").press("Tab")
    expect(page.locator("[data-problem='PUB-1']")).to_have_count(0)

    page.get_by_text("Always do this for").first.click()
    press(page, "Save as a rule")
    press(page, "Publish")
    expect(page.locator("#item-lead")).to_contain_text("Published", timeout=SLOW)  # the document is there, too
    number = page.locator("[data-number]").inner_text().split()[-1]

    page.goto("/costs?tab=ready")  # nothing is missing, by the rule
    drop(page, tmp_path, second_jpg=draw_picture(second, noise=1))
    open_item(page, SHOP.name, "16.80")
    expect(page.locator("#f-category")).to_have_value("Printing and stationery")
    expect(page.locator("[data-field=category]")).to_contain_text(f"rule “{SHOP.name}”")

    page.goto(f"{product.sandbox}/sandbox/purchases")
    page.locator(f"[data-number='{number}'] a").click()
    expect(page.locator("body")).to_contain_text(SHOP.name)
    expect(page.locator("body")).to_contain_text("70011")
    expect(page.locator("[data-attachment]")).to_have_count(1)


def test_the_item_page_saves_by_itself_and_a_word_of_the_document_fills_a_field(page: Page, tmp_path: Path) -> None:
    page.goto("/costs?tab=all")
    drop(page, tmp_path, words_pdf=draw_pdf(paper("70020", 12, 4321)))
    open_item(page, SHOP.name, "86.42")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.fill("#f-reference", "")
    page.locator("#f-reference").focus()
    place = page.locator("rect[data-mark=total]").bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    expect(page.locator("#f-reference")).to_have_value("£86.42")
    expect(page.locator("#f-reference")).to_be_focused()

    page.fill("#f-total", "a lot")
    page.keyboard.press("Tab")
    expect(page.locator("[data-field=total] .field-error")).to_contain_text("cannot be used")
    expect(page.locator("[data-saved]")).to_have_text("Not saved")
    page.reload()
    expect(page.locator("#f-total")).to_have_value("86.42")
    assert complaints == []


def test_two_people_on_one_item_are_told_and_nothing_is_overwritten(page: Page, tmp_path: Path) -> None:
    page.goto("/costs?tab=all")
    drop(page, tmp_path, two_pdf=draw_pdf(paper("70030", 13, 1111)))
    open_item(page, SHOP.name, "22.22")
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.href)")
    other = opened.value
    other.wait_for_load_state()  # its scripts, which save
    other.fill("#f-reference", "from the other")
    other.keyboard.press("Tab")
    expect(other.locator("[data-saved]")).to_have_text("Saved")

    page.fill("#f-reference", "from the first")
    page.keyboard.press("Tab")

    expect(page.locator(".item-form .form-problem")).to_contain_text("Somebody else")
    expect(page.locator("#notices")).to_contain_text("Somebody else")
    page.reload()
    expect(page.locator("#f-reference")).to_have_value("from the other")


def known_invoice(number: int) -> Paper:
    """Give an invoice of a supplier that KashFlow knows, so that nothing of it is new."""
    shop = Shop("Bracken Office Supplies Ltd", "Unit 3, Weir Lane", "Ambleford", "OL14 1AA", make_vat_number(8315))
    items = (Item("Toner cartridge", 1000 + 100 * number, 2),)
    return Paper(shop=shop, items=items, layout="modern", reference=f"9010{number}", issued_on=date(2026, 4, number))


def test_from_three_corrections_to_a_suggestion_to_a_rule_that_publishes_the_next(page: Page, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        page.goto("/costs?tab=review")
        drop(page, tmp_path, **{f"invoice{number}_pdf": draw_pdf(known_invoice(number))})
        open_item(page, "Bracken", f"{2.4 * (10 + number):.2f}")
        page.fill("#f-category", "Office supplies")
        page.keyboard.press("Tab")
        expect(page.locator("[data-saved]")).to_have_text("Saved")
    suggestion = page.locator("[data-suggestion]")
    expect(suggestion).to_contain_text("Always do this for Bracken Office Supplies Ltd?")

    suggestion.get_by_role("link", name="Try and edit").click()
    page.get_by_role("button", name="Try it on the past").click()
    expect(page.locator("[data-trial]")).to_contain_text("3 a person set just so")
    page.get_by_label("and publish it by itself").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-rule]").filter(has_text="Bracken")).to_contain_text("publish by itself")

    page.goto("/costs?tab=published")
    drop(page, tmp_path, fourth_pdf=draw_pdf(known_invoice(4)))
    open_item(page, "Bracken", "33.60")
    expect(page.locator("#f-category")).to_have_value("Office supplies")
    expect(page.locator("[data-field=category]")).to_contain_text("rule “Bracken Office Supplies Ltd”")
    expect(page.locator("[data-number]")).to_be_visible()


def post(api: Http, name: str, file: bytes) -> int:
    """Put a document in over HTTP and give the id of its item."""
    sent = {"file": (name, file, "application/pdf")}
    submission = api.call("POST", "/documents", files=sent)["submissions"][0]["id"]
    wait_until(lambda: api.call("GET", f"/submissions/{submission}")["state"] == "read", seconds=60)
    (item_id,) = api.call("GET", f"/submissions/{submission}")["items"]
    return int(item_id)


def test_rules_over_http_from_their_making_to_a_category_that_is_gone(api: Http, kashflow: Http) -> None:
    shop = Shop("Sablewing Hosting Ltd", "2 Sluice Row", "Ambleford", "OL14 1AA", make_vat_number(6120))
    papers = [replace(paper(f"8001{n}", 3 + n, 500 + n * 35), shop=shop) for n in range(3)]
    early = post(api, "early.pdf", draw_pdf(papers[0]))
    first = {"name": "Postage", "when": {"supplier": shop.name}, "set": {"category": 7501}}
    second = {"name": "Paper", "when": {"text": "copier paper"}, "set": {"category": 7500, "paid": True, "note": "A4"}}

    tried = api.call("POST", "/rules/trial", json={"rule": first, "last": 50})["changed"]
    assert [(each["item"], each["field"], each["to"]["name"]) for each in tried] == [(early, "category", "Postage")]
    assert api.call("GET", f"/items/{early}")["category"] is None
    made = [api.call("POST", "/rules", json=rule)["id"] for rule in (first, second)]

    late = post(api, "late.pdf", draw_pdf(papers[1]))
    item = api.call("GET", f"/items/{late}")
    assert (item["category"]["name"], item["paid"], item["note"], item["vat_rate"]) == ("Postage", True, "A4", "20")
    assert item["readings"]["category"]["reason"] == f"rule “Postage”, because the supplier is {shop.name}"
    api.call("PATCH", f"/rules/{made[1]}", json={"position": 1})
    assert api.call("GET", f"/items/{post(api, 'later.pdf', draw_pdf(papers[2]))}")["category"]["code"] == 7500

    api.call("PATCH", f"/items/{late}", json={"category": {"code": 7400}})
    api.call("PATCH", f"/rules/{made[0]}", json={"set": {"category": 7501, "note": "Stamps"}, "apply": True})
    item = api.call("GET", f"/items/{late}")
    assert (item["category"]["code"], item["note"]) == (7400, "A4")  # a person's; and the rule before it

    gone = next(each for each in kashflow.call("GET", "/ledger.json")["nominals"] if each["Code"] == 7400)
    kashflow.call("DELETE", f"/records/{gone['id']}")
    refresh = api.call("POST", "/lists/refresh")["refresh"]
    wait_until(lambda: api.call("GET", f"/refreshes/{refresh}")["state"] == "done", seconds=60)
    assert api.call("GET", f"/refreshes/{refresh}")["counts"]["categories"]["inactive"] == 1
    wait_until(lambda: "PUB-3" in {each["code"] for each in api.call("GET", f"/items/{late}")["problems"]}, seconds=30)
