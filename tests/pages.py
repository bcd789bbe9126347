"""A browser for tests, which sends the CSRF token of forms and looks at every page it gets, and the HTTP interface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

Call = Callable[..., tuple[int, Any]]


class PageClient(FlaskClient):
    """Flask's test client, which checks what holds on every page: one h1, the title starts with it, ids are unique."""

    def sign_in(self, key: str) -> None:
        """Hold a session's key, as after signing in."""
        with self.session_transaction() as cookie:
            cookie["key"] = key

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:  # noqa: ANN401 - as Flask has it
        """Fetch and check."""
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.data and response.location is None:
            check_page(response)
        return response

    def submit(self, address: str, **fields: str) -> TestResponse:
        """Post a form with the token that forms carry."""
        return self.post(address, data={"csrf_token": self.csrf_token(), **fields})

    def csrf_token(self) -> str:
        """Give a token as any page has it."""
        page = parse(self.get("/sign-in", follow_redirects=True))
        return str(page.xpath("string(//input[@name='csrf_token']/@value)"))


def caller(client: PageClient, token: str) -> Call:
    """Give what calls the interface with a token: method, path and JSON in; status and JSON out."""

    def call(method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        known = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): each for name, each in headers.items()}}
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers=known)
        return answer.status_code, answer.json

    return call


def parse(response: TestResponse) -> Any:  # noqa: ANN401 - lxml's stubs type what xpath gives as nearly anything
    """Give a page to look into."""
    return html.document_fromstring(response.text)


def text_of(response: TestResponse) -> str:
    """Give what a page says, in one line."""
    return " ".join(parse(response).text_content().split())


def check_page(response: TestResponse) -> None:
    """Complain about what no page of ours may have; parts of pages that htmx swaps in have no title to check."""
    page = parse(response)
    ids = Counter(page.xpath("//@id"))
    assert [each for each, count in ids.items() if count > 1] == []
    assert page.xpath("//script[not(@src)] | //style | //@style") == []
    if not response.text.lstrip().lower().startswith("<!doctype"):
        return
    headings = [" ".join(each.text_content().split()) for each in page.xpath("//h1")]
    assert len(headings) == 1, headings
    assert " ".join(page.xpath("string(//title)").split()).startswith(headings[0])
