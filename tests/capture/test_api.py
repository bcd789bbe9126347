from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy.orm import Session

from auth.keys import make_api_token
from auth.models import Membership
from capture.models import Item, ItemState
from kashflow.ledger import ListKind
from kashflow.models import Connection
from kashflow.service import get_connection
from tests.documents.papers import COFFEE
from tests.documents.pictures import draw_picture
from tests.factories.auth import MembershipFactory
from tests.factories.capture import EntryFactory, ItemFactory
from tests.pages import PageClient


class Interface:
    """The HTTP interface with a token."""

    def __init__(self, client: PageClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(f"/api/v1{path}", headers=self.headers)
        return answer.status_code, answer.get_json()

    def send(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers={**self.headers, **headers})
        return answer.status_code, answer.get_json()

    def post_files(self, *files: tuple[str, bytes], **fields: str) -> tuple[int, Any]:
        data = {**fields, "file": [(BytesIO(content), name) for name, content in files]}
        answer = self.client.post("/api/v1/documents", data=data, headers=self.headers)
        return answer.status_code, answer.get_json()


@pytest.fixture
def connection(session: Session, membership: Membership) -> Connection:
    return get_connection(session, membership.organisation_id)


@pytest.fixture
def api(client: PageClient, session: Session, membership: Membership) -> Interface:
    return Interface(client, make_api_token(session, membership, name="test"))


@pytest.fixture
def item(connection: Connection) -> Item:
    made: Item = ItemFactory.create(connection=connection)
    return made


def test_each_posted_file_has_its_row_in_order_and_a_refused_one_harms_no_other(api: Interface) -> None:
    picture = draw_picture(COFFEE)

    status, answer = api.post_files(("a.jpg", picture), ("b.jpg", b"just text"), ("c.jpg", picture))

    states = [(each["filename"], each["state"]) for each in answer["submissions"]]
    assert (status, states) == (202, [("a.jpg", "received"), ("b.jpg", "rejected"), ("c.jpg", "duplicate")])
    assert [each["problem"] and each["problem"]["code"] for each in answer["submissions"]] == [None, "CAP-1", "CAP-4"]


def test_no_file_is_a_clear_error(api: Interface) -> None:
    status, answer = api.post_files()

    assert (status, answer["error"]["fields"]) == (422, ["file"])


def test_an_item_turns_ready_when_nothing_is_missing(api: Interface, item: Item, connection: Connection) -> None:
    EntryFactory.create(connection=connection, category=True)

    status, answer = api.send(
        "PATCH",
        f"/items/{item.id}",
        {"supplier": {"name": "New Firm Ltd"}, "date": "2026-03-02", "category": {"code": 7100}, "total": "120.00"}
        | {"tax": "20.00", "reference": "A-1"},
    )

    assert (status, answer["state"], answer["missing"]) == (200, "ready", [])
    assert (answer["net"], answer["vat_rate"], answer["category"]) == ("100.00", "20", {"code": 7100, "name": "Rent"})
    assert answer["supplier"]["name"] == "New Firm Ltd"


def test_only_what_is_sent_changes(api: Interface, item: Item) -> None:
    api.send("PATCH", f"/items/{item.id}", {"reference": "A-1", "total": "12.00"})

    _, answer = api.send("PATCH", f"/items/{item.id}", {"note": "for the van"})

    assert (answer["reference"], answer["total"], answer["note"]) == ("A-1", "12.00", "for the van")


def test_every_change_raises_the_version_and_a_stale_one_is_told(api: Interface, item: Item) -> None:
    _, first = api.send("PATCH", f"/items/{item.id}", {"reference": "A-1"})
    status, _ = api.send("PATCH", f"/items/{item.id}", {"reference": "A-2"}, **{"If-Match": str(first["version"])})
    late, _ = api.send("PATCH", f"/items/{item.id}", {"reference": "A-3"}, **{"If-Match": str(first["version"])})

    assert (status, late) == (200, 412)
    assert api.get(f"/items/{item.id}")[1]["reference"] == "A-2"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"total": "a lot"}, "total"),
        ({"total": "1e30"}, "total"),
        ({"total": "1e999999999"}, "total"),
        ({"total": "12.345"}, "total"),
        ({"date": "0001-01-01"}, "date"),
        ({"exchange_rate": "1e-30"}, "exchange_rate"),
        ({"vat_rate": "1e-30"}, "vat_rate"),
        ({"kind": None}, "kind"),
        ({"document_type": None}, "document_type"),
        ({"currency": ""}, "currency"),
        ({"owner": 999999}, "owner"),
        ({"supplier": {"name": ["a"]}}, "supplier"),
        ({"date": "2026-02-30"}, "date"),
        ({"kind": "gift"}, "kind"),
        ({"vat_rate": "-3"}, "vat_rate"),
        ({"currency": "pounds"}, "currency"),
        ({"category": {"code": 9999}}, "category"),
        ({"supplier": {"id": "x"}}, "supplier"),
        ({"lines": "none"}, "lines"),
        ({"lines": [{"description": "paper"}]}, "lines"),
        ({"lines": [{"amount": "5.00", "quantity": []}]}, "lines"),
        ({"lines": [{"amount": "5.00", "percent": {}}]}, "lines"),
        ({"tax_lines": [{"percent": "20", "net": []}]}, "tax_lines"),
        ({"tax_lines": [{"net": "5.00"}]}, "tax_lines"),
        ({"kind": []}, "kind"),
        ({"description": True}, "description"),
        ({"supplier": True}, "supplier"),
        ({"supplier": []}, "supplier"),
        ({"supplier": {}}, "supplier"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_field_and_changes_nothing(
    api: Interface, item: Item, change: dict[str, object], field: str
) -> None:
    status, answer = api.send("PATCH", f"/items/{item.id}", {**change, "reference": "kept out"})

    assert (status, answer["error"]["fields"]) == (422, [field])
    assert api.get(f"/items/{item.id}")[1]["reference"] is None


def test_lst_5_a_name_that_several_have_is_asked_about(api: Interface, item: Item, connection: Connection) -> None:
    EntryFactory.create_batch(2, connection=connection, name="Twice Ltd", search_name="twiceltd")

    status, answer = api.send("PATCH", f"/items/{item.id}", {"supplier": {"name": "Twice Ltd"}})

    assert (status, answer["error"]["code"], answer["error"]["fields"]) == (422, "LST-5", ["supplier"])


@pytest.mark.parametrize("body", [b'{"name": "\\ud83d"}', b"[" * 100_000])
def test_what_cannot_be_kept_is_refused(api: Interface, body: bytes) -> None:
    headers = {**api.headers, "Content-Type": "application/json"}

    answer = api.client.put("/api/v1/connection", data=body, headers=headers)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "incomplete")


