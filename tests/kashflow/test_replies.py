"""Replies that are none, from a server that answers whatever it is told to."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler

import pytest

from kashflow.client import connect
from kashflow.errors import Unavailable, Unclear
from kashflow.ledger import Kind, ListKind, NewContact
from tests.kashflow.conftest import BOUNDS, Server, envelope

NEW = NewContact(code="CF7K2M", name="Bramble & Sons")


def inserted(number: str, status: str) -> bytes:
    return envelope("InsertSupplier", f"<InsertSupplierResult>{number}</InsertSupplierResult><Status>{status}</Status>")


REPLIES = {
    "no envelope": b"<a/>",
    "another operation": envelope("GetCustomers", "<Status>OK</Status>"),
    "no status": envelope("InsertSupplier", "<InsertSupplierResult>7</InsertSupplierResult>"),
    "a strange status": inserted("7", "YES"),
    "no number": inserted("x", "OK"),
    "a negative number": inserted("-1", "OK"),
    "an infinite number": inserted("Infinity", "OK"),
    "nothing": b"",
    "a document type": b'<!DOCTYPE a [<!ENTITY b "7">]>'
    + inserted("&b;", "OK"),
    "an outside entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'
    + inserted("7", "&b;"),
    "cut short after the status": inserted("7", "OK")[:-20],
    "two envelopes": inserted("7", "OK") * 2,
    "too long": b" " * 2_000_000 + inserted("7", "OK"),
    "a document type alone": b"<!DOCTYPE a>" + inserted("7", "OK"),
}  # fmt: skip


@pytest.mark.parametrize("reply", list(REPLIES))
def test_a_reply_that_is_not_one_is_unclear(server: Server, reply: str) -> None:
    server.says(REPLIES[reply])
    ledger = connect(server.url, "u", "p", bounds=BOUNDS)

    with pytest.raises(Unclear):
        ledger.insert_contact(Kind.COST, NEW)

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [201, 202, 204, 301, 302, 307, 400, 401, 403, 404, 413, 500, 502, 503, 504])
def test_an_answer_counts_with_status_200_only(server: Server, status: int) -> None:
    server.says(inserted("7", "OK"), status, Location=server.url)
    ledger = connect(server.url, "u", "p", bounds=BOUNDS)

    with pytest.raises(Unclear):
        ledger.insert_contact(Kind.COST, NEW)

    assert len(server.requests) == 1  # no redirect is followed, nothing is repeated


def test_a_reply_in_small_pieces_without_end_is_given_up(server: Server) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n<a>")
        with suppress(OSError):
            for _ in range(50):
                handler.wfile.write(b" ")
                time.sleep(0.2)  # a slow server, never silent for as long as a piece may take

    server.answer = drip
    ledger = connect(server.url, "u", "p", bounds=replace(BOUNDS, whole=1))

    with pytest.raises(Unclear, match="took too long"):
        ledger.insert_contact(Kind.COST, NEW)


def test_a_list_that_breaks_off_says_so_after_its_rows(server: Server) -> None:
    rows = "".join(f"<Supplier><SupplierID>{n}</SupplierID><Name>S{n}</Name></Supplier>" for n in range(1, 2001))
    whole = envelope("GetSuppliers", f"<GetSuppliersResult>{rows}</GetSuppliersResult><Status>OK</Status>")
    server.says(whole[: len(whole) // 2])
    entries = connect(server.url, "u", "p", bounds=BOUNDS).entries(ListKind.SUPPLIERS)

    assert next(entries).name == "S1"
    with pytest.raises(Unavailable):
        list(entries)


def test_a_row_that_is_nil_is_none(server: Server) -> None:
    nil = '<Supplier xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
    rows = f"{nil}<Supplier><SupplierID>7</SupplierID><Name>Bram<!-- -->ble</Name></Supplier>"
    server.says(envelope("GetSuppliers", f"<GetSuppliersResult>{rows}</GetSuppliersResult><Status>OK</Status>"))

    entries = connect(server.url, "u", "p", bounds=BOUNDS).entries(ListKind.SUPPLIERS)

    assert [(each.remote_id, each.name) for each in entries] == [("7", "Bramble")]


@pytest.mark.parametrize("inside", ["", "<InvoiceDBID>0</InvoiceDBID>", "<InvoiceNumber>0</InvoiceNumber><Lines/>"])
def test_a_document_without_an_id_is_none_whatever_else_is_missing(server: Server, inside: str) -> None:
    result = f"<GetReceipt_TypeDefinedResult>{inside}</GetReceipt_TypeDefinedResult><Status>OK</Status>"
    server.says(envelope("GetReceipt_TypeDefined", result))

    assert connect(server.url, "u", "p", bounds=BOUNDS).find_document(Kind.COST, 7) is None


@pytest.mark.parametrize(("pages", "rows"), [(1, 1), (2_000_000_000, 0)])
def test_pages_that_do_not_add_up_are_not_believed(server: Server, pages: int, rows: int) -> None:
    dates = "<InvoiceDate>2026-03-01T00:00:00</InvoiceDate><DueDate>2026-03-01</DueDate>"
    row = f"<Invoice><InvoiceDBID>7</InvoiceDBID>{dates}</Invoice>"
    total = f"<Status>OK</Status><TotalPages>{pages}</TotalPages><TotalRecords>2</TotalRecords>"
    result = f"<GetReceiptsWithPagingResult>{row * rows}</GetReceiptsWithPagingResult>"
    server.says(envelope("GetReceiptsWithPaging", result + total))
    ledger = connect(server.url, "u", "p", bounds=BOUNDS)

    with pytest.raises(Unavailable, match="changed while they were read"):
        ledger.documents_between(Kind.COST, date(2026, 1, 1), date(2026, 12, 31))


def test_a_document_that_cannot_be_read_is_unavailable(server: Server) -> None:
    fields = "<InvoiceDBID>7</InvoiceDBID><NetAmount>abc</NetAmount>"
    result = f"<GetReceipt_TypeDefinedResult>{fields}</GetReceipt_TypeDefinedResult><Status>OK</Status>"
    server.says(envelope("GetReceipt_TypeDefined", result))
    ledger = connect(server.url, "u", "p", bounds=BOUNDS)

    with pytest.raises(Unavailable):
        ledger.find_document(Kind.COST, 7)


def test_no_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    result = "<isUserVATRegisteredResult>true</isUserVATRegisteredResult>"
    server.says(envelope("isUserVATRegistered", f"{result}<Status>OK</Status>"))

    assert connect(server.url, "u", "p", bounds=BOUNDS).is_vat_registered()
