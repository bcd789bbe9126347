"""Replies as the service writes them: schema order, four decimals, midnights, xsi:type on the lines of an Invoice."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lxml import etree

from kashflow.sandbox.decoding import NO_DATE
from kashflow.sandbox.schema import NAMESPACE, Field, Operation, load

OF_2026 = frozenset({"TradeBorderType", "CISRCNetAmount", "CISRCVatAmount", "IsCISReverseCharge"})
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_DEFAULT: dict[str, str] = {None: NAMESPACE}  # type: ignore[dict-item]  # lxml takes None for "no prefix"
_FOUR = Decimal("0.0001")


def reply(operation: Operation, values: Mapping[str, object], *, soap: str, without: frozenset[str]) -> bytes:
    """Write the reply to an operation; ``without`` names fields that an older service does not know."""
    envelope, body = _envelope(soap)
    response = _child(body, f"{operation.name}Response")
    _write(response, operation.reply, values, without)
    return _bytes(envelope)


def fault(text: str, *, soap: str, code: str = "Client") -> bytes:
    """Write a SOAP Fault."""
    envelope, body = _envelope(soap)
    element = etree.SubElement(body, f"{{{soap}}}Fault")
    if soap == SOAP_11:
        etree.SubElement(element, "faultcode").text = f"soap:{code}"
        etree.SubElement(element, "faultstring").text = text
        etree.SubElement(element, "detail")
    else:
        outer = etree.SubElement(element, f"{{{soap}}}Code")
        etree.SubElement(outer, f"{{{soap}}}Value").text = f"soap:{'Sender' if code == 'Client' else 'Receiver'}"
        etree.SubElement(etree.SubElement(element, f"{{{soap}}}Reason"), f"{{{soap}}}Text").text = text
    return _bytes(envelope)


def _envelope(soap: str) -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap, "xsi": _INSTANCE})
    return envelope, etree.SubElement(envelope, f"{{{soap}}}Body")


def _bytes(envelope: etree._Element) -> bytes:
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", nsmap=_DEFAULT)


def _write(
    parent: etree._Element, fields: tuple[Field, ...], values: Mapping[str, object], without: frozenset[str]
) -> None:
    for field in fields:
        value = values.get(field.name)
        if field.name in without:
            continue
        if isinstance(value, list):
            _array(_child(parent, field.name), field, value, without)
        elif isinstance(value, Mapping):
            _write(_child(parent, field.name), load().types[field.type], value, without)
        elif value is None and field.nillable:
            _child(parent, field.name).set(f"{{{_INSTANCE}}}nil", "true")
        elif value is not None or field.required:
            _child(parent, field.name).text = _text(field.type, value)


def _array(parent: etree._Element, field: Field, rows: list[Mapping[str, object]], without: frozenset[str]) -> None:
    item = load().item(field.type)
    if item is None:
        raise TypeError(f"{field.name} is no array")
    for row in rows:
        element = _child(parent, item.name)
        if item.type == "anyType":
            element.set(f"{{{_INSTANCE}}}type", "InvoiceLine")
        _write(element, load().types["InvoiceLine" if item.type == "anyType" else item.type], row, without)


def _text(type_name: str, value: object) -> str:
    if type_name == "decimal":
        return str(Decimal(str(value or 0)).quantize(_FOUR))
    if type_name == "dateTime":
        return f"{value or NO_DATE}T00:00:00"
    if type_name == "boolean":
        return "true" if value else "false"
    if type_name in {"int", "integer"}:
        return str(int(str(value or 0)))
    return str(value if value is not None else "")
