"""Our WSDL against KashFlow's, where a copy of theirs lies beside the repository."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from zeep.helpers import serialize_object
from zeep.xsd import AnyType, ComplexType

from kashflow.client import WSDL

THEIRS = Path(__file__).resolve().parents[3] / "shared" / "kashflow"
OF_2026 = {"TradeBorderType", "CISRCNetAmount", "CISRCVatAmount", "IsCISReverseCharge"}
OPERATIONS_OF_2026 = {"AttachFileToInvoice", "DeleteInvoicePayment"}
Zeep = Any  # what zeep gives has no types
SAMPLES = {
    "string": "text & <more>",
    "int": 7,
    "integer": 8,
    "decimal": Decimal("12.50"),
    "boolean": True,
    "dateTime": datetime(2026, 2, 1),  # noqa: DTZ001
}


@cache
def client(path: Path) -> Zeep:
    return zeep.Client(str(path), settings=zeep.Settings(forbid_external=True))  # type: ignore[no-untyped-call]


def operations(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = client(path).service._binding._operations  # noqa: SLF001
    return found


def sample(client: Zeep, kind: Zeep, without: set[str]) -> Zeep:
    """Make a value of this type with every field filled in."""
    if not isinstance(kind, ComplexType):
        return SAMPLES[kind.name]
    values = {}
    for name, element in kind.elements:
        if name in without:
            continue
        if type(element.type) is AnyType:
            line = client.get_type("{KashFlow}InvoiceLine")
            values[name] = [line(**sample(client, line, without))] * 2
        else:
            one = sample(client, element.type, without)
            values[name] = [one, one] if element.accepts_multiple else one
    return values


def request(path: Path, operation: str, without: set[str]) -> etree._Element:
    """Write the request with every field filled in, as this WSDL has it."""
    arguments = sample(client(path), operations(path)[operation].input.body.type, without)
    envelope: etree._Element = client(path).create_message(client(path).service, operation, **arguments)
    return envelope


def reply(path: Path, operation: str, without: set[str]) -> etree._Element:
    """Write the reply with every field filled in, as this WSDL has it."""
    output = operations(path)[operation].output.body
    envelope = etree.Element("{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    body = etree.SubElement(envelope, "{http://schemas.xmlsoap.org/soap/envelope/}Body")
    output.render(body, output(**sample(client(path), output.type, without)))
    return envelope


def reading(path: Path, operation: str, envelope: etree._Element, without: set[str]) -> object:
    read = operations(path)[operation].process_reply(envelope)
    return without_fields(serialize_object(read, dict), without)  # type: ignore[no-untyped-call]


def without_fields(value: object, names: set[str]) -> object:
    if isinstance(value, dict):
        return {name: without_fields(each, names) for name, each in value.items() if name not in names}
    return [without_fields(each, names) for each in value] if isinstance(value, list) else value


def shape(element: etree._Element, without: set[str]) -> object:
    """Give all that matters in a piece of XML, without these fields."""
    children = [shape(child, without) for child in element if etree.QName(child).localname not in without]
    return element.tag, element.text, sorted(element.attrib.items()), children


def rules(kind: Zeep, without: set[str]) -> object:
    """Give what a type asks of each field: its type, how often it stands, whether it may be nil."""
    if not isinstance(kind, ComplexType):
        return kind.name
    return [
        (name, element.min_occurs, element.max_occurs, element.nillable, rules(element.type, without))
        for name, element in kind.elements
        if name not in without
    ]


@pytest.fixture(params=["KashFlow-2026.wsdl", "KashFlow.wsdl"])
def theirs(request: pytest.FixtureRequest) -> Path:
    path = THEIRS / str(request.param)
    if not path.exists():
        pytest.skip(f"{request.param} is not beside this repository, so there is nothing to compare with")
    return path


@pytest.fixture(params=sorted(operations(WSDL)))
def operation(request: pytest.FixtureRequest, theirs: Path) -> str:
    name = str(request.param)
    if theirs.name == "KashFlow.wsdl" and name in OPERATIONS_OF_2026:
        pytest.skip("came or changed with 2026")
    return name


@pytest.fixture
def without(theirs: Path) -> set[str]:
    return OF_2026 if theirs.name == "KashFlow.wsdl" else set()


def test_the_same_request_is_built(theirs: Path, operation: str, without: set[str]) -> None:
    ours = request(WSDL, operation, set())

    assert shape(ours, without) == shape(request(theirs, operation, without), set())


def test_the_same_reply_is_read(theirs: Path, operation: str, without: set[str]) -> None:
    answer = reply(theirs, operation, without)

    assert reading(WSDL, operation, answer, without) == reading(theirs, operation, answer, without)


def test_the_same_rules_hold(theirs: Path, operation: str, without: set[str]) -> None:
    ours, other = operations(WSDL)[operation], operations(theirs)[operation]

    assert ours.soapaction == other.soapaction
    for each, theirs_is in ((ours.input, other.input), (ours.output, other.output)):
        assert rules(each.body.type, without) == rules(theirs_is.body.type, without)


def test_a_difference_is_noticed(tmp_path: Path) -> None:
    altered = tmp_path / "altered.wsdl"
    altered.write_text(
        WSDL.read_text(encoding="utf-8")
        .replace('"supl"', '"sup"')
        .replace('"NoteId" type="s:int"', '"NoteId" type="s:string"')
    )

    assert shape(request(WSDL, "InsertSupplier", set()), set()) != shape(
        request(altered, "InsertSupplier", set()), set()
    )
    answer = reply(WSDL, "GetReceiptNotes", set())
    assert reading(WSDL, "GetReceiptNotes", answer, set()) != reading(altered, "GetReceiptNotes", answer, set())