def test_unpaid_is_what_an_item_is_that_says_nothing_of_it(api: Interface, item: Item) -> None:
    status, answer = api.send("PATCH", f"/items/{item.id}", {"paid": None})

    assert (status, answer["paid"]) == (200, False)


def test_a_vat_treatment_is_emptied_again(api: Interface, item: Item) -> None:
    api.send("PATCH", f"/items/{item.id}", {"total": "12.00", "vat_treatment": "no_vat"})

    status, answer = api.send("PATCH", f"/items/{item.id}", {"vat_treatment": None})

    assert (status, answer["vat_treatment"], answer["tax"]) == (200, None, None)


def test_nought_is_an_amount_and_a_rate_as_text_or_number(api: Interface, item: Item) -> None:
    line, summary = {"amount": 0, "percent": 0}, {"percent": 0, "net": 5, "tax": 0}

    status, answer = api.send("PATCH", f"/items/{item.id}", {"lines": [line], "tax_lines": [summary]})

    assert (status, answer["lines"][0]["amount"], answer["lines"][0]["percent"]) == (200, "0.00", "0")
    assert answer["tax_lines"] == [{"percent": "0", "net": "5.00", "tax": "0.00", "gross": None}]


def test_product_and_source_are_shown_by_name(api: Interface, item: Item, connection: Connection) -> None:
    for name, kind in (("Retainer", ListKind.PRODUCTS), ("Fair", ListKind.SOURCES)):
        EntryFactory.create(connection=connection, list_kind=kind, name=name, search_name=name.lower())

    _, answer = api.send("PATCH", f"/items/{item.id}", {"product": {"name": "Retainer"}, "source": {"name": "Fair"}})

    assert [answer[name]["name"] for name in ("product", "source")] == ["Retainer", "Fair"]


@pytest.mark.parametrize("change", [{"total": "1.00"}, {"lines": []}, {"tax_lines": []}])
def test_pub_10_of_an_item_that_is_on_its_way_only_the_note_changes(
    api: Interface, session: Session, item: Item, change: dict[str, object]
) -> None:
    item.state = ItemState.SENDING
    session.commit()

    status, answer = api.send("PATCH", f"/items/{item.id}", change)

    assert (status, answer["error"]["code"]) == (409, "PUB-10")
    assert api.send("PATCH", f"/items/{item.id}", {"note": "it will be in tomorrow"})[0] == 200


def test_pub_1_publishing_names_each_missing_field(api: Interface, item: Item) -> None:
    status, answer = api.send("POST", f"/items/{item.id}/publish")

    assert status in {409, 422}
    assert {"category", "supplier", "total"} <= set(answer["error"]["fields"]) or answer["error"]["code"] == "CON-1"


def test_archived_and_deleted_items_are_listed_apart_and_come_back(api: Interface, item: Item) -> None:
    api.send("POST", f"/items/{item.id}/archive")
    assert [each["id"] for each in api.get("/items?state=archived")[1]["items"]] == [item.id]
    assert api.get("/items")[1]["items"] == []

    api.send("POST", f"/items/{item.id}/restore")

    assert [each["id"] for each in api.get("/items")[1]["items"]] == [item.id]


def test_items_come_in_pages(api: Interface, connection: Connection) -> None:
    made = ItemFactory.create_batch(5, connection=connection)
    seen: list[int] = []
    after = ""
    while True:
        _, answer = api.get(f"/items?limit=2{after}")
        seen += [each["id"] for each in answer["items"]]
        if answer["next"] is None:
            break
        after = f"&after={answer['next']}"

    assert seen == sorted((each.id for each in made), reverse=True)


@pytest.mark.parametrize("path", ["/items/{item}", "/lists/suppliers?connection={connection}"])
def test_somebody_elses_id_is_nothing(client: PageClient, session: Session, path: str, item: Item) -> None:
    stranger = Interface(client, make_api_token(session, MembershipFactory.create(administrator=True), name="other"))

    status, answer = stranger.get(path.format(item=item.id, connection=item.connection_id))

    assert (status, answer["error"]["code"]) == (404, "not-found")
