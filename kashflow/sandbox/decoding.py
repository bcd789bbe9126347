"""Requests as .NET reads them: any order of elements, missing numbers as 0, and a Fault for what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from kashflow.sandbox.schema import NAMESPACE, Field, Fields, Operation, load

Values = dict[str, Any]
NO_DATE = "0001-01-01"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?)?")


class RequestFault(Exception):
    """The request cannot be read: answered by a SOAP Fault, nothing is done."""


@dataclass
class Request:
    """A request as it was read; ``violations`` are the rules it broke."""

    operation: Operation
    values: Values
    violations: list[str] = field(default_factory=list)


def decode(element: etree._Element) -> Request:
    """Read the element in the envelope's body.

    Raises:
        RequestFault: .NET could not read it.
    """
    name = etree.QName(element)
    operation = load().operations.get(name.localname)
    if operation is None or name.namespace != NAMESPACE:
        raise RequestFault(f"Server did not recognize the value of HTTP Header SOAPAction: KashFlow/{name.localname}.")
    request = Request(operation, {})
    request.values = _object(element, operation.request, request.violations, path="")
    return request


def _object(element: etree._Element, fields: Fields, violations: list[str], *, path: str) -> Values:
    known = {each.name for each in fields}
    given = {etree.QName(child).localname: child for child in element.iterchildren(etree.Element)}
    violations += [f"{path}{name} is not known here" for name in given if name not in known]
    order = [name for name in given if name in known]
    if order != [each.name for each in fields if each.name in given]:
        violations.append(f"{path or 'the parameters'} out of the order of the schema")
    return {each.name: _field(given.get(each.name), each, violations, path=f"{path}{each.name}") for each in fields}


def _field(element: etree._Element | None, what: Field, violations: list[str], *, path: str) -> Any:  # noqa: ANN401
    if element is None or element.get(_NIL) in {"true", "1"}:
        if element is None and what.required and not what.nillable:
            violations.append(f"{path} is missing")
        return _MISSING.get(what.type)
    if what.type in _SIMPLE:
        return _SIMPLE[what.type](element, violations, path)
    item = load().item(what.type)
    if item is None:
        return _object(element, load().types[what.type], violations, path=f"{path}.")
    return [_item(child, item, violations, path=f"{path}[{n}].") for n, child in enumerate(element, start=1)]


def _item(element: etree._Element, item: Field, violations: list[str], *, path: str) -> Values:
    type_name = item.type
    if type_name == "anyType":
        type_name = element.get(_TYPE, "").rpartition(":")[2]
        if type_name != "InvoiceLine":
            violations.append(f"{path} has no xsi:type")
            raise _unreadable(element, "The specified type was not recognized: name='', namespace=''.")
    return _object(element, load().types[type_name], violations, path=path)


def _text(element: etree._Element, violations: list[str], path: str) -> str:
    if not element.text:
        violations.append(f"{path} is sent empty")
    return element.text or ""


def _number(element: etree._Element, violations: list[str], path: str) -> Decimal:
    text = (element.text or "").strip()
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text):
        return Decimal(text)
    violations.append(f"{path} is no number")
    raise _unreadable(element, "Input string was not in a correct format.")


def _whole(element: etree._Element, violations: list[str], path: str) -> int:
    number = _number(element, violations, path)
    if number != int(number) or abs(number) >= 2**31:
        violations.append(f"{path} is no whole number of 32 bits")
        raise _unreadable(element, "Input string was not in a correct format.")
    return int(number)


def _flag(element: etree._Element, violations: list[str], path: str) -> bool:
    text = (element.text or "").strip()
    if text not in {"true", "false", "1", "0"}:
        violations.append(f"{path} is no boolean")
        raise _unreadable(element, f"The string '{text}' is not a valid Boolean value.")
    return text in {"true", "1"}


def _day(element: etree._Element, violations: list[str], path: str) -> str:
    text = (element.text or "").strip()
    found = _MOMENT.fullmatch(text)
    if found is None or not _exists(found[1], found[2] or "00:00:00"):
        violations.append(f"{path} is no date")
        raise _unreadable(element, f"The string '{text}' is not a valid AllXsd value.")
    if found[3]:
        violations.append(f"{path} has an offset")
    if found[2] not in {None, "00:00:00"}:
        violations.append(f"{path} has a time of day")
    return found[1]


def _exists(day: str, time: str) -> bool:
    try:
        datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        return False
    return True


def _unreadable(element: etree._Element, why: str) -> RequestFault:
    return RequestFault(
        f"Server was unable to read request. ---> There is an error in XML document ({element.sourceline}, 1). ---> "
        f"{why}"
    )


_SIMPLE: dict[str, Callable[[etree._Element, list[str], str], object]] = {
    "string": _text,
    "int": _whole,
    "integer": _whole,
    "decimal": _number,
    "boolean": _flag,
    "dateTime": _day,
}
_MISSING: dict[str, object] = {"int": 0, "integer": 0, "decimal": Decimal(0), "boolean": False, "dateTime": NO_DATE}
