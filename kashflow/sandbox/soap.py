"""The SOAP endpoint, 1.1 and 1.2, as a WSGI application."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from lxml import etree
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from kashflow.sandbox import faults
from kashflow.sandbox.decoding import Request, RequestFault, decode
from kashflow.sandbox.encoding import SOAP_11, SOAP_12, fault, reply
from kashflow.sandbox.faults import Fault
from kashflow.sandbox.operations import Outcome, carry_out
from kashflow.sandbox.schema import WSDL
from kashflow.sandbox.store import Store

PATH = "/api/service.asmx"
ADDRESS_IN_WSDL = "http://127.0.0.1:8700/api/service.asmx"
LONGEST = 64 * 1024 * 1024
HTML = "<html><head><title>Service unavailable</title></head><body><h1>Service unavailable</h1></body></html>"
SERVER_FAULT = "Server was unable to process request. ---> Object reference not set to an instance of an object."
UNREAD_FAULT = (
    "Server was unable to read request. ---> There is an error in XML document (1, 402). ---> Input string was not in "
    "a correct format."
)
log = logging.getLogger("kashflow.sandbox")


class Dropped(ConnectionAbortedError):
    """The connection is to be closed without an answer; the server knows this kind of error as a lost caller."""


class Service:
    """Answers SOAP requests from the store's books."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request."""
        http = HttpRequest(environ)
        http.max_content_length = LONGEST
        response = _description(http) if http.method in {"GET", "HEAD"} else self._answer(http)
        return response(environ, start_response)

    def _answer(self, http: HttpRequest) -> Response:
        try:
            soap, body = _envelope(http.get_data())
        except (RequestFault, RequestEntityTooLarge) as error:
            return _xml(fault(str(error), soap=SOAP_11), soap=SOAP_11, status=500)
        name = etree.QName(body).localname
        try:
            request = decode(body)
        except RequestFault as error:
            self._store.note_violations(name, [str(error)])
            self._note(name, "", "Fault: the request cannot be read")
            return _xml(fault(str(error), soap=soap), soap=soap, status=500)
        action = http.headers.get("SOAPAction", "").strip('"')
        if action and action != f"KashFlow/{name}":
            request.violations.append(f"SOAPAction is {action}")
        return _Call(self._store, request, http, soap).answer(faults.strike(self._store, name))

    def _note(self, operation: str, username: str, outcome: str) -> None:
        self._store.note_request(username, operation, outcome)
        log.info("%s %s %s", operation, username or "-", outcome)


class _Call:
    """One request that was read, on its way to an answer."""

    def __init__(self, store: Store, request: Request, http: HttpRequest, soap: str) -> None:
        self._store = store
        self._request = request
        self._address = http.remote_addr or ""
        self._base = http.host_url.rstrip("/") + "/sandbox"
        self._soap = soap

    def answer(self, struck: Fault | None) -> Response:
        if struck is None:
            return self._reply(self._do())
        self._note(f"fault switched on: {struck.fault}")
        if struck.fault in _BEFORE:
            return self._instead(struck)
        outcome = self._do() if struck.does_it or struck.fault in _DONE else Outcome({})
        return self._spoilt(struck, outcome)

    def _instead(self, struck: Fault) -> Response:
        """Do nothing, or nothing yet."""
        if struck.fault == "late_commit":
            timer = threading.Timer(struck.seconds, self._do)
            timer.daemon = True
            timer.start()
        if struck.fault in {"late_commit", "drop_before"}:
            raise Dropped
        if struck.fault == "fault_unread":
            return _xml(fault(UNREAD_FAULT, soap=self._soap), soap=self._soap, status=500)
        if struck.fault == "refuse":
            return self._reply(Outcome({"Status": "NO", "StatusDetail": struck.text}))
        number = 1 if struck.fault == "not_stored" else 0
        return self._reply(Outcome({f"{self._request.operation.name}Result": number, "Status": "OK"}))

    def _spoilt(self, struck: Fault, outcome: Outcome) -> Response:
        if struck.fault == "drop_after":
            raise Dropped
        if struck.fault.startswith("html"):
            return Response(HTML, status=int(struck.fault.removeprefix("html_")), mimetype="text/html")
        if struck.fault == "fault_server":
            return _xml(fault(SERVER_FAULT, soap=self._soap, code="Server"), soap=self._soap, status=500)
        if struck.fault == "empty_status":
            outcome.values["Status"] = None
        response = self._reply(outcome)
        if struck.fault == "truncated":
            response.set_data(response.get_data()[: len(response.get_data()) // 2])
        elif struck.fault == "garbage":
            response.set_data(bytes(range(256)) * 4)
        elif struck.fault == "delay":
            time.sleep(struck.seconds)
        return response

    def _do(self) -> Outcome:
        outcome = carry_out(self._store, self._request, address=self._address, base=self._base)
        status = str(outcome.values["Status"])
        self._note(status if status == "OK" else f"{status}: {outcome.values['StatusDetail']}")
        self._store.note_violations(self._request.operation.name, self._request.violations)
        return outcome

    def _reply(self, outcome: Outcome) -> Response:
        written = reply(self._request.operation, outcome.values, soap=self._soap, without=outcome.without)
        return _xml(written, soap=self._soap)

    def _note(self, outcome: str) -> None:
        username = self._request.values["UserName"] or "-"
        self._store.note_request(username, self._request.operation.name, outcome)
        log.info("%s %s %s", self._request.operation.name, username, outcome)


_BEFORE = {"late_commit", "drop_before", "fault_unread", "refuse", "zero_number", "not_stored"}
_DONE = {"drop_after", "delay", "empty_status", "truncated", "garbage"}


def _envelope(data: bytes) -> tuple[str, etree._Element]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise RequestFault(f"Server was unable to read request. ---> {error.msg}") from error
    soap = etree.QName(root).namespace
    body = root.find(f"{{{soap}}}Body")
    if soap not in {SOAP_11, SOAP_12} or body is None or not len(body):
        raise RequestFault("Server was unable to read request. ---> Request format is unrecognized.")
    return soap, body[0]


def _description(http: HttpRequest) -> Response:
    own = f"{http.host_url.rstrip('/')}{PATH}"
    return Response(WSDL.read_text(encoding="utf-8").replace(ADDRESS_IN_WSDL, own), mimetype="text/xml")


def _xml(body: bytes, *, soap: str, status: int = 200) -> Response:
    media_type = "text/xml" if soap == SOAP_11 else "application/soap+xml"
    return Response(body, status=status, content_type=f"{media_type}; charset=utf-8")
